"""All gates, judged and kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.entities import Gate, GateReport, GateResult, GateStatus, RunKind, RunStatus
from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.project import Project
from jupyter_mlops.promotion import judging
from jupyter_mlops.promotion.context import Context, Verdict, decided
from jupyter_mlops.promotion.judging import JUDGES, Judge, judge_gates, kept_report
from jupyter_mlops.promotion.situation import situation
from jupyter_mlops.tracking.registry import find_version
from tests.conftest import cell, write

HERE = __name__


def judge_open(gate: Gate, context: Context) -> Verdict:
    return decided(True, "so it is", evidence_of="nothing")


def judge_refused(gate: Gate, context: Context) -> Verdict:
    raise Refused("no data at hand", hint="name some")


def judge_broken(gate: Gate, context: Context) -> Verdict:
    raise KeyError("target\nof it")


def judge_stopped(gate: Gate, context: Context) -> Verdict:
    raise KeyboardInterrupt


def judge_counted(gate: Gate, context: Context) -> Verdict:
    counter = Path("counted")
    count = int(counter.read_text()) + 1 if counter.exists() else 1
    counter.write_text(str(count))
    return decided(not Path("no").exists(), f"judged {count} times")


def key_counted(gate: Gate, context: Context) -> str:
    return Path("key").read_text() if Path("key").exists() else ""


def key_refused(gate: Gate, context: Context) -> str:
    raise NotFound("no run to take a key of", hint="")


TABLE = {
    "open": Judge(f"{HERE}:judge_open"),
    "slow": Judge(f"{HERE}:judge_open", slow=True),
    "refused": Judge(f"{HERE}:judge_refused"),
    "broken": Judge(f"{HERE}:judge_broken"),
    "stopped": Judge(f"{HERE}:judge_stopped", slow=True),
    "counted": Judge(f"{HERE}:judge_counted", f"{HERE}:key_counted"),
    "keyless": Judge(f"{HERE}:judge_counted", f"{HERE}:key_refused"),
    "missing": Judge("jupyter_mlops.promotion.judges.nowhere:judge"),
}


@pytest.fixture(autouse=True)
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judges that do what a real one might, beside the real ones."""
    monkeypatch.setattr(judging, "JUDGES", {**JUDGES, **TABLE})


def gates(*kinds: str) -> list[Gate]:
    return [Gate(name=f"it is {kind}", kind=kind) for kind in kinds]


def runs_of(project: Project) -> list[str]:
    return [run.name for run in project.runs() if run.kind is RunKind.CHECK]


def tags_of(project: Project, reference: str = "churn@2") -> Mapping[str, str]:
    return find_version(project.store, reference).tags


def configure(project: Project, *written: Any) -> Project:
    root = project.root
    lines = [f"      - {json.dumps(one)}" for one in written]
    text = "\n".join(["models:", "  churn:", "    gates:", *lines, ""])
    (root / "mlops.yaml").write_text(text, encoding="utf-8")
    return Project(root)


def statuses(report: GateReport) -> list[str]:
    return [result.status.value for result in report.results]


def test_every_judge_is_there_or_still_to_come() -> None:
    for kind, judge in JUDGES.items():
        for dotted in filter(None, (judge.function, judge.key)):
            assert dotted.startswith("jupyter_mlops.promotion.judges."), kind


def test_all_are_judged_whatever_the_others_say_and_told_in_their_order(churn: Project) -> None:
    told: list[tuple[str, int, int]] = []

    def done(result: GateResult, count: int, total: int) -> None:
        told.append((result.name, count, total))

    context = situation(churn.store, churn.config, "churn@2")
    report = judge_gates(
        context, gates("slow", "refused", "broken", "missing", "unheard", "open"), keep=False, done=done
    )
    assert statuses(report) == ["passed", "error", "error", "error", "error", "passed"]
    messages = [result.message for result in report.results]
    assert messages[1:3] == ["no data at hand (name some)", "KeyError: 'target\\nof it'"]
    assert messages[3].startswith("ModuleNotFoundError: ")
    assert [name for name, _, _ in told][-1] == "it is slow"
    assert [(count, total) for _, count, total in told] == [(n, 6) for n in range(1, 7)]
    assert not report.passed
    assert report.results[0].evidence == {"evidence_of": "nothing"}
    assert report.run_id is None
    assert runs_of(churn) == []
    assert not [key for key in tags_of(churn) if key.startswith("mlops.gate")]


def test_the_report_is_kept_whole_and_in_short(churn: Project) -> None:
    context = situation(churn.store, churn.config, "churn@2")
    report = judge_gates(context, gates("open", "refused"))
    assert report.run_id is not None
    assert kept_report(churn.store, context.version) == report
    assert kept_report(churn.store, context.version).digest == report.digest  # type: ignore[union-attr]
    run = churn.show(report.run_id)
    assert (run.run.name, run.run.kind) == ("gates churn@2", RunKind.CHECK)
    assert (run.run.status, run.run.exit_code, run.damaged) == (RunStatus.FINISHED, 3, ())
    assert "gates.json" in run.artifacts
    tags = tags_of(churn)
    assert tags["mlops.gates"] == "1 passed, 1 error"
    assert tags["mlops.gates.run"] == report.run_id
    assert (tags["mlops.gate.it is open"], tags["mlops.gate.it is refused"]) == ("passed", "error")


def test_tags_of_gates_that_are_no_more_go_and_many_fit(churn: Project) -> None:
    context = situation(churn.store, churn.config, "churn@2")
    judge_gates(context, gates("open", "refused"))
    many = [Gate(name=f"metric {n} of {'x' * 300} >= {n}", kind="open") for n in range(120)]
    report = judge_gates(context, many)
    tags = {key: value for key, value in tags_of(churn).items() if key.startswith("mlops.gate")}
    assert "mlops.gate.it is open" not in tags
    assert sum(len(key) + len(value) for key, value in tags.items()) < 5000
    assert len(tags) > 60
    kept = kept_report(churn.store, context.version)
    assert kept is not None
    assert len(kept.results) == 120
    assert report.passed


def test_an_interrupt_leaves_nothing_behind(churn: Project) -> None:
    context = situation(churn.store, churn.config, "churn@2")
    before = tags_of(churn)
    with pytest.raises(KeyboardInterrupt):
        judge_gates(context, gates("open", "stopped"))
    assert runs_of(churn) == []
    assert tags_of(churn) == before


def test_what_was_judged_by_the_same_key_is_not_judged_again(churn: Project) -> None:
    context = situation(churn.store, churn.config, "churn@2")

    def judged(kind: str = "counted") -> GateResult:
        return judge_gates(context, gates(kind)).results[0]

    Path("key").write_text("a")
    first, second, third = judged(), judged(), judged()
    assert first.message == "judged 1 times"
    assert second.message == f"judged 1 times (as judged {first.judged:%Y-%m-%d %H:%M} UTC)"
    assert third == second
    assert second.judged == first.judged
    Path("key").write_text("b")
    assert judged().message == "judged 2 times"
    Path("key").unlink()
    assert judged().message == "judged 3 times"
    assert [judged("keyless").message, judged("keyless").message] == ["judged 4 times", "judged 5 times"]


def test_what_was_judged_by_the_same_key_is_judged_again_on_demand(churn: Project) -> None:
    context = situation(churn.store, churn.config, "churn@2")
    Path("key").write_text("a")
    Path("no").write_text("")
    assert judge_gates(context, gates("counted")).results[0].status is GateStatus.FAILED
    Path("no").unlink()
    again = judge_gates(context, gates("counted")).results[0]
    assert again.status is GateStatus.FAILED
    assert again.message.endswith(" UTC; gate judge churn@2 --anew judges it again)")
    anew = judge_gates(context, gates("counted"), anew=True).results[0]
    assert (anew.status, anew.message) == (GateStatus.PASSED, "judged 2 times")


def test_what_was_kept_and_is_gone_is_not_there(churn: Project) -> None:
    context = situation(churn.store, churn.config, "churn@2")
    assert kept_report(churn.store, context.version) is None
    report = judge_gates(context, gates("open"))
    path = next((churn.root / "mlruns").rglob(f"{report.run_id}/artifacts/gates.json"))
    text = path.read_text()
    path.write_text(text[:100])
    assert kept_report(churn.store, context.version) is None
    path.write_text(text)
    assert kept_report(churn.store, context.version) == report
    churn.store.client().delete_run(str(report.run_id))
    assert kept_report(churn.store, context.version) is None


def test_what_was_kept_and_was_changed_is_not_believed(churn: Project) -> None:
    context = situation(churn.store, churn.config, "churn@2")
    Path("key").write_text("a")
    Path("no").write_text("")
    report = judge_gates(context, gates("counted"))
    assert statuses(report) == ["failed"]
    path = next((churn.root / "mlruns").rglob(f"{report.run_id}/artifacts/gates.json"))
    path.write_text(path.read_text().replace('"failed"', '"passed"'))
    assert kept_report(churn.store, context.version) is None
    again = judge_gates(context, gates("counted")).results[0]
    assert (again.status, again.message) == (GateStatus.FAILED, "judged 2 times")


def test_a_report_is_kept_for_each_alias(churn: Project) -> None:
    def report(alias: str, *kinds: str) -> GateReport:
        return judge_gates(situation(churn.store, churn.config, "churn@2", alias), gates(*kinds))

    champions, before = report("champion", "open"), tags_of(churn)
    others = report("prod", "refused")
    version = find_version(churn.store, "churn@2")
    assert kept_report(churn.store, version) == champions
    assert kept_report(churn.store, version, "prod") == others
    assert kept_report(churn.store, version, "baseline") is None
    assert {key: value for key, value in tags_of(churn).items() if key in before} == before
    Path("key").write_text("a")
    report("champion", "counted")
    assert "(as judged " in report("prod", "counted").results[0].message


def test_the_project_tells_what_waits(churn: Project) -> None:
    project = configure(churn, "accuracy >= 0.1", "f1 >= 0.1", {"freeze": {"dates": ["1999-01-01"]}})
    waiting = GateStatus.WAITING.value
    assert statuses(project.gates("churn@2")) == [waiting, waiting, "passed", "passed"]
    judged = project.gates("churn@2", judge=True)
    assert statuses(judged) == ["passed"] * 4
    project = configure(churn, "f1 >= 0.1", "f1 >= 0.2", "accuracy >= 0.1")
    report = project.gates("churn@2")
    assert statuses(report) == ["passed", waiting, "passed", "passed"]
    assert report.run_id == judged.run_id
    assert report.results[0].place == "mlops.yaml line 4"
    assert statuses(project.gates("churn@3")) == [waiting, waiting, waiting, "passed"]


def test_what_was_judged_against_another_champion_waits_again(churn: Project) -> None:
    project = configure(churn, "accuracy >= 0.1", "accuracy >= champion.accuracy - 1")
    assert statuses(project.gates("churn@2", judge=True)) == ["passed", "skipped", "passed"]
    churn.store.client().set_registered_model_alias("churn", "champion", "1")
    report = project.gates("churn@2")
    assert statuses(report) == ["passed", "not judged", "passed"]
    assert report.champion == "1"
    assert statuses(project.gates("churn@2", judge=True)) == ["passed", "passed", "passed"]
    assert statuses(project.gates("churn@2")) == ["passed", "passed", "passed"]
    churn.store.client().set_registered_model_alias("churn", "baseline", "3")
    assert statuses(project.gates("churn@2", to="baseline")) == ["passed", "not judged", "passed"]
    names = [result.name for result in project.gates("churn@2", to="challenger").results]
    assert names == ["not rejected"]


def test_what_is_not_there_is_told(churn: Project, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no registered model 'chrun'"):
        churn.gates("chrun")
    with pytest.raises(NotFound, match="no version or alias '7'"):
        churn.gates("churn@7")
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "mlops.yaml").write_text("")
    with pytest.raises(NotFound, match="no registered model"):
        Project(empty).gates("churn")
    assert not (empty / "mlflow.db").exists()


def test_a_version_of_a_live_notebook_is_judged_by_what_was_recorded(live: Any, folder: Path) -> None:
    first, second = (
        cell("x = 1", identifier="a"),
        cell("open('rules.txt', 'w').write(str(x))", identifier="b"),
    )
    write(live.path, [first, second])
    live.run("%track start")
    for one in (first, second, first):  # the last one again, so that the state is none of a clean run
        live.run(one["source"], one["id"])
    live.run("%track artifact rules.txt")
    live.run("%track metric accuracy=0.9")
    live.run("%track stop")
    (folder / "mlops.yaml").write_text(
        "models:\n  rules:\n    gates: [accuracy >= 0.8, clean notebook, clean git, signature]\n"
    )
    project = Project(folder)
    project.register("latest", "rules=rules.txt")
    report = project.gates("rules", judge=True)
    told = {result.name: (result.status.value, result.message) for result in report.results}
    assert told["accuracy >= 0.8"][0] == "passed"
    assert told["clean notebook"][0] == "failed"
    assert "above it, last ran" in told["clean notebook"][1]
    assert told["clean git"][0] == "failed"
    assert told["signature"][0] == "error"
    assert [result.name for result in report.results if result.implied] == ["replay", "not rejected"]
