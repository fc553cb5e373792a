"""Whether a recorded run's notebook ran from top to bottom."""

from __future__ import annotations

from jupyter_mlops.entities import OrderFinding, RunDetails, RunKind
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.notebooks.document import read_notebook
from jupyter_mlops.notebooks.order import check_order
from jupyter_mlops.tracking.reader import local_copy
from jupyter_mlops.tracking.store import Store


def order_findings(store: Store, details: RunDetails) -> list[OrderFinding]:
    """Why the run's state could not have come from its notebook, as it was saved with the run, from top to
    bottom; [] where it could have, as is so of headless runs.

    Raises:
        NotFound: the run kept no notebook.
        NotebookError: what it kept cannot be read.
    """
    if details.run.kind in {RunKind.HEADLESS, RunKind.REPLAY}:
        return []
    names = [name for name in details.artifacts if name.startswith("mlops/") and name.endswith(".ipynb")]
    if not names:
        raise NotFound(f"run {details.run.run_id[:8]} kept no notebook", hint="track it: %track start")
    with local_copy(store, details.run.run_id, names[0]) as path:
        return check_order(read_notebook(path), details.cells)
