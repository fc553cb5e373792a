"""MLflow's own functions inside a tracked notebook: `mlflow.log_*` and autologging go to our run, and a
run that the notebook opens itself becomes a child of it."""

from __future__ import annotations

import inspect
import os
import sys
import warnings
from typing import Any

from jupyter_mlops.entities import RunStatus
from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.store import Store


class ActiveRun:
    """Makes a run the active one of the calling thread, from `enter` to `leave`."""

    def __init__(self, store: Store, run_id: str, experiment: str) -> None:
        self.store = store
        self.run_id = run_id
        self.experiment = experiment

    def enter(self) -> None:
        """Put the run on MLflow's stack, whatever other experiment was active."""
        import mlflow

        self.store.activate()
        os.environ.update(self.store.environment())  # worker processes of the notebook log there too
        os.environ.pop("MLFLOW_RUN_ID", None)
        mlflow.set_experiment(experiment_id=self.store.experiment_id(self.experiment))
        mlflow.start_run(run_id=self.run_id, nested=True)

    def ensure(self) -> None:
        """Back on the stack, where the notebook's own `mlflow.end_run()` took it off."""
        import mlflow
        from mlflow.tracking.fluent import _active_run_stack

        if all(run.info.run_id != self.run_id for run in _active_run_stack.get()):
            mlflow.start_run(run_id=self.run_id, nested=True)

    def leave(self, status: RunStatus) -> None:
        """Take the run off the stack, and with it any run the notebook left open on top of it."""
        import mlflow

        while (active := mlflow.active_run()) is not None:
            mlflow.end_run(status.value)
            if active.info.run_id == self.run_id:
                return


def active_experiment() -> str | None:
    """The experiment that the notebook chose by `mlflow.set_experiment` or the environment, if any."""
    import mlflow
    from mlflow.exceptions import MlflowException

    name = os.environ.get("MLFLOW_EXPERIMENT_NAME")
    if name:
        return name
    identifier = os.environ.get("MLFLOW_EXPERIMENT_ID")
    if not identifier:
        return None
    try:
        return str(mlflow.get_experiment(identifier).name)
    except MlflowException:
        return None


def start_autologging() -> bool:
    """Log parameters and metrics of supported libraries, models only on request; False where the notebook
    has set up autologging itself, which is left as it is."""
    import mlflow
    from mlflow.utils import autologging_utils

    configured = autologging_utils.AUTOLOGGING_INTEGRATIONS
    if any(config and not config.get("disable", False) for config in configured.values()):
        return False
    # MLflow's autologging calls scikit-learn the old way: the user did not, and cannot mend it
    warnings.filterwarnings("ignore", message="`y_pred` was renamed to `y_proba`", category=FutureWarning)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about versions of libraries that MLflow has not tested
        mlflow.autolog(log_models=False, log_datasets=False, log_input_examples=False, silent=True)
    return True


def show_figures(shell: Any) -> None:
    """Let figures show as they would without autologging: MLflow draws some of its own, and where those
    are the first of the kernel, Jupyter's inline backend is set up inside MLflow's settings and lost.

    Matplotlib is not imported for this; it is set up as soon as anybody imports it.
    """
    if "inline" not in os.environ.get("MPLBACKEND", ""):
        return
    if "matplotlib.pyplot" in sys.modules:
        shell.run_line_magic("matplotlib", "inline")
        return
    from mlflow.utils.import_hooks import register_post_import_hook

    register_post_import_hook(_inline, "matplotlib.pyplot")


def _inline(_: Any) -> None:
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None:
        shell.run_line_magic("matplotlib", "inline")


def stop_autologging() -> None:
    """Undo `start_autologging`."""
    import mlflow

    mlflow.autolog(disable=True, silent=True)


def nest_by_default(nest: bool) -> None:
    """While our run is active, `mlflow.start_run()` opens a child run instead of raising.

    The default of its own argument is changed, not the function replaced, so that a name imported
    earlier (``from mlflow import start_run``) follows too.
    """
    import mlflow

    function: Any = mlflow.start_run
    names = list(inspect.signature(function).parameters)
    defaults = list(function.__defaults__ or ())
    position = names.index("nested") - (len(names) - len(defaults))
    defaults[position] = nest
    function.__defaults__ = tuple(defaults)


def headless_run() -> str | None:
    """The id of the run whose notebook this kernel runs headless, if it does."""
    return os.environ.get(tags.RUN_VARIABLE)
