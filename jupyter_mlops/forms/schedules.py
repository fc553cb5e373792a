"""The form that adds a schedule: what can run, and how what was filled in is taken."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from jupyter_mlops.entities import Identity, Misfire, Overlap, ScheduleState, Slot
from jupyter_mlops.entities.panels import AddSchedule, ScheduleForm
from jupyter_mlops.exceptions import MLOpsError, ParameterError, did_you_mean
from jupyter_mlops.forms import inputs, times
from jupyter_mlops.forms.telling import Misfit, misfit
from jupyter_mlops.scheduling.declared import check_name

if TYPE_CHECKING:
    from jupyter_mlops.project import Project
    from jupyter_mlops.scheduling.planned import Planned

NOTEBOOKS = 500
_FOLDERS = 5000  # that are looked through
_FOREIGN = {"node_modules", "mlruns", "venv", "__pycache__", "build", "dist"}
_PLAIN = {"overlap": Overlap.SKIP.value, "misfire": Misfire.LATEST.value}  # what need not be said
NOBODY = "nothing runs it until there is a scheduler; start one: jupyter mlops scheduler start"


def choices(project: Project) -> ScheduleForm:
    """What the form lets a person choose from."""
    return ScheduleForm(
        notebooks=tuple(notebooks(project.root)),
        pipelines=tuple(sorted(project.config.pipelines)),
        zones=tuple(sorted(available_timezones())),
        overlaps=tuple(overlap.value for overlap in Overlap),
        misfires=tuple(misfire.value for misfire in Misfire),
    )


def notebooks(root: Path) -> list[str]:
    """The notebooks below `root`, at most 500, relative to it; nothing hidden, nothing that was installed."""
    found: list[str] = []
    for count, (folder, folders, files) in enumerate(os.walk(root)):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _FOREIGN)
        here = Path(folder).relative_to(root)
        found += [(here / name).as_posix() for name in sorted(files) if _is_notebook(name)]
        if len(found) >= NOTEBOOKS or count >= _FOLDERS:
            break
    return found[:NOTEBOOKS]


def _is_notebook(name: str) -> bool:
    return name.endswith(".ipynb") and not name.startswith(".")


def add(project: Project, asked: AddSchedule) -> ScheduleState:
    """Add the schedule that was filled in to ``mlops.yaml``.

    Raises:
        Misfit: a parameter, or one of the form's own fields, does not fit.
        Refused: what is chosen cannot be a schedule.
    """
    what, name = asked.what.strip(), asked.name.strip()
    if not what:
        raise misfit("what", "nothing is chosen that could run", "choose a notebook or a pipeline")
    notebook = None if what in project.config.pipelines else _notebook(project, what)
    _check_name(project, name)
    times.check_when(asked)
    _check_word("overlap", asked.overlap, Overlap)
    _check_word("misfire", asked.misfire, Misfire)
    texts = {} if notebook is None else _fitting(project, notebook, asked.parameters)
    line = asked.when.strip() if asked.mode == "cron" else None
    target = what if notebook is None else str(notebook)
    return project.add_schedule(name or None, line, target, text=texts, **_fields(asked))


def _fields(asked: AddSchedule) -> dict[str, Any]:
    given = {
        **times.fields(asked),
        "overlap": asked.overlap,
        "misfire": asked.misfire,
        "retries": asked.retries,
        "register": asked.register_as,
    }
    return {key: value for key, value in given.items() if value and value != _PLAIN.get(key)}


def run_now(project: Project, name: str, texts: Mapping[str, str], who: Identity | None = None) -> Slot:
    """As `Project.run_now`, with parameters as typed; where no scheduler is there, `Slot.why` tells how to
    start one.

    Raises:
        Misfit: a parameter does not fit.
        NotFound: there is no schedule of that name.
        Refused: what it runs is gone.
    """
    try:
        slot = project.run_now(name, text=texts, who=who)
    except ParameterError as error:
        raise Misfit(_wrong(project, name, texts), str(error), hint=error.hint) from None
    return slot if project.has_scheduler() else slot.model_copy(update={"why": NOBODY})


def listed(project: Project) -> list[ScheduleState]:
    """All schedules and where they stand; of those by cron, `when` is in words."""
    planned = project.planned()
    return [_in_words(state, planned.get(state.name)) for state in project.schedules(acquaint=False)]


def _in_words(state: ScheduleState, plan: Planned | None) -> ScheduleState:
    if plan is None or plan.cron is None:
        return state
    try:
        words, _ = times.when(plan)
    except MLOpsError:  # its note tells what is wrong
        return state
    return state.model_copy(update={"when": f"{words} {plan.timezone}"})


def _wrong(project: Project, name: str, texts: Mapping[str, str]) -> dict[str, str]:
    schedule = project.config.schedules.get(name)
    if schedule is None or schedule.notebook is None:
        return {}
    return inputs.wrong(project.parameters(project.root / schedule.notebook), texts)


def _notebook(project: Project, what: str) -> Path:
    """Where the notebook lies, which nothing leads to out of the project's folder."""
    root = project.root.resolve()
    try:
        path = (root / what).resolve()
        there = path.is_relative_to(root) and path.is_file()
    except (ValueError, OSError):  # letters that no path has, too many of them, links in a circle
        there = False
    if not there:
        hint = did_you_mean(what, {*project.config.pipelines, *notebooks(project.root)})
        raise misfit("what", f"there is no pipeline or notebook {what!r} in the project", hint)
    return path


def _check_name(project: Project, name: str) -> None:
    if not name:
        return
    try:
        check_name(name)
    except MLOpsError as error:
        raise misfit("name", error) from None
    if name in project.config.schedules:
        raise misfit("name", f"there is a schedule {name!r} already", "choose another name")


def _check_word(field: str, word: str, known: type[Overlap] | type[Misfire]) -> None:
    words = [each.value for each in known]
    if word and word not in words:
        raise misfit(field, f"{field}: {word!r} is none of {', '.join(words)}", did_you_mean(word, words))


def _fitting(project: Project, notebook: Path, texts: Mapping[str, str]) -> dict[str, str]:
    """The parameters that were typed, each made sure of for itself."""
    wrong = inputs.wrong(project.parameters(notebook), texts) if texts else {}
    if wrong:
        raise Misfit(wrong, f"not added: {', '.join(wrong)} {'does' if len(wrong) == 1 else 'do'} not fit")
    return dict(texts)
