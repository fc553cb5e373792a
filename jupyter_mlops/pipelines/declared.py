"""From ``mlops.yaml`` to a `Graph`: whatever will not do is refused here, with file, line and key."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from jupyter_mlops.config import CONFIG_NAME, STATE_FOLDER, Config, where
from jupyter_mlops.data.versions import remote_token
from jupyter_mlops.entities import Pipeline, Step
from jupyter_mlops.exceptions import ConfigError, NotFound, Refused, did_you_mean
from jupyter_mlops.execution.languages import is_python, kernel_language
from jupyter_mlops.execution.modules import module_digest, run_files
from jupyter_mlops.execution.plan import kernel_of
from jupyter_mlops.notebooks.code import code_digests
from jupyter_mlops.notebooks.document import (
    Notebook,
    cell_digest,
    code_cells,
    read_notebook,
)
from jupyter_mlops.notebooks.parts import Part, read_parts
from jupyter_mlops.pipelines.conditions import Condition
from jupyter_mlops.pipelines.graph import (
    VARIABLE,
    Graph,
    Node,
    Source,
    cycle_of,
    in_order,
    overlapping,
)
from jupyter_mlops.pipelines.parameters import Parameters
from jupyter_mlops.pipelines.resolution import resolution

Given = Mapping[str, Any]

_NAME = re.compile(r"\w[\w -]*")
_OURS = {STATE_FOLDER, ".git", "mlruns"}  # in the project's folder: no output may lie there


def declared(config: Config, name: str, root: Path) -> Pipeline:
    """The pipeline of that name; a name that ends in ``.ipynb`` is a notebook whose cells are the steps.

    Raises:
        NotFound: there is none.
    """
    if name in config.pipelines:
        return config.pipelines[name]
    if name.endswith(".ipynb"):
        return Pipeline(notebook=name)
    hint = (
        did_you_mean(name, config.pipelines) if config.pipelines else f"declare pipelines: in {CONFIG_NAME}"
    )
    raise NotFound(f"no pipeline {name!r} in {root / CONFIG_NAME}", hint=hint)


def build(
    config: Config,
    name: str,
    root: Path,
    text: Mapping[str, str] | None = None,
    values: Given | None = None,
    source: Path | None = None,
) -> Graph:
    """The pipeline of that name, made sure of.

    Args:
        config: of the project.
        name: of the pipeline, or of a notebook.
        root: the project's folder.
        text: parameters as typed on a command line, read by their declared types; ``STEP.NAME`` is for one
            step, ``NAME`` for every step whose notebook has it.
        values: the same with typed values.
        source: the folder, laid out as the project's, in which notebooks and other code lie, if not there.

    Raises:
        NotFound: no pipeline of that name.
        ConfigError: a cycle, a missing input, two writers of one output, a parameter that does not fit ...
    """
    return _Builder(config, name, root, text or {}, values or {}, source or root).graph()


class _Builder:
    def __init__(
        self, config: Config, name: str, root: Path, text: Mapping[str, str], values: Given, code: Path
    ) -> None:
        self.config, self.name, self.root, self.code = config, name, root, code
        self.pipeline = declared(config, name, root)
        self.steps, self.parts = self._steps()
        # by notebook, as many steps may share one
        self.documents: dict[str, Notebook] = {}
        self.kernels: dict[tuple[str, str | None], tuple[str, str]] = {}
        self.cells: dict[tuple[str, str | None], tuple[tuple[int, str], ...]] = {}
        self.modules: dict[str, str] = {}
        for key, step in self.steps.items():
            if step.notebook not in self.documents:
                self.documents[step.notebook] = self._document(key, step)
        asked = {**text, **values}
        self.parameters = Parameters(self.steps, self.documents, self.pipeline.parameters, asked, self._wrong)
        self.writers = self._writers()

    def graph(self) -> Graph:
        conditions = {name: self._condition(name) for name in self.steps}
        self.parameters.refuse_unknown({name for each in conditions.values() if each for name in each.names})
        found = {name: self._inputs(name) for name in self.steps}
        edges = {name: self._after(name, found[name], conditions[name]) for name in self.steps}
        try:
            order = in_order(edges)
        except CycleError as error:
            raise self._in_step(f"the steps need each other: {cycle_of(error)}", error.args[1][0]) from None
        nodes = {name: self._node(name, found[name], edges[name], conditions[name]) for name in order}
        self._check_selection(nodes)
        return Graph(self.name, nodes, self.pipeline.parameters, self.parameters.asked)

    # -- what is declared

    def _steps(self) -> tuple[dict[str, Step], dict[str, Part]]:
        """The steps, those that are parts of the pipeline's notebook with what its cells tell."""
        declared = dict(self.pipeline.steps)
        for name in declared:
            if not _NAME.fullmatch(name):
                hint = "use letters, digits, _ and -"
                raise self._in_step(f"{name!r} is no name of a step", name, hint=hint)
        if self.pipeline.notebook is None:
            if not declared:
                raise self._wrong(
                    "it has no steps", hint="add steps:, or notebook: with cells tagged step:NAME"
                )
            for name, step in declared.items():
                if not step.notebook:
                    raise self._in_step("it names no notebook", name, hint="add notebook: PATH")
            return declared, {}
        try:
            notebook = read_notebook(self.code / self.pipeline.notebook)
            parts = {part.name: part for part in read_parts(notebook)}
        except Refused as error:
            raise self._wrong(str(error), hint=error.hint) from None
        if not parts:
            raise self._wrong(f"{self.pipeline.notebook} has no cell tagged step:NAME")
        for name in declared:
            if name not in parts:
                raise self._in_step("no cell bears its tag", name, hint=did_you_mean(name, parts))
        own = {"notebook": self.pipeline.notebook}
        return {n: declared.get(n, Step()).model_copy(update=own) for n in parts}, parts

    def _document(self, name: str, step: Step) -> Notebook:
        path = self._inside(step.notebook, name, "notebook")
        try:
            return read_notebook(self.code / path.relative_to(self.root))
        except Refused as error:
            raise self._in_step(str(error), name, "notebook", hint=error.hint) from None

    def _writers(self) -> dict[Path, tuple[str, str]]:
        """(step, output) by the place where it is published."""
        writers: dict[Path, tuple[str, str]] = {}
        sources = {self.root / CONFIG_NAME, *(self.root / step.notebook for step in self.steps.values())}
        datasets = (each.source for each in self.config.datasets.values())
        sources |= {self.root / source for source in datasets if "://" not in source}
        for name, step in self.steps.items():
            for output, place in step.outputs.items():
                path = self._inside(place, name, "outputs", output)
                if path in writers:
                    raise self._in_step(
                        f"{place} is written by {writers[path][0]}, too", name, "outputs", output
                    )
                own = path.relative_to(self.root).parts[:1]
                if not own or own[0] in _OURS or own[0].startswith("mlflow.db"):
                    raise self._in_step(f"{place} is the project's own", name, "outputs", output)
                if path in sources or any(source.is_relative_to(path) for source in sources):
                    raise self._in_step(
                        f"{place} is no output: it would be overwritten", name, "outputs", output
                    )
                writers[path] = (name, output)
        for inner, outer in overlapping(writers):
            writer, output = writers[inner]
            raise self._in_step(
                f"it lies in {outer.relative_to(self.root)}, an output of {writers[outer][0]}",
                writer,
                "outputs",
                output,
            )
        return writers

    def _inside(self, place: str, step: str, *keys: str) -> Path:
        """The place as an absolute path in the project."""
        plain = PurePosixPath(place)
        if not place or plain.is_absolute() or ".." in plain.parts or "://" in place or "\0" in place:
            raise self._in_step(f"{place!r} is no path in the project", step, *keys)
        return self.root / plain

    # -- edges

    def _inputs(self, name: str) -> dict[str, Source]:
        found = {key: self._source(name, key, place) for key, place in self.steps[name].inputs.items()}
        if name in self.parts:
            for variable, step in self.parts[name].reads.items():
                found[VARIABLE + variable] = Source("", step, VARIABLE + variable)
        return found

    def _source(self, name: str, key: str, place: str) -> Source:
        kind, colon, dataset = place.partition(":")
        if kind == "dataset" and colon:
            if dataset not in self.config.datasets:
                hint = did_you_mean(dataset, self.config.datasets)
                raise self._in_step(f"there is no dataset {dataset!r}", name, "inputs", key, hint=hint)
            place = self.config.datasets[dataset].source
        if place.startswith("file://"):
            place = url2pathname(urlsplit(place).path)
        if "://" in place:
            try:
                remote_token(place)
            except Refused as error:
                raise self._in_step(str(error), name, "inputs", key, hint=error.hint) from None
            return Source(place)
        path = self.root / place
        for made in (path, *path.parents):
            if made in self.writers:
                below = "" if path == made else path.relative_to(made).as_posix()
                return Source(str(path), *self.writers[made], below)
        within = tuple(step for made, (step, _) in self.writers.items() if path in made.parents)
        if within:
            return Source(str(path), within=within)
        if not path.exists():
            raise self._in_step(
                f"{place} is not there, and no step makes it", name, "inputs", key, hint="mend the path"
            )
        return Source(str(path))

    def _condition(self, name: str) -> Condition | None:
        text = self.steps[name].when
        if text is None:
            return None
        try:
            condition = Condition(text)
        except Refused as error:
            raise self._in_step(str(error), name, "when", hint=error.hint) from None
        known = {**self.pipeline.parameters, **self.parameters.asked}
        for step in sorted(condition.steps - self.steps.keys()):
            raise self._in_step(
                f"there is no step {step!r}", name, "when", hint=did_you_mean(step, self.steps)
            )
        for parameter in sorted(condition.names - known.keys()):
            raise self._in_step(
                f"the pipeline has no parameter {parameter!r}",
                name,
                "when",
                hint=f"a step's is written STEP.{parameter}; {did_you_mean(parameter, known)}",
            )
        return condition

    def _after(self, name: str, inputs: Mapping[str, Source], condition: Condition | None) -> tuple[str, ...]:
        step = self.steps[name]
        for needed in step.needs:
            if needed not in self.steps:
                hint = did_you_mean(needed, self.steps)
                raise self._in_step(f"there is no step {needed!r}", name, "needs", hint=hint)
        made = [source.step for source in inputs.values() if source.step is not None]
        within = [name for source in inputs.values() for name in source.within]
        asked = sorted(condition.steps) if condition else []
        return tuple(dict.fromkeys([*made, *within, *step.needs, *asked]))

    def _node(
        self, name: str, inputs: Mapping[str, Source], after: tuple[str, ...], condition: Condition | None
    ) -> Node:
        step, part = self.steps[name], self.parts.get(name)
        path, notebook = self.root / step.notebook, self.documents[step.notebook]
        beside = (self.code / step.notebook).parent
        kernel, language = self._kernel(name)
        digested = step.notebook, None if part is None else part.name
        if digested not in self.cells:
            self.cells[digested] = tuple(_digests(notebook, part, is_python(language), beside))
        if step.notebook not in self.modules:
            python = is_python(language)
            self.modules[step.notebook] = resolution(notebook, beside, self.code) if python else ""
        places = {key: source.place for key, source in inputs.items() if not key.startswith(VARIABLE)}
        places |= {key: str(self.root / place) for key, place in step.outputs.items()}
        outputs: dict[str, Path | None] = {key: self.root / place for key, place in step.outputs.items()}
        if part is not None:
            outputs |= {VARIABLE + variable: None for variable in part.passes}
        return Node(
            name=name,
            step=step,
            path=path,
            notebook=notebook,
            kernel=kernel,
            cells=self.cells[digested],
            modules=self.modules[step.notebook],
            part=part,
            inputs=inputs,
            outputs=outputs,
            after=after,
            condition=condition,
            points=tuple(self.parameters.points(name, kernel, language, places)),
        )

    def _kernel(self, name: str) -> tuple[str, str]:
        """The step's kernel and its language."""
        step = self.steps[name]
        asked = step.notebook, step.kernel
        if asked not in self.kernels:
            notebook = self.documents[step.notebook]
            try:
                kernel = kernel_of(notebook, self.root / step.notebook, step.kernel)
            except Refused as error:
                keys = ("kernel",) if step.kernel else ()
                raise self._in_step(str(error), name, *keys, hint=error.hint) from None
            self.kernels[asked] = kernel, kernel_language(notebook, kernel)
        return self.kernels[asked]

    def _check_selection(self, nodes: Mapping[str, Node]) -> None:
        """Of several points one must be selected, where anything depends on which."""
        for name, node in nodes.items():
            if node.step.select is not None or len(node.points) < 2:
                continue
            asked = any(n.condition is not None and name in n.condition.steps for n in nodes.values())
            registered = self.pipeline.registration is not None and self.pipeline.registration.step == name
            if node.outputs or asked or registered:
                raise self._in_step(
                    f"its grid has {len(node.points)} points, and nothing says which one counts",
                    name,
                    "grid",
                    hint="add e.g. select: accuracy, or select: {metric: rmse, mode: min}",
                )
        registration = self.pipeline.registration
        if registration is not None and registration.step not in nodes:
            raise self._wrong(
                f"there is no step {registration.step!r}",
                "register",
                "from",
                hint=did_you_mean(registration.step, nodes),
            )

    def _in_step(self, problem: str, step: str, *keys: str, hint: str | None = None) -> ConfigError:
        """What is wrong at these keys below a step's."""
        return self._wrong(problem, "steps", step, *keys, hint=hint)

    def _wrong(self, problem: str, *keys: str, hint: str | None = None) -> ConfigError:
        """What is wrong at these keys below the pipeline's."""
        hint = hint or "mend it, then run again"
        if self.name not in self.config.pipelines:  # a notebook alone
            return ConfigError(f"{self.name}: {': '.join((*keys[1:2], problem))}", hint=hint)
        return ConfigError(f"{where(self.root, ('pipelines', self.name, *keys))}: {problem}", hint=hint)


def _digests(notebook: Notebook, part: Part | None, python: bool, folder: Path) -> Iterator[tuple[int, str]]:
    """Number, as a person counts, and digest of each code cell that counts, with the code of files that
    ``%run`` names, which no import tells of."""
    chosen = None if part is None else set(itertools.chain(part.common, part.cells))
    for index, cell in code_cells(notebook):
        if chosen is not None and index not in chosen:
            continue
        if python:
            run = [module_digest(folder / name) for name in run_files(cell["source"], folder)]
            yield from ((index + 1, " ".join((digest, *run))) for digest in code_digests({"cells": [cell]}))
        elif cell["source"].strip():
            yield index + 1, cell_digest(cell["source"])
