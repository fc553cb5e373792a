"""Gates as they are written in mlops.yaml."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.config import Config, ModelConfig, load_config
from jupyter_mlops.entities import Gate, RunKind
from jupyter_mlops.exceptions import ConfigError, UsageError
from jupyter_mlops.promotion.gates import LONGEST, OPERATORS, named, parse_gate, parse_gates
from jupyter_mlops.promotion.judges.options import OPTIONS
from jupyter_mlops.promotion.judging import JUDGES

README = Path(__file__).parents[2] / "README.md"


WORDS = [
    *("accuracy", "latency", "size", "champion", ".", ">=", "<=", "==", "0.8", "1e999", "%", "-", "*"),
    *("(", ")", "`", "'", '"', "50ms"),
]


def options(written: Any) -> dict[str, Any]:
    gate = parse_gate(written)
    assert gate is not None
    return dict(gate.options)


def refusal(written: Any) -> str:
    with pytest.raises(UsageError) as caught:
        parse_gate(written)
    return f"{caught.value} ({caught.value.hint})"


def of(*gates: Any) -> Config:
    return Config(models={"churn": ModelConfig(gates=gates)})


def test_all_gates_that_the_readme_shows_are_read(tmp_path: Path) -> None:
    shown = README.read_text(encoding="utf-8").partition("**Promote.**")[2].split("```yaml\n")[1]
    (tmp_path / "mlops.yaml").write_text(shown.partition("```")[0], encoding="utf-8")
    gates = parse_gates(load_config(tmp_path), "churn", RunKind.SESSION, root=tmp_path)
    assert [gate.kind for gate in gates] == [
        *(
            "metric",
            "metric",
            "better",
            "checks",
            "model_checks",
            "data",
            "drift",
            "fairness",
            "latency",
            "size",
            "replay",
        ),
        *("clean_notebook", "clean_git", "signature", "approvals", "freeze", "not_rejected"),
    ]
    assert {gate.kind for gate in gates} <= set(JUDGES)
    assert gates[0].place == "mlops.yaml line 6"
    assert [gate.name for gate in gates if gate.implied] == ["not rejected"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("accuracy >= 0.8", {"metric": "accuracy", "operator": ">=", "value": 0.8}),
        ("accuracy>=80%", {"metric": "accuracy", "operator": ">=", "value": 0.8}),
        ("rmse  <  1e3", {"metric": "rmse", "operator": "<", "value": 1000.0}),
        ("bias == -.5", {"metric": "bias", "operator": "==", "value": -0.5}),
        ('"val/loss" <= 0.3', {"metric": "val/loss", "operator": "<=", "value": 0.3}),
        ("`f1 (macro)` > 3", {"metric": "f1 (macro)", "operator": ">", "value": 3.0}),
        ("rmse <= champion.rmse", {"metric": "rmse", "operator": "<=", "other": "champion", "of": "rmse"}),
    ],
)
def test_a_metric_is_held_against_a_number_or_another_version(text: str, told: dict[str, Any]) -> None:
    assert options(text) == told


@pytest.mark.parametrize(
    ("slack", "sign", "number"),
    [(" - 0.005", "-", 0.005), ("+2", "+", 2.0), (" * 0.99", "*", 0.99), (" - 1%", "-", 0.01)],
)
def test_another_versions_metric_may_be_shifted(slack: str, sign: str, number: float) -> None:
    told = options(f"'val/loss' <= 3.'val/loss'{slack}")
    assert told == {
        "metric": "val/loss", "operator": "<=", "other": "3", "of": "val/loss", "sign": sign, "slack": number
    }  # fmt: skip


@settings(deadline=None)
@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(sorted(OPERATORS)),
    st.sampled_from(["accuracy", "'a b'", '"val/loss"']),
)
def test_numbers_are_read_as_they_are_written(number: float, sign: str, metric: str) -> None:
    assert options(f"{metric} {sign} {number!r}")["value"] == number


@settings(deadline=None)
@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(WORDS),
        max_size=8,
    ).map(" ".join)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        gate = parse_gate(text)
    except UsageError as error:
        assert error.hint
        assert "\n" not in str(error)
    else:
        assert isinstance(gate, Gate)
        assert all(math.isfinite(v) for v in gate.options.values() if isinstance(v, float))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
NAMES = sorted({name for model, _ in OPTIONS.values() for name in model.model_fields})


@settings(deadline=None)
@given(
    st.sampled_from(sorted(OPTIONS)),
    VALUES | st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4),
)
def test_any_mapping_is_read_or_refused(kind: str, value: Any) -> None:
    try:
        gate = parse_gate({kind: value})
    except UsageError as error:
        assert error.hint
    else:
        assert gate is None or len(gate.name) <= LONGEST


def test_nothing_in_a_gate_is_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    for text in (f"__import__('os').mkdir('{mark}') >= 0", f"`open('{mark}','w')` >= 0"):
        try:
            parse_gate(text)
        except UsageError:
            continue
    assert not mark.exists()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("accuracy = 0.8", "write e.g. accuracy >= 0.8"),
        ("accuracy >= 0.8 by region", "write {fairness: {metric: accuracy, by: region, at_least: ...}}"),
        ("no leakage", "put it below checks: of the model"),
        ({"clean git": True}, "write it as a text: clean git"),
        ("accuracy >= 1e999", "too large"),
        ("latency <= 50", "of what? (write e.g. latency <= 50ms)"),
        ("size <= 1 TB", "write e.g. size <= 100MB"),
        ("latency <= 0ms", "latency.seconds"),
        ("size <= 1e999B", "size.bytes"),
        ("clean gti", "did you mean 'clean git'?"),
        ("drift", "write it as a mapping: {drift: ...}"),
        ("", "write one of"),
        ("x" * 501 + " >= 1", "too long"),
        ({}, "empty mapping"),
        ({"drfit": {}}, "did you mean 'drift'?"),
        ({"drift": {"curent": "a.csv"}}, "did you mean 'current'?"),
        ({"drift": {"reference": "a.csv"}}, "drift lacks current"),
        ({"drift": {"current": "a.csv", "threshold": 0}}, "drift.threshold"),
        ({"data": None}, "data has to be told what"),
        ({"data": "customers", "drift": {"current": "x"}}, "one key"),
        ({"checks": ""}, "checks has to be told what"),
        ({"fairness": {"metric": "accuracy", "by": "gender"}}, "it demands nothing"),
        ({"fairness": {"metric": "accuracy", "by": "gender", "within": -5}}, "fairness.within"),
        ({"fairness": {"by": "gender", "within": 0.1, "metric": []}}, "the list is empty"),
        ({"fairness": {"by": "gender", "within": 0.1, "metric": [" "]}}, "a name is empty"),
        ({"fairness": {"by": "gender", "within": True}}, "fairness.within: write a number"),
        ({"fairness": {"by": "gender", "within": 5}}, "accuracy never differs by more than 1"),
        ({"fairness": {"by": "gender", "within": "100%", "metric": "selection_rate"}}, "or 5%"),
        ({"fairness": {"by": "gender", "at_least": 80}}, "accuracy lies between 0 and 1"),
        ({"fairness": {"by": "gender", "at_least": "80"}}, "fairness.at_least: write a number"),
        ({"fairness": {"by": "gender", "at_least": -0.0}}, "accuracy lies between 0 and 1"),
        ({"better": {"than": "champion", "tolerance": True}}, "better.tolerance: write a number"),
        ({"better": {"metric": "f1", "tolerance": 1}}, "f1 never differs by more than 1"),
        ({"better": {"than": True}}, "better.than"),
        ({"better": {"shown": 1}}, "better.shown: write yes or no"),
        ({"drift": {"current": "a.csv", "threshold": True}}, "drift.threshold: write a number"),
        ({"drift": {"current": "a.csv", "thresholds": {"age": "0.1"}}}, "drift.thresholds: write a number"),
        ({"drift": {"current": "a.csv", "columns": []}}, "the list is empty"),
        ({"latency": {"seconds": True}}, "latency.seconds: write a number"),
        ({"latency": {"seconds": 1, "rows": True}}, "latency.rows: write a whole number"),
        ({"approvals": 1, "author": 0}, "approvals.author: write yes or no"),
        ({"replay": {"tolerance": 0, "env": 1}}, "replay.env: write yes or no"),
        ({"replay": {"tolerance": math.nan}}, "write a number"),
        ({"replay": {"tolerance": -1}}, "at least 0"),
        ({"replay": "never"}, "replay has to be told what"),
        ({"approvals": 0}, "at least 1"),
        ({"approvals": True}, "at least 1"),
        ({"approvals": 1, "auther": "no"}, "did you mean 'author'?"),
        ({"freeze": {"timezone": "Europe/Berlin"}}, "say when"),
        ({"freeze": {"weekdays": ["sat"], "timezone": "Europe/Berln"}}, "did you mean 'Europe/Berlin'?"),
        ({"freeze": {"weekdays": ["someday"]}}, "mon, tue"),
        ({"freeze": {"weekdays": "sunshine"}}, "'sunshine' is no day"),
        ({"freeze": {"weekdays": ["satday"]}}, "'satday' is no day"),
        ({"freeze": {"weekdays": "monthly"}}, "'monthly' is no day"),
        ({"freeze": {"weekdays": "sat and sun"}}, "'sat and sun' is no day"),
        ({"freeze": {"dates": "2026-W48"}}, "2026-12-24"),
        ({"freeze": {"dates": "20261224"}}, "2026-12-24"),
        ({"freeze": {"dates": ["2026-12-24...2027-01-02"]}}, "2026-12-24"),
        ({"freeze": {"from": "18"}}, "such as '18:00'"),
        ({"freeze": {"from": 18}}, "such as '18:00'"),
        ({"freeze": {"from": "18:00", "until": "18:00"}}, "ends when it begins"),
        ({"freeze": {"dates": ["2026-13-01"]}}, "2026-12-24"),
        ({"freeze": {"dates": ["2027-01-02..2026-12-24"]}}, "comes after"),
    ],
)
def test_a_slip_is_told_with_its_mend(written: Any, said: str) -> None:
    told = refusal(written)
    assert said in told
    assert "README" not in told


@pytest.mark.parametrize(
    ("written", "kind", "told"),
    [
        ({"checks": "a.ipynb"}, "checks", {"notebook": "a.ipynb", "parameters": {}}),
        ("checks", "model_checks", {}),
        ({"data": {"dataset": "x", "schema": "x.yaml"}}, "data", {"dataset": "x", "schema": "x.yaml"}),
        ({"better": "challenger"}, "better", {"than": "challenger", "tolerance": 0.0, "shown": False}),
        ({"approvals": 2, "author": "no"}, "approvals", {"count": 2, "author": False}),
        ({"author": False, "approvals": 2}, "approvals", {"count": 2, "author": False}),
        ({"approvals": {"count": 2, "author": "no"}}, "approvals", {"count": 2, "author": False}),
        ({"approvals": 1}, "approvals", {"count": 1, "author": True}),
        ({"replay": "yes"}, "replay", {"tolerance": 0.0, "env": False}),
        ({"replay": {"tolerance": "1%", "env": "yes"}}, "replay", {"tolerance": 0.01, "env": True}),
        ("latency of 10 rows < 2s", "latency", {"seconds": 2.0, "rows": 10, "strict": True}),
        (
            {"latency": {"seconds": 1, "rows": 9, "data": "x"}},
            "latency",
            {"seconds": 1.0, "rows": 9, "strict": False, "data": "x"},
        ),
        ("size <= 2 KiB", "size", {"bytes": 2048.0, "strict": False}),
        (
            {"freeze": {"weekdays": "sat, Sunday", "dates": "2026-12-24, 2026-12-31"}},
            "freeze",
            {"weekdays": ("sat", "sun"), "dates": ("2026-12-24", "2026-12-31"), "timezone": "UTC"},
        ),
        (
            {"freeze": {"weekdays": "Saturday", "dates": "2026-12-24 .. 2027-01-02", "from": "18:00"}},
            "freeze",
            {"weekdays": ("sat",), "dates": ("2026-12-24..2027-01-02",), "from": "18:00", "timezone": "UTC"},
        ),
    ],
)
def test_mappings_and_words_tell_a_judge_what_it_needs(written: Any, kind: str, told: dict[str, Any]) -> None:
    gate = parse_gate(written)
    assert gate is not None
    assert (gate.kind, dict(gate.options)) == (kind, told)


def test_a_mistake_is_told_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "mlops.yaml").write_text(
        "models:\n  churn:\n    gates:\n      - clean git\n      - {drift: {curent: a.csv}}\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        parse_gates(load_config(tmp_path), "churn", root=tmp_path)
    told = f"{tmp_path / 'mlops.yaml'}: line 5: models.churn.gates.1: drift has no option 'curent'"
    assert (str(caught.value), caught.value.hint) == (told, "did you mean 'current'?")


@pytest.mark.parametrize(
    "gates", [("clean git", "clean  git"), ("f1 >= 0.5", "f1>=50%"), ("latency <= 50ms", "latency<=0.05 s")]
)
def test_one_gate_is_not_written_twice(gates: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match="is there already"):
        parse_gates(of(*gates), "churn")


@pytest.mark.parametrize(
    ("gates", "kind", "implied"),
    [
        ((), RunKind.HEADLESS, ["not rejected"]),
        ((), None, ["not rejected"]),
        ((), RunKind.SESSION, ["replay", "not rejected"]),
        ((), RunKind.CELL, ["replay", "not rejected"]),
        ((), RunKind.USER, ["replay", "not rejected"]),
        (({"replay": "no"},), RunKind.SESSION, ["not rejected"]),
        (({"replay": {"tolerance": 1e-3}},), RunKind.SESSION, ["not rejected"]),
        (("not rejected",), RunKind.HEADLESS, []),
    ],
)
def test_what_need_not_be_written(gates: tuple[Any, ...], kind: RunKind | None, implied: list[str]) -> None:
    found = parse_gates(of(*gates), "churn", kind)
    assert [gate.name for gate in found if gate.implied] == implied
    assert parse_gates(Config(), "churn", kind)[-1].name == "not rejected"


PRINTABLE = st.text(min_size=1, max_size=20).filter(str.isprintable) | st.sampled_from(["null", "True", "5"])


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["current", "reference"]), PRINTABLE))
def test_a_mappings_name_is_the_mapping_in_yaml(told: dict[str, str]) -> None:
    from ruamel.yaml import YAML

    assert YAML(typ="safe", pure=True).load(f"{{{named({'drift': told})}}}") == {"drift": told}


def test_a_name_is_one_line() -> None:
    assert "\n" not in named({"data": "a\nb"})
