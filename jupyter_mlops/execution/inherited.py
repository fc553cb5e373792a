"""What a process of ours must not take over from the one that started it."""

from __future__ import annotations

import os

from jupyter_mlops.config import PROJECT_VARIABLE
from jupyter_mlops.execution.pinned import VARIABLE as SOURCE_VARIABLE
from jupyter_mlops.notebooks.secrets import SECRETS_VARIABLE
from jupyter_mlops.provenance.identity import ACTING

# what is true of who began it, as of a notebook's kernel, and not of the run that is to come
NOT_ITS_OWN = (
    "JUPYTER_MLOPS_RUN_ID",
    "JUPYTER_MLOPS_NOTEBOOK",
    "JUPYTER_MLOPS_REPLAY",
    SOURCE_VARIABLE,
    SECRETS_VARIABLE,
    "JPY_SESSION_NAME",
    "JPY_PARENT_PID",
    "MLFLOW_RUN_ID",
    "MLFLOW_EXPERIMENT_ID",
    "MLFLOW_EXPERIMENT_NAME",
    PROJECT_VARIABLE,
    ACTING,
)


def forget_inherited() -> None:
    """Take that out of this process's environment."""
    for name in NOT_ITS_OWN:
        os.environ.pop(name, None)
