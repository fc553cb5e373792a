"""What `%track` does: one session and the tracked cells of one shell. Every method says what it did."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlops.catalogue.adding import add_soon
from jupyter_mlops.catalogue.finding import look_up
from jupyter_mlops.catalogue.linking import link
from jupyter_mlops.catalogue.names import plain_name
from jupyter_mlops.catalogue.sources import given
from jupyter_mlops.config import Config
from jupyter_mlops.entities import DatasetVersion
from jupyter_mlops.exceptions import ParameterError, Refused, UsageError
from jupyter_mlops.execution.cells import CellRuns, evaluate, evaluate_numbers
from jupyter_mlops.execution.session import Session
from jupyter_mlops.notebooks.document import read_notebook
from jupyter_mlops.notebooks.parameters import read_parameters
from jupyter_mlops.tracking import fluent, models, outbox, registry
from jupyter_mlops.tracking.guard import replaying
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store

SHORT = 8  # characters of a run id that a person sees
TOLD = 20  # lines that a cell says of its metrics
_UNNUMBERED = "; its number is given when the server is back"
_UNENTERED = "; not in the catalogue: this is a replay"


class Tracker:
    """The tracking of one IPython shell."""

    def __init__(self, shell: Any, store: Store, config: Config) -> None:
        self.shell = shell
        self.store = store
        self.config = config
        self.session: Session | None = None
        self._cells = CellRuns(shell, store)
        self._left = False  # the headless run, by %track stop

    def start(
        self,
        name: str | None = None,
        *,
        experiment: str | None = None,
        marks: Mapping[str, str] | None = None,
        autolog: bool = True,
    ) -> str:
        """Put every following cell on the record. Said again unchanged it goes on with the same run;
        changed, it begins a new run that replaces the former.

        Raises:
            StoreError: the store cannot be used.
        """
        settings: dict[str, Any] = {
            "name": name, "experiment": experiment, "marks": marks, "autolog": autolog
        }  # fmt: skip
        session = Session(self.shell, self.store, self.config, **settings)
        former = self.session
        if former is not None and former.asked == session.asked:
            return f"still recording to run {former.run_id[:SHORT]} ({former.experiment})"
        if former is not None:
            former.stop()
            session.replaces = former.run_id
        self.session = None
        session.start()
        self.session = session
        joined = "joined the headless run" if session.attached else "recording to run"
        return f"{joined} {session.run_id[:SHORT]} ({session.experiment}); %track stop ends it"

    def stop(self) -> str:
        """End the session; its run is FAILED if the last execution of any cell failed."""
        session = self._session()
        self.session = None
        self._left = True
        status = session.stop()
        if session.attached:
            return f"left the headless run {session.run_id[:SHORT]}"
        said = f"run {session.run_id[:SHORT]} {status.value}; %mlops show {session.run_id[:SHORT]}"
        return "\n".join(filter(None, [said, outbox.waiting_of(self.store, session.run_id)]))

    def status(self) -> str:
        """What is recorded, and whether the state could have come from running top to bottom."""
        if self.session is None and not self._in_headless_run():
            return "nothing is on the record; %track start [NAME] [--experiment E]"
        session = self._session()
        run = session.recorder.snapshot()
        cells = session.executions()
        lines = [
            f"run {run.run_id[:SHORT]} ({run.name}), experiment {run.experiment}, {run.status.value}",
            f"notebook {session.shown_path()}",
            f"{len(cells)} cells run, {len(run.parameters)} parameters, {len(run.metrics)} metrics, "
            f"{len(session.datasets)} datasets",
        ]
        if session.forked_from:
            lines.append(f"replaces run {session.forked_from[:SHORT]}")
        findings = session.findings()
        lines += [f"{finding.kind}: {finding.message}" for finding in findings]
        if not findings:
            lines.append(
                "order: as if run top to bottom" if session.notebook() else "order: no saved notebook"
            )
        return "\n".join(lines)

    def metric(self, expressions: Mapping[str, str], step: int | None = None) -> str:
        """Log numbers: names of variables, or expressions by name. Of a loop's many only the first are told.

        Raises:
            UsageError: one of them gives no number.
            OSError: the disk is full.
        """
        session = self._session()
        numbers, problems = evaluate_numbers(self.shell, expressions)
        if problems:
            _all_well(problems)
        session.recorder.metrics(numbers, step)
        session.told += 1
        if session.told > TOLD:
            return ""
        said = ", ".join([f"{name} = {value:.6g}" for name, value in numbers.items()])
        return said if session.told < TOLD else f"{said}; what this cell logs from here on is not told"

    def param(self, expressions: Mapping[str, str]) -> str:
        """Log parameters with their types; without any, all of the parameters cell.

        Raises:
            UsageError: a name is not defined.
        """
        session = self._session()
        if not expressions:
            notebook = session.notebook()
            declared = read_parameters(notebook) if notebook else None
            expressions = {p.name: p.name for p in declared or () if p.name in self.shell.user_ns}
        values, problems = evaluate(self.shell, expressions)
        _all_well(problems)
        before = session.run_id
        recorded = session.record_parameters(values)
        changed = f"; run {session.run_id[:SHORT]} replaces {before[:SHORT]}" * (session.run_id != before)
        return ", ".join(f"{p.name} = {p.value} ({p.type})" for p in recorded) + changed

    def tag(self, marks: Mapping[str, str]) -> str:
        """Set tags on the run."""
        session = self._session()
        session.marks.update(marks)
        session.recorder.tags(marks)
        return ", ".join(f"{name} = {value}" for name, value in marks.items())

    def data(
        self,
        what: str,
        *,
        name: str | None = None,
        context: str | None = None,
        source: str | None = None,
        marks: Mapping[str, str] | None = None,
        key: Sequence[str] = (),
        ordered: bool | None = None,
        wrote: bool = False,
    ) -> str:
        """Record that the run read a dataset version, or with `wrote` that it made it: a dataset of
        ``mlops.yaml``, a variable, a file, folder or URL, a version of the catalogue, or an expression. It is
        in the catalogue then; for a server that is away nobody waits.

        Raises:
            UsageError: there is none of these by that name.
            Refused: it is not data that can be digested.
        """
        session = self._session()
        found = self._data(what)
        if isinstance(found, DatasetVersion):
            version = found
        else:
            data = given(
                self.store, self.config, found.value, name=name or found.name, key=key, ordered=ordered,
                tags=marks or {}, source=source or found.source or None,
            )  # fmt: skip
            version = add_soon(self.store, data)
        session.datasets.append(link(session.recorder, version, context, wrote=wrote))
        rows = "" if version.rows is None else f"{version.rows} rows, {len(version.schema_)} columns, "
        numbered = "" if version.number is not None else _UNENTERED if replaying() else _UNNUMBERED
        return f"{version.label}: {rows}digest {version.digest[:12]}{numbered}"

    def artifact(self, what: str, name: str | None = None) -> str:
        """Keep a file or folder, or a variable (figure, frame, text, list or dict), as an output of the run.

        Raises:
            UsageError: there is no such file and no such variable.
        """
        session = self._session()
        path = Path(what)
        if not path.exists() and what not in self.shell.user_ns:
            raise UsageError(f"no file and no variable {what!r}", hint="name a path or a variable")
        with tempfile.TemporaryDirectory() as folder:
            if not path.exists():
                path = _save(self.shell.user_ns[what], Path(folder), name or what)
            elif name is not None:
                renamed = Path(folder) / name
                renamed.parent.mkdir(parents=True, exist_ok=True)
                renamed.symlink_to(path.resolve())
                path = renamed
            session.recorder.artifact(path, path.name if path.is_dir() else None)
            session.recorder.output(path.name)
        return f"kept {path.name}"

    def model(
        self, what: str, *, name: str | None = None, example: str | None = None, register: str | None = None
    ) -> str:
        """Log a model with its signature and requirements; with `register`, register it too.

        Raises:
            UsageError: no such variable.
            Refused: MLflow has no flavor for it, or it cannot be saved.
        """
        session = self._session()
        values, problems = evaluate(self.shell, {"model": what, **({"example": example} if example else {})})
        _all_well(problems)
        fitted = values["model"]
        rows = values.get("example")
        rows = rows[: models.EXAMPLE_ROWS] if rows is not None else None
        if rows is None:
            rows = models.find_example(fitted, self.shell.user_ns)
        known = models.log_model(session.run_id, fitted, name or what, rows)
        text = f"logged {type(fitted).__name__} as {name or what}"
        if rows is None:
            text += ", without a signature: name rows of its input by --input X"
        if known is None:  # its name is the one thing by which it can be registered later
            session.recorder.output(name or what)
            text += "; the tracking server is away: as an artifact it waits for jupyter mlops sync"
            if register:
                target = f"{register}={name or what}"
                text += f", then: Project().register({session.run_id[:SHORT]!r}, {target!r})"
        elif register and replaying():
            text += ", not registered: this is a replay"
        elif register:
            self.store.check_answers()
            version = registry.register(self.store, session.recorder.snapshot(), register, known)
            text += f", registered as {version.name} version {version.version}"
        return text

    def cell(
        self,
        name: str,
        source: str,
        *,
        experiment: str | None = None,
        parameters: Mapping[str, str] | None = None,
        metrics: Mapping[str, str] | None = None,
        autolog: bool = True,
    ) -> str:
        """Run a cell as a run of its own, a child of the session's where there is one.

        Raises:
            Exception: what the cell raises.
        """
        run_id, problems = self._cells.run(
            name,
            source,
            experiment=experiment,
            parent=self.session.run_id if self.session else None,
            parameters=parameters or {},
            metrics=metrics or {},
            autolog=autolog,
        )
        run = Recorder(self.store, run_id).snapshot()
        found = ", ".join(
            f"{key} = {value:.6g}" for key, value in run.metrics.items() if key in (metrics or {})
        )
        lines = [f"run {run_id[:SHORT]} ({name}) {run.status.value}" + (f": {found}" if found else "")]
        if run.replaces:
            lines[0] += f"; replaces {run.replaces[:SHORT]}"
        return "\n".join([*lines, *problems])

    def apply(self, values: Mapping[str, Any]) -> None:
        """Assign edited parameters in the kernel, and record them where a session is on."""
        from enum import Enum

        own = {
            name: self.shell.user_ns[type(value).__name__][value.name]
            if isinstance(value, Enum) and type(value).__name__ in self.shell.user_ns
            else value
            for name, value in values.items()
        }
        self.shell.user_ns.update(own)
        if self.session is not None:
            self.session.record_parameters(own)

    def end(self) -> None:
        """The extension is unloaded: close what is open."""
        if self.session is not None:
            self.session.stop()
            self.session = None

    def _session(self) -> Session:
        """The one that is on. A headless run is on the record by itself, and is joined."""
        if self.session is None and self._in_headless_run():
            self.start(autolog=False)
        if self.session is None:
            raise UsageError("nothing is on the record", hint="first: %track start [NAME] [--experiment E]")
        return self.session

    def _in_headless_run(self) -> bool:
        return not self._left and fluent.headless_run() is not None

    def _data(self, what: str) -> DatasetVersion | _Named:
        """The version that is meant, or what is to be one, under a name."""
        if what in self.config.datasets:
            return _Named(what, None)
        if what in self.shell.user_ns:
            value = self.shell.user_ns[what]
            if isinstance(value, str | Path):  # it tells where the data are
                return _Named(value, None)
            return _Named(value, plain_name(what), f"variable {what}")
        if Path(what).exists() or "://" in what:
            return _Named(what, None)
        if outbox.at_hand(self.store) and (entry := look_up(self.store, what)) is not None:
            return entry.version
        values, problems = evaluate(self.shell, {what: what})
        if problems:
            raise UsageError(
                f"no variable, dataset or file {what!r}",
                hint="name one of these, or a version such as customers@2",
            )
        return _Named(values[what], plain_name(what), f"expression {what}")


@dataclass(frozen=True)
class _Named:
    """What is to be a dataset version; without a name it has one of its own."""

    value: Any
    name: str | None
    source: str = ""


def declared_parameters(path: Path | None) -> Any:
    """The declarations that `%params` shows.

    Raises:
        ParameterError: no notebook is known, or no cell of it is tagged ``parameters``.
    """
    if path is None:
        raise ParameterError("this is no notebook that is known by its file", hint="%params NOTEBOOK.ipynb")
    declared = read_parameters(read_notebook(path))
    if declared is None:
        raise ParameterError(
            f"no cell of {path.name}, as it was last saved, is tagged 'parameters'",
            hint="tag the cell that holds the defaults (property inspector), save, and say %params again",
        )
    return declared


def _all_well(problems: list[str]) -> None:
    if problems:
        raise UsageError("; ".join(problems), hint="name a variable, or NAME=EXPRESSION")


def _save(value: Any, folder: Path, name: str) -> Path:
    """A variable as a file of the kind that others can read."""
    stem = folder / name
    stem.parent.mkdir(parents=True, exist_ok=True)
    given = bool(stem.suffix)
    if hasattr(value, "savefig"):
        path = stem if given else stem.with_suffix(".png")
        value.savefig(path)
    elif hasattr(value, "to_csv"):
        path = stem if given else stem.with_suffix(".csv")
        value.to_csv(path)
    elif isinstance(value, str):
        path = stem if given else stem.with_suffix(".txt")
        path.write_text(value, encoding="utf-8")
    elif isinstance(value, dict | list | tuple | int | float):
        path = stem if given else stem.with_suffix(".json")
        path.write_text(json.dumps(value, indent=1, default=str), encoding="utf-8")
    else:
        raise Refused(
            f"a {type(value).__name__} cannot be kept as a file", hint="save it yourself and name the file"
        )
    return path
