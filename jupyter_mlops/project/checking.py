"""Verbs that check."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.entities import CheckReport
from jupyter_mlops.project.rooms import Rooms

if TYPE_CHECKING:
    from jupyter_mlops.execution.client import Progress


class Checking(Rooms):
    """Verbs that check."""

    def check(
        self,
        subject: Path | str,
        parameters: Mapping[str, Any] | None = None,
        *,
        text: Mapping[str, str] | None = None,
        kernel: str | None = None,
        progress: Progress | None = None,
    ) -> CheckReport:
        """Check a notebook's cells tagged ``check``; what was found is recorded on the run.

        Args:
            subject: a notebook, by its file.
            parameters: of the notebook, as for `run`.
            text: parameters as text, read by their declared types.
            kernel: to run the notebook with, in place of its own.
            progress: called as cells of the notebook end, see `run`.

        Raises:
            Refused: nothing was checked and nothing recorded.
        """
        from jupyter_mlops.checks.notebook import check_notebook

        return check_notebook(
            self.store,
            Path(subject),
            text=text or {},
            values=parameters or {},
            kernel=kernel,
            progress=progress,
        )
