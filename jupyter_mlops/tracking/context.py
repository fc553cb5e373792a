"""Provenance tags on every run that a notebook opens itself, by MLflow's ``run_context_provider``.

MLflow imports this module whenever it is imported: nothing heavy at the top.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from jupyter_mlops.tracking import tags

SECRETS_VARIABLE = "JUPYTER_MLOPS_SECRETS"  # as in `notebooks.secrets`
PROJECT_VARIABLE = "JUPYTER_MLOPS_PROJECT"  # as in `config`, which is too heavy to import here


class ProvenanceContext:
    """MLflow's ``RunContextProvider`` protocol: `in_context`, then `tags`, at each new run."""

    def in_context(self) -> bool:
        """True inside a kernel or IPython, and in a headless run; plain scripts are left alone."""
        return _shell() is not None or tags.RUN_VARIABLE in os.environ

    def tags(self) -> dict[str, str]:
        """Notebook, source digest, git state; and in a headless run its run as the parent."""
        try:
            return _tags()
        except Exception:  # a tag that cannot be had must never stop the user's run
            return {}


def _record_by_spool() -> None:
    """A kernel that runs headless, or a process that a tracked notebook started, writes to the spool too,
    whether or not it uses anything of ours: MLflow was imported, and this module with it."""
    if PROJECT_VARIABLE not in os.environ:
        return
    try:
        from jupyter_mlops.tracking import routing, spooled

        spooled.register()
        routing.register()
    except Exception:  # an MLflow that we do not know: it works as it always does
        return


def _hide_secrets() -> None:
    """In a run that was given secrets, exact matches are taken out of parameters and tags, whoever logs
    them: the notebook by `mlflow.log_param`, or autologging."""
    if SECRETS_VARIABLE not in os.environ:
        return
    import functools

    from mlflow.tracking._tracking_service.client import TrackingServiceClient as Client

    from jupyter_mlops.notebooks.redaction import Redactor
    from jupyter_mlops.notebooks.secrets import known_secrets, read_secret

    redact = Redactor({name: read_secret(secret) for name, secret in known_secrets().items()})

    def clean(value: object) -> object:
        if isinstance(value, str):
            return redact(value)
        if isinstance(value, list | tuple):
            return type(value)(clean(item) for item in value)
        if type(value).__name__ in {"Param", "RunTag"}:
            return type(value)(value.key, redact(str(value.value)))  # type: ignore[attr-defined, call-arg]
        return value

    def hiding(method: Callable[..., object]) -> Callable[..., object]:
        @functools.wraps(method)
        def call(self: object, run_id: str, *words: object, **named: object) -> object:
            return method(
                self, run_id, *map(clean, words), **{name: clean(word) for name, word in named.items()}
            )

        return call

    for name in ("log_param", "set_tag", "log_batch"):
        setattr(Client, name, hiding(getattr(Client, name)))


def _guard_registry() -> None:
    """In a replay nothing is registered, also by programs that the notebook starts."""
    from jupyter_mlops.tracking import guard

    if guard.replaying():
        from mlflow.tracking._model_registry.client import ModelRegistryClient

        guard.guard(ModelRegistryClient)


def _tags() -> dict[str, str]:
    from jupyter_mlops.config import find_root
    from jupyter_mlops.notebooks.document import read_notebook, source_digest
    from jupyter_mlops.provenance import display_path
    from jupyter_mlops.provenance.git import git_state
    from jupyter_mlops.provenance.location import notebook_path

    shell = _shell()
    path = notebook_path(shell.user_ns if shell is not None else {})
    root = find_root(path.parent if path else Path.cwd())
    git = git_state(root)
    found: dict[str, str | None] = {
        tags.KIND: "user",
        tags.GIT_COMMIT: git.commit if git else None,
        tags.GIT_BRANCH: git.branch if git else None,
        tags.GIT_DIRTY: None if git is None else str(git.dirty).lower(),
        tags.PARENT: os.environ.get(tags.RUN_VARIABLE),
    }
    if path is not None:
        shown = display_path(root, path)
        found |= {tags.NOTEBOOK: shown, tags.SOURCE_NAME: shown, tags.SOURCE_TYPE: "NOTEBOOK"}
        if path.exists():
            found[tags.NOTEBOOK_DIGEST] = source_digest(read_notebook(path))
    return {key: value for key, value in found.items() if value is not None}


def _shell():  # type: ignore[no-untyped-def]
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


_record_by_spool()
_hide_secrets()
_guard_registry()
