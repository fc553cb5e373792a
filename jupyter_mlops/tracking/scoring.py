"""A registered model behind MLflow's own scoring server.

Run as a module, in a process of its own, it is that server:
``python -m jupyter_mlops.tracking.scoring MODEL_URI SOCKET ABOUT`` loads the model, writes to the file ABOUT,
as JSON, what `About` holds, and answers on the Unix socket SOCKET.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from pydantic import Field

from jupyter_mlops.entities import Entity, ModelVersion
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.files import write_whole
from jupyter_mlops.tracking.registry import find_version
from jupyter_mlops.tracking.rows import reading
from jupyter_mlops.tracking.store import Store, local_folder

MODEL_VARIABLE = "__pyfunc_model_path__"  # where MLflow's scoring server looks for the model's URI
_KEEP_ALIVE = 86_400  # seconds: whoever asks keeps its connections
APPLICATION = "mlflow.pyfunc.scoring_server.app:app"


class About(Entity):
    """What a scoring server tells of its model: `example` is the body of a request, JSON in MLflow's form, ""
    where the model was logged without one; `inputs` maps the columns of its signature to their types
    (``long``, ``double``, ``string`` ...). `problem` says why it cannot be served; `is_model` is False of
    what was registered as a plain artifact."""

    example: str = ""
    inputs: dict[str, str] = Field(default_factory=dict)
    problem: str = ""
    is_model: bool = True


def pointed(store: Store, reference: str) -> ModelVersion:
    """The version that ``NAME`` (newest), ``NAME@ALIAS`` or ``NAME@VERSION`` means now; of the project's own
    database MLflow is not needed to tell.

    Raises:
        NotFound: no such model, version or alias.
    """
    name, _, which = reference.partition("@")
    if store.is_new:
        raise NotFound(f"no registered model {name!r}", hint="there are none")
    direct = store.direct()
    if direct is not None:
        with reading(direct) as rows:
            found = rows.versions(name) if name in rows.registered() else []  # the newest first
        matching = [version for version in found if not which or which in version.aliases]
        matching += [version for version in found if which == version.version]
        if matching:
            return matching[0]
    return find_version(store, reference)


def main(words: list[str]) -> int:
    """Serve until the process is told to end; 1 where the model cannot be served, as the file ABOUT says."""
    uri, socket, about = words
    os.environ[MODEL_VARIABLE] = uri
    try:
        told = _about(uri)
        if not told.problem:
            _import_application()
    except Exception as error:  # whatever library saved the model: it may raise anything
        told = About(problem=f"{type(error).__name__}: {error}")
    write_whole(Path(about), json.dumps(told.model_dump(mode="json")))
    if told.problem:
        return 1
    import uvicorn

    uvicorn.run(
        APPLICATION, uds=socket, log_level="warning", access_log=False, timeout_keep_alive=_KEEP_ALIVE
    )
    return 0


def _import_application() -> None:
    """Which loads the model."""
    import importlib

    importlib.import_module(APPLICATION.partition(":")[0])


def _about(uri: str) -> About:
    import mlflow
    from mlflow.exceptions import MlflowException

    try:
        known = mlflow.models.get_model_info(uri)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        there = _is_there(uri)
        problem = "it is a plain artifact and no model" if there else "its files are gone"
        return About(problem=problem, is_model=not there)
    if "python_function" not in known.flavors:
        return About(problem="it is a model without MLflow's python_function", is_model=False)
    return About(example=_example(uri, known), inputs=_inputs(known.signature))


def _is_there(uri: str) -> bool:
    """Whether something was registered that is still there: a file, or a folder with something in it."""
    import mlflow
    from mlflow.artifacts import list_artifacts

    name, _, version = uri.removeprefix("models:/").rpartition("/")
    source = mlflow.MlflowClient().get_model_version_download_uri(name, version)
    place = local_folder(source)
    return place.exists() if place is not None else bool(list_artifacts(artifact_uri=source))


def _example(uri: str, known: Any) -> str:
    name = (known.saved_input_example_info or {}).get("serving_input_path")
    if not name:
        return ""
    from mlflow.artifacts import load_text

    try:
        return load_text(f"{uri}/{name}")
    except Exception:  # a help only
        return ""


def _inputs(signature: Any) -> dict[str, str]:
    columns = getattr(signature, "inputs", None)
    if columns is None or not columns.has_input_names():
        return {}
    return {column.name: getattr(column.type, "name", str(column.type)) for column in columns.inputs}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
