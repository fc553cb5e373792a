"""Verbs that look at the notebook of a run, and bring its source back."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from jupyter_mlops.entities import CellStatus, Run, RunDetails
from jupyter_mlops.entities.panels import ExecutedNotebook
from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.letters import harmless
from jupyter_mlops.notebooks.document import Notebook, read_notebook
from jupyter_mlops.project.rooms import Rooms
from jupyter_mlops.tracking import reader

LARGEST = 200_000_000  # bytes of a notebook file
_BAD = {CellStatus.FAILED, CellStatus.KILLED, CellStatus.TIMED_OUT}


class Restoring(Rooms):
    """Verbs that look at the notebook of a run, and bring its source back."""

    def executed_notebook(self, run: str) -> ExecutedNotebook:
        """The notebook of a run with its outputs as a page may show it: see `notebooks.shown`. Of a run that
        goes on it is as far as that is; of one that kept no notebook, the cells that it ran.

        Raises:
            NotFound: no such run, or it left nothing.
            Refused: it is too large.
        """
        from jupyter_mlops.notebooks.shown import shown

        found = reader.find_run(self.store, run)
        notebook, details = self._notebook_of(found)
        safe, failed = shown(notebook)
        if details is not None:
            failed = _failed(safe, details)
        return ExecutedNotebook(run_id=found.run_id, name=found.name, notebook=safe, cell=failed)

    def notebook_folder(self, run: str) -> Path:
        """The folder in the project in which the run's notebook lay; the project's where that is gone.

        Raises:
            NotFound: no such run.
        """
        found = reader.find_run(self.store, run)
        folder = Path(os.path.realpath(self.root / (found.notebook or ""))).parent
        inside = found.notebook and folder.is_relative_to(os.path.realpath(self.root)) and folder.is_dir()
        return folder if inside else self.root

    def restore(self, run: str, folder: Path | None = None) -> Path:
        """Put the source of a run, without outputs, into a new notebook, ``NAME (run 1a2b3c4d).ipynb`` in
        `folder`, by default that of its notebook; where it is. Its parameters cell is as it was: it has its
        own values, not those that the run was given. No file is replaced.

        Raises:
            NotFound: no such run, or it left no source.
            Refused: the folder takes no file.
        """
        from jupyter_mlops.notebooks.restored import restored

        found = reader.find_run(self.store, run)
        notebook, _ = self._notebook_of(found)
        text = json.dumps(restored(notebook, found.run_id), indent=1, ensure_ascii=False)
        target = self.notebook_folder(found.run_id) if folder is None else folder
        return _new_file(target, f"{_stem(found)} (run {found.run_id[:8]})", f"{text}\n")

    def _notebook_of(self, run: Run) -> tuple[Notebook, RunDetails | None]:
        """The run's notebook; with all that is known of the run, where the notebook does not tell how it
        went."""
        from jupyter_mlops.notebooks.restored import from_records

        with tempfile.TemporaryDirectory(prefix="jupyter-mlops-") as folder:
            path = Path(folder) / "executed.ipynb"
            try:
                reader.write_executed(self.store, run, path)
            except NotFound:
                details = reader.details(self.store, run)
                if not details.cells:
                    raise
                return from_records(details.cells), details
            if path.stat().st_size > LARGEST:
                raise Refused(
                    f"the notebook of run {run.run_id[:8]} has more than {LARGEST:,} bytes",
                    hint=f"jupyter mlops show {run.run_id[:8]} --output FILE.ipynb",
                )
            notebook = read_notebook(path)
        marked = any("papermill" in cell.get("metadata", {}) for cell in notebook["cells"])
        return notebook, None if marked else reader.details(self.store, run)


def _failed(notebook: Notebook, details: RunDetails) -> int | None:
    """The place of the cell that failed when it was run last, by what the journal says."""
    last = {record.cell_id: record.status for record in details.cells}
    bad = {cell_id for cell_id, status in last.items() if cell_id is not None and status in _BAD}
    return next((place for place, cell in enumerate(notebook["cells"]) if cell.get("id") in bad), None)


def _stem(run: Run) -> str:
    name = (run.notebook or run.name or "session").replace("\\", "/").rpartition("/")[2]
    kept = harmless(name.removesuffix(".ipynb")).replace("\ufffd", "").strip(" .")
    while len(kept.encode("utf-8", "replace")) > 150:
        kept = kept[:-1]
    return kept or "notebook"


def _new_file(folder: Path, name: str, text: str) -> Path:
    """A file of that name, or with a number behind it, with that text."""
    content = text.encode("utf-8", "backslashreplace")
    for path in _free(folder, name):
        try:
            with path.open("xb") as stream:
                stream.write(content)
        except FileExistsError:
            continue
        except OSError as error:
            problem = f"no notebook can be put into the folder {folder.name}: {error.strerror or error}"
            raise Refused(problem, hint="name another folder") from None
        return path
    raise AssertionError  # numbers do not end


def _free(folder: Path, name: str) -> Iterator[Path]:
    yield folder / f"{name}.ipynb"
    for number in count(2):
        yield folder / f"{name} {number}.ipynb"
