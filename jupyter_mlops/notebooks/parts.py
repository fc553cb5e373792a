"""One notebook as several steps: its cells tagged ``step:NAME``.

Code cells above the first tagged one belong to all steps and run in each. Below, an untagged cell belongs to
the step of the tagged one above it; the cells of a step may lie apart. A step is given each variable that it
reads and that a step above it wrote or changed in place, from the last one that did.

What is not seen: a change in place by a call whose result is used (``best = train(model)`` where that changes
`model`), but for a few well-known methods. What is not passed on: the state of random number generators, and
that two variables are the same object, or share a part.
"""

from __future__ import annotations

import builtins
import copy
import dataclasses
import keyword
import re
from collections.abc import Callable, Iterator, Mapping

from jupyter_mlops.exceptions import NotebookError
from jupyter_mlops.notebooks.code import GENERATED_TAGS, STEP_INPUTS_TAG, STEP_OUTPUTS_TAG
from jupyter_mlops.notebooks.document import PARAMETERS_TAG, Cell, Notebook, code_cells, tags
from jupyter_mlops.notebooks.flow import Flow
from jupyter_mlops.notebooks.passing import Paths, loading_code, saving_code

__all__ = ["GENERATED_TAGS", "Part", "part_notebook", "read_parts"]

_TAG = "step:"
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_RESERVED = {*keyword.kwlist, "common"}
_SKIPPED_TAG = "skip-execution"
_ANYWHERE = {*dir(builtins), "__name__", "__file__", "get_ipython", "display", "In", "Out", "_", "__", "___"}


@dataclasses.dataclass(frozen=True)
class Part:
    """A step that is a part of a notebook.

    `cells` and `common` are indexes of its own code cells and of those that all steps run. `reads` maps each
    variable that is passed to it to the step that it comes from, in the order in which they are to be loaded;
    `passes` are the variables that steps below read from it. `there` tells of each of these the classes and
    functions that are there by their names wherever it is read.
    """

    name: str
    cells: tuple[int, ...]
    common: tuple[int, ...]
    reads: Mapping[str, str]
    passes: tuple[str, ...]
    there: Mapping[str, frozenset[str]]


def read_parts(notebook: Notebook) -> tuple[Part, ...]:
    """The steps of the notebook, in order; none where no cell is tagged ``step:NAME``.

    Raises:
        NotebookError: a tag names no step; a cell is no Python; a step reads what only one below writes; it
            goes on below another step and both have to do with the same variable; one class becomes another
            meanwhile.
    """
    common, owned = _owners(notebook)
    if not owned:
        return ()
    _refuse_other_language(notebook)
    shared = Flow()
    _follow(notebook, shared, common, "above the steps")
    own = shared.assigned - shared.imported.keys()
    flows: dict[str, Flow] = {}
    needs: dict[str, dict[str, frozenset[str]]] = {}
    for name, cells in owned.items():
        flow = flows[name] = Flow(shared)
        _follow(notebook, flow, cells, f"of step {name}")
        needs[name] = {each: _classes(each, flow) for each in flow.writes}
    _refuse_mixed(owned, flows)
    reads = _reads(shared, flows)
    written = set().union(*(flow.writes for flow in flows.values()))
    fixed = frozenset(own - written)
    parts = []
    for name, cells in owned.items():
        passes = sorted({v for other in reads.values() for v, source in other.items() if source == name})
        there = {
            variable: fixed.union(filter(_same_below(name, variable, flows, reads), needs[name][variable]))
            for variable in passes
        }
        # a class before what needs it
        order = sorted((len(needs[source][variable]), variable) for variable, source in reads[name].items())
        given = {variable: reads[name][variable] for _, variable in order}
        parts.append(Part(name, tuple(cells), tuple(common), given, tuple(passes), there))
    return tuple(parts)


def part_notebook(notebook: Notebook, part: Part, *, load: Paths, save: Paths) -> Notebook:
    """The notebook that runs this step alone: the common cells, a cell that loads the variables of `load`
    from their files, the step's cells, a cell that writes those of `save` into theirs. Prose goes with the
    code cell below it."""
    result = copy.deepcopy({key: value for key, value in notebook.items() if key != "cells"})
    given = {name: load[name] for name in part.reads if name in load}
    made = {name: save[name] for name in part.passes if name in save}
    common = _with_prose(notebook, part.common)
    own = _with_prose(notebook, part.cells)
    cells = [copy.deepcopy(notebook["cells"][index]) for index in common]
    if given:
        cells.append(_generated(notebook, STEP_INPUTS_TAG, loading_code(given)))
    cells += [copy.deepcopy(notebook["cells"][index]) for index in own]
    if made:
        cells.append(_generated(notebook, STEP_OUTPUTS_TAG, saving_code(part.name, made, part.there)))
    result["cells"] = cells
    return result


def _owners(notebook: Notebook) -> tuple[list[int], dict[str, list[int]]]:
    """The cells of all steps, and those of each."""
    common: list[int] = []
    owned: dict[str, list[int]] = {}
    current: str | None = None
    for index, cell in code_cells(notebook):
        if GENERATED_TAGS.intersection(tags(cell)):
            continue
        current = _step_of(index, cell) or current
        if current is None:
            common.append(index)
        elif PARAMETERS_TAG in tags(cell):
            raise NotebookError(
                f"the parameters cell (cell {index + 1}) lies in step {current}",
                hint="put it above the first cell with a step's tag",
            )
        else:
            owned.setdefault(current, []).append(index)
    return common, owned


def _step_of(index: int, cell: Cell) -> str | None:
    names = {tag.removeprefix(_TAG) for tag in tags(cell) if tag.startswith(_TAG)}
    if len(names) > 1:
        raise NotebookError(
            f"cell {index + 1} is tagged for several steps: {', '.join(sorted(names))}",
            hint="a cell belongs to one step; what all need goes above the first one",
        )
    for name in names:
        if not _NAME.fullmatch(name):
            raise NotebookError(
                f"cell {index + 1} is tagged {_TAG + name!r}, which names no step",
                hint="a step's name is of letters, digits, _ and -",
            )
        if name in _RESERVED:
            raise NotebookError(
                f"cell {index + 1} is tagged {_TAG + name!r}, and that word is reserved",
                hint="give the step another name",
            )
    return next(iter(names), None)


def _refuse_other_language(notebook: Notebook) -> None:
    metadata = notebook.get("metadata", {})
    for key, word in (("kernelspec", "language"), ("language_info", "name")):
        told = metadata.get(key)
        language = told.get(word) if isinstance(told, dict) else None
        if isinstance(language, str) and language.lower() not in {"python", "python3", "ipython"}:
            raise NotebookError(
                f"the notebook is written in {language}, and steps by tags are known in Python only",
                hint="make a notebook of each step",
            )


def _follow(notebook: Notebook, flow: Flow, cells: list[int], where: str) -> None:
    for index in cells:
        cell = notebook["cells"][index]
        source = "" if _SKIPPED_TAG in tags(cell) else cell["source"]
        if not flow.follow(source):
            raise NotebookError(
                f"cell {index + 1}, {where}, is not valid Python, so its variables cannot be told",
                hint="mend that cell",
            )


def _reads(shared: Flow, flows: Mapping[str, Flow]) -> dict[str, dict[str, str]]:
    """For each step the variables that are passed to it, with the step each comes from."""
    writer: dict[str, str] = {}
    hiding: dict[str, str] = {}
    found: dict[str, dict[str, str]] = {}
    kept: dict[str, dict[str, str]] = {}
    for position, (name, flow) in enumerate(flows.items()):
        found[name] = {variable: writer[variable] for variable in flow.reads if variable in writer}
        kept[name] = {variable: writer[variable] for variable in flow.perhaps_kept if variable in writer}
        unknown = flow.missing - writer.keys() - shared.writes - _ANYWHERE
        if not (flow.star or shared.star):
            _refuse_unknown(name, unknown, dict(list(flows.items())[position + 1 :]), hiding)
        writer.update(dict.fromkeys(flow.writes, name))
        for variable in flow.deleted - flow.writes:
            writer.pop(variable, None)
        if flow.star:
            hiding[name] = flow.star
    for name in reversed(found):  # what it passes on and may leave as it was, it must be given
        passed = {
            variable for other in found.values() for variable, source in other.items() if source == name
        }
        found[name] |= {variable: source for variable, source in kept[name].items() if variable in passed}
    return found


def _refuse_unknown(
    name: str, unknown: set[str], below: Mapping[str, Flow], hiding: Mapping[str, str]
) -> None:
    for variable in sorted(unknown):
        for other, flow in below.items():
            if variable in flow.writes:
                raise NotebookError(
                    f"step {name} reads `{variable}`, which only step {other}, below it, writes",
                    hint="put the cells in the order in which they are to run",
                )
        for other, star in hiding.items():
            raise NotebookError(
                f"step {name} reads `{variable}`, which may come from `{star}` in step {other}",
                hint="put that line above the first cell with a step's tag, or import by name",
            )


def _refuse_mixed(owned: Mapping[str, list[int]], flows: Mapping[str, Flow]) -> None:
    """A step whose cells lie apart runs as a whole, before the steps that begin below its first cell: its
    cells below theirs must have nothing to do with them."""
    wanted = set().union(*(flow.reads for flow in flows.values()))
    for name, cells in owned.items():
        for index, (read, written) in zip(cells, flows[name].touched, strict=True):
            for other, others in owned.items():
                if other == name or not others[0] > cells[0]:
                    continue
                for place, (their_read, their_written) in zip(others, flows[other].touched, strict=True):
                    clash = (written & (their_read | their_written & wanted)) | (read & their_written)
                    if place < index and clash:
                        raise NotebookError(
                            f"step {name} goes on below step {other}, in cell {index + 1}, and both have "
                            f"to do with `{min(clash)}`",
                            hint=f"give cell {index + 1} a step of its own",
                        )


def _same_below(
    step: str, variable: str, flows: Mapping[str, Flow], reads: Mapping[str, Mapping[str, str]]
) -> Callable[[str], bool]:
    """Whether a class of that name is the same in `step` and in each step that reads `variable` from it."""
    order = list(flows)

    def definer(name: str, source: str | None) -> str | None:
        above = order[: order.index(source) + 1] if source is not None else []
        return next((other for other in reversed(above) if name in flows[other].assigned), None)

    def same(name: str) -> bool:
        readers = (given for given in reads.values() if given.get(variable) == step)
        seen = {definer(name, given.get(name)) for given in readers}
        if len(seen) > 1:  # one file cannot be of both
            raise NotebookError(
                f"steps below {step} read `{variable}`, some where `{name}` is one class and some where "
                "it is another",
                hint=f"give one of the classes {name} another name",
            )
        return seen == {definer(name, step)}

    return same


def _classes(variable: str, flow: Flow) -> frozenset[str]:
    """The classes by whose names the variable is told; for a class those that do not need it in turn."""
    reached = set(_reached(variable, flow)) - {variable}
    classes = {name for name in reached if name in flow.known and flow.known[name].is_class}
    return frozenset(name for name in classes if variable not in _reached(name, flow))


def _reached(variable: str, flow: Flow) -> set[str]:
    reached: set[str] = set()
    waiting = [variable]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += flow.known[name].later if name in flow.known else ()
    return reached


def _with_prose(notebook: Notebook, cells: tuple[int, ...]) -> list[int]:
    """The cells and the prose right above each."""
    return sorted(set(cells).union(*(_prose_above(notebook, index) for index in cells)))


def _prose_above(notebook: Notebook, index: int) -> Iterator[int]:
    while index and notebook["cells"][index - 1]["cell_type"] != "code":
        index -= 1
        yield index


def _generated(notebook: Notebook, tag: str, source: str) -> Cell:
    cell: Cell = {
        "cell_type": "code",
        "id": tag,
        "metadata": {"tags": [tag]},
        "execution_count": None,
        "outputs": [],
        "source": source,
    }
    if (notebook.get("nbformat", 4), notebook.get("nbformat_minor", 0)) < (4, 5):
        del cell["id"]  # not allowed before 4.5
    return cell
