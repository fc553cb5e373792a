"""Gates on notebook, code, signature, approvals and times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.entities import (
    CellRecord,
    CellStatus,
    Gate,
    GateStatus,
    GitState,
    LedgerAction,
    LedgerEntry,
    ModelVersion,
    RunKind,
    RunStatus,
)
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.files import write_whole
from jupyter_mlops.notebooks.document import cell_digest
from jupyter_mlops.notebooks.journal import Journal
from jupyter_mlops.project import Project
from jupyter_mlops.promotion.context import Verdict
from jupyter_mlops.promotion.gates import origin, parse_gate
from jupyter_mlops.promotion.judges import state
from jupyter_mlops.promotion.judges.state import frozen_until
from jupyter_mlops.provenance import capture
from jupyter_mlops.tracking import leases, tags
from jupyter_mlops.tracking.recorder import Recorder
from tests.conftest import cell, write
from tests.promotion.judging import context_of

pytestmark = pytest.mark.usefixtures("local")
CLEAN = GitState(commit="c0ffee" + "0" * 34, branch="main", dirty=False)


def version(
    project: Project,
    kind: RunKind = RunKind.SESSION,
    *,
    cells: Sequence[tuple[str, str]] = (),
    saved: Sequence[tuple[str, str]] | None = None,
    git: GitState | None = CLEAN,
    status: RunStatus = RunStatus.FINISHED,
    parent: str | None = None,
) -> ModelVersion:
    """A version of a plain file: `cells` (id, source) ran in this order, `saved` is the notebook."""
    recorder = Recorder.start(project.store, experiment="e", name="n", kind=kind, parent=parent)
    folder = leases.kept_folder(project.store, recorder.run_id)
    journal, now = Journal(folder / tags.JOURNAL), datetime.now(UTC)
    for count, (identifier, source) in enumerate(cells, 1):
        journal.start(
            CellRecord(
                index=-1,
                cell_id=identifier or None,
                source=source,
                digest=cell_digest(source),
                status=CellStatus.OK,
                execution_count=count,
                started=now,
                ended=now,
            )
        )
    provenance = capture(project.root, None).model_copy(update={"git": git, "user": "ada"})
    write_whole(folder / tags.PROVENANCE, provenance.model_dump_json())
    if saved is not None:
        write(folder / "train.ipynb", [cell(source, identifier=name) for name, source in saved])
    (project.root / "rules.txt").write_text("rules")
    recorder.artifact(project.root / "rules.txt")
    recorder.keep(folder)
    recorder.close(status, exit_code=0, error=None if status is RunStatus.FINISHED else "KeyError: 'x'")
    leases.release(project.store, recorder.run_id)
    return project.register(recorder.run_id, "rules=rules.txt")


@pytest.fixture
def project(folder: Path) -> Project:
    return Project()


def judge(project: Project, written: Any, made: ModelVersion, *entries: LedgerEntry, **how: Any) -> Verdict:
    gate = parse_gate(written)
    assert isinstance(gate, Gate)
    function = getattr(state, f"judge_{gate.kind}")
    found = function(gate, context_of(project, f"{made.name}@{made.version}", entries=entries, **how))
    assert isinstance(found, Verdict)
    return found


# the notebook

A, B = ("a", "x = 1"), ("b", "y = x")


@pytest.mark.parametrize(
    ("cells", "saved", "said"),
    [
        ([A, B], [A, B], "2 executions of cells, as from top to bottom"),
        ([A, B, A, B], [A, B], "4 executions"),
        ([B, A], [A, B], "ran before cell 1"),
        ([A, B], [A, ("b", "y = x + 1")], "was edited since it ran"),
        ([A, B], [A], "no longer in the notebook"),
        ([("", "x = 1")], None, "nothing tells in which order"),
    ],
)
def test_a_live_notebook_is_clean_as_from_top_to_bottom(
    project: Project, cells: list[tuple[str, str]], saved: list[tuple[str, str]] | None, said: str
) -> None:
    found = judge(project, "clean notebook", version(project, cells=cells, saved=saved))
    assert said in found.message
    assert (found.status is GateStatus.PASSED) == ("executions" in found.message)
    assert "run" in found.evidence


def test_a_notebook_that_was_not_kept_cannot_be_judged(project: Project) -> None:
    with pytest.raises(NotFound, match="kept no notebook"):
        judge(project, "clean notebook", version(project, cells=[A, B]))


def test_headless_runs_are_clean_if_they_finished(project: Project) -> None:
    assert judge(project, "clean notebook", version(project, RunKind.HEADLESS)).status is GateStatus.PASSED
    failed = judge(project, "clean notebook", version(project, RunKind.HEADLESS, status=RunStatus.FAILED))
    assert failed.status is GateStatus.FAILED
    assert "is FAILED: KeyError: 'x'" in failed.message


def test_a_run_that_a_notebook_opened_is_judged_by_the_notebooks(project: Project) -> None:
    outer = version(project, RunKind.HEADLESS)
    inner = version(project, RunKind.CELL, cells=[("", "fit()")], parent=outer.run_id)
    assert judge(project, "clean notebook", inner).status is GateStatus.PASSED
    assert origin(project.store, inner) is RunKind.HEADLESS
    assert origin(project.store, version(project, RunKind.CELL)) is RunKind.CELL
    project.store.client().delete_run(str(inner.run_id))
    assert origin(project.store, inner) is RunKind.CELL
    for text in ("clean notebook", "clean git"):
        with pytest.raises(NotFound, match="is gone"):
            judge(project, text, inner)


# git


@pytest.mark.parametrize(
    ("git", "said"),
    [
        (CLEAN, "run from commit c0ffee00"),
        (None, "outside of git: git init"),
        (GitState(commit=None, branch="main", dirty=True, untracked=("a.ipynb",)), "no commit yet"),
        (
            GitState(
                commit="a" * 40,
                branch="main",
                dirty=True,
                untracked=("b.ipynb",),
                diff="diff --git a/train.ipynb b/train.ipynb\n-x\n+y\n",
            ),
            "changed: train.ipynb, not in git: b.ipynb: commit, and run it again",
        ),
        (
            GitState(commit="a" * 40, branch="main", dirty=True, untracked=tuple("abcdefg")),
            "and 2 more: commit",
        ),
    ],
)
def test_code_is_clean_as_committed(project: Project, git: GitState | None, said: str) -> None:
    found = judge(project, "clean git", version(project, git=git))
    assert said in found.message
    assert (found.status is GateStatus.PASSED) == (git is CLEAN)


def test_a_signature_tells_inputs_and_outputs(churn: Project) -> None:
    made = context_of(churn, "churn@2").version
    found = judge(churn, "signature", made)
    assert found.status is GateStatus.PASSED
    assert "tenure" in found.evidence["inputs"]


def test_a_model_without_a_signature_fails_and_a_file_is_no_model(churn: Project) -> None:
    from sklearn.dummy import DummyClassifier

    from tests.promotion.registered import add_version, people

    frame = people(20, 1)
    model = DummyClassifier().fit(frame[["age"]], frame["churned"])
    made = add_version(churn, model, ["age"], name="dummy", signature=False)
    found = judge(churn, "signature", made)
    assert found.status is GateStatus.FAILED
    assert "tells no inputs and no outputs" in found.message
    with pytest.raises(NotFound, match="cannot be looked at as a model"):
        judge(churn, "signature", version(churn))


# approvals


def entry(action: LedgerAction, who: str, version: str = "1", source: str = "test") -> LedgerEntry:
    return LedgerEntry(
        model="rules",
        number=1,
        action=action,
        who=who,
        identity=source,
        when=datetime(2026, 11, 1, tzinfo=UTC),
        to_version=version,
        reason="too old" if action is LedgerAction.REJECT else None,
    )


def approve(who: str, version: str = "1", source: str = "test") -> LedgerEntry:
    return entry(LedgerAction.APPROVE, who, version, source)


def reject(who: str) -> LedgerEntry:
    return entry(LedgerAction.REJECT, who)


BOB = ("BOB ", " bob", "bob\n", "b\u200bob", "bob\u202e", "\uff42\uff4f\uff42", "\x00bob")
ONE, TWO = {"approvals": 1, "author": "no"}, {"approvals": 2, "author": "no"}


@pytest.mark.parametrize(
    ("gate", "entries", "open_"),
    [
        (ONE, (), False),
        (ONE, (approve("bob"),), True),
        (ONE, (approve("bob", version="2"),), False),
        (ONE, (approve("ada"),), False),
        (ONE, (approve("Ada", source="github"),), False),
        ({"approvals": 1}, (approve("ada"),), True),
        (TWO, (approve("bob"), approve("eve")), True),
        (TWO, (approve("bob"), approve("bob")), False),
        (TWO, (approve("bob"), approve("bob", source="github")), False),
        *((TWO, (approve("bob"), approve(same)), False) for same in BOB),
        *((ONE, (approve(same),), False) for same in ("Ada ", "a\u200bda", "ada\ufe0f")),
        (TWO, (approve("bob"), reject("eve"), approve("eve")), False),
        (TWO, (approve("bob"), approve("eve"), reject("bob")), False),
        (TWO, (reject("dan"), approve("bob"), approve("eve")), True),
    ],
)
def test_approvals_are_counted_by_person_and_since_the_last_rejection(
    project: Project, gate: dict[str, Any], entries: tuple[LedgerEntry, ...], open_: bool
) -> None:
    found = judge(project, gate, version(project), *entries)
    assert (found.status is GateStatus.PASSED) == open_, found.message
    assert ("jupyter mlops approve rules@1" in found.message) != open_


def test_who_registered_a_version_is_its_author_too(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/x")
    monkeypatch.setenv("JUPYTERHUB_USER", "bob")
    made = version(project)
    assert made.tags["mlops.author"] == "bob (jupyterhub)"
    found = judge(project, ONE, made, approve("bob", source="system"))
    assert found.status is GateStatus.FAILED
    assert found.details == ("bob made it: an author's approval does not count",)


@pytest.mark.parametrize(
    ("entries", "open_"),
    [
        ((), True),
        ((reject("bob"),), False),
        ((approve("bob"), reject("eve")), False),
        ((reject("eve"), approve("bob")), True),
        ((reject("eve"), approve("bob", version="2")), False),
    ],
)
def test_a_rejection_stands_until_somebody_approves(
    project: Project, entries: tuple[LedgerEntry, ...], open_: bool
) -> None:
    found = judge(project, "not rejected", version(project), *entries)
    assert (found.status is GateStatus.PASSED) == open_
    assert open_ or ("rejected it on 2026-11-01: too old" in found.message)


# freezes

BERLIN = ZoneInfo("Europe/Berlin")


def frozen(written: dict[str, Any], *moment: int, zone: Any = BERLIN, fold: int = 0) -> str:
    """When the freeze ends as clocks in its zone show it; "" where there is none."""
    gate = parse_gate({"freeze": written})
    assert gate is not None
    now = datetime(*moment, tzinfo=zone, fold=fold).astimezone(UTC)  # type: ignore[arg-type]
    end = frozen_until(gate.options, now)
    return "" if end is None else f"{end:%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("written", "moment", "end"),
    [
        ({"weekdays": ["sat", "sun"]}, (2026, 11, 27, 23, 59), ""),
        ({"weekdays": ["sat", "sun"]}, (2026, 11, 28, 0, 0), "2026-11-30 00:00"),
        ({"weekdays": ["sat", "sun"]}, (2026, 11, 29, 23, 59), "2026-11-30 00:00"),
        ({"weekdays": ["sat", "sun"]}, (2026, 11, 30, 0, 0), ""),
        ({"weekdays": "fri", "from": "18:00", "until": "08:00"}, (2026, 11, 28, 7, 59), "2026-11-28 08:00"),
        ({"weekdays": "fri", "from": "18:00", "until": "08:00"}, (2026, 11, 28, 8, 0), ""),
        ({"weekdays": "fri", "from": "18:00", "until": "08:00"}, (2026, 11, 28, 18, 0), ""),
        ({"weekdays": "fri", "from": "18:00"}, (2026, 11, 27, 18, 0), "2026-11-28 00:00"),
        ({"until": "08:00"}, (2026, 11, 27, 7, 0), "2026-11-27 08:00"),
        ({"from": "22:00", "until": "06:00"}, (2026, 11, 27, 2, 0), "2026-11-27 06:00"),
        ({"dates": ["2026-12-24..2027-01-02"]}, (2026, 12, 31, 12, 0), "2027-01-03 00:00"),
        ({"dates": ["2026-12-24"], "weekdays": ["sat"]}, (2026, 12, 24, 12, 0), "2026-12-25 00:00"),
        ({"dates": ["2026-12-24"]}, (2026, 12, 25, 0, 0), ""),
    ],
)
def test_a_freeze_is_as_clocks_in_its_zone_show_it(
    written: dict[str, Any], moment: tuple[int, ...], end: str
) -> None:
    assert frozen({**written, "timezone": "Europe/Berlin"}, *moment) == end


NIGHT = {"from": "01:30", "until": "02:30", "timezone": "Europe/Berlin"}


def test_a_freeze_holds_while_clocks_are_set() -> None:
    # 2026-10-25: 03:00 CEST is 02:00 CET; 02:30 comes twice, and is frozen both times
    assert frozen(NIGHT, 2026, 10, 25, 2, 29) == "2026-10-25 02:30"
    assert frozen(NIGHT, 2026, 10, 25, 2, 45) == "2026-10-25 02:30"
    assert frozen(NIGHT, 2026, 10, 25, 2, 29, fold=1) == "2026-10-25 02:30"
    assert frozen(NIGHT, 2026, 10, 25, 2, 30, fold=1) == ""
    # 2026-03-29: 02:00 CET is 03:00 CEST; the 02:30 that does not come is an hour after 01:30
    assert frozen(NIGHT, 2026, 3, 29, 1, 45) == "2026-03-29 03:30"
    assert frozen(NIGHT, 2026, 3, 29, 3, 29) == "2026-03-29 03:30"
    assert frozen(NIGHT, 2026, 3, 29, 3, 30) == ""
    # the day of 23 hours and that of 25 are frozen all through
    day = {"dates": ["2026-03-29", "2026-10-25"], "timezone": "Europe/Berlin"}
    assert frozen(day, 2026, 3, 29, 0, 0) == "2026-03-30 00:00"
    assert frozen(day, 2026, 10, 25, 23, 59) == "2026-10-26 00:00"


def test_a_freeze_without_an_end_is_told_and_the_zone_is_utc_by_default(project: Project) -> None:
    found = judge(project, {"freeze": {"from": "00:00"}}, version(project))
    assert (found.status, found.message) == (GateStatus.FAILED, "nothing is promoted for good")
    now = datetime(2026, 11, 29, 12, tzinfo=UTC)
    found = judge(project, {"freeze": {"until": "12:30"}}, version(project), now=now)
    assert found.message == "nothing is promoted until Sun 2026-11-29 12:30 UTC"
    found = judge(project, {"freeze": {"until": "12:00"}}, version(project), now=now)
    assert (found.status, found.evidence) == (GateStatus.PASSED, {"now": "2026-11-29T12:00:00Z"})


@settings(deadline=None)
@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
    st.times().map(lambda at: f"{at:%H:%M}"),
    st.times().map(lambda at: f"{at:%H:%M}"),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kathmandu"]),
)
def test_a_freeze_is_over_at_its_end_and_not_a_minute_before(
    moment: datetime, begin: str, end: str, zone: str
) -> None:
    if begin == end:
        return
    gate = parse_gate({"freeze": {"from": begin, "until": end, "timezone": zone}})
    assert gate is not None
    now = moment.replace(tzinfo=UTC)
    until = frozen_until(gate.options, now)
    if until is None:
        return
    over = until.astimezone(UTC)
    assert now < over <= now + timedelta(days=2)
    assert frozen_until(gate.options, over) is None
    assert frozen_until(gate.options, over - timedelta(microseconds=1)) is not None
