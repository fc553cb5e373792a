"""What may be demanded of a model, and what is said of a slip."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.checks.expressions import (
    FORMS,
    AtLeast,
    Demand,
    Invariant,
    Latency,
    NoLeakage,
    Overlap,
    Size,
    parse_demand,
)
from jupyter_mlops.exceptions import UsageError


@pytest.mark.parametrize(
    ("text", "demand"),
    [
        ("accuracy >= 0.8", AtLeast("accuracy", ">=", 0.8)),
        ("accuracy>80%", AtLeast("accuracy", ">", 0.8)),
        ("mae <= 1e3 by  last region", AtLeast("mae", "<=", 1000, by="last region")),
        ("r2 >= -.5 by 'by region'", AtLeast("r2", ">=", -0.5, by="by region")),
        ("accuracy >= champion.accuracy - 0.005", AtLeast("accuracy", ">=", -0.005, "champion")),
        ("rmse <= 3.rmse + 2%", AtLeast("rmse", "<=", 0.02, "3")),
        ("f1 >= champion.f1 by plan", AtLeast("f1", ">=", 0.0, "champion", "plan")),
        ("invariant to gender", Invariant("gender")),
        ("invariant to 'home town' within 1%", Invariant("home town", 0.01)),
        ("latency <= 50ms", Latency(0.05)),
        ("latency of 1000 rows < 2 s", Latency(2.0, 1000, strict=True)),
        ("size <= 100MB", Size(1e8)),
        ("size < 2 KiB", Size(2048, strict=True)),
        ("no  leakage", NoLeakage()),
        ("no overlap", Overlap()),
        ("overlap <= 1%", Overlap(0.01)),
        ("overlap < 0.5", Overlap(0.5, strict=True)),
    ],
)
def test_each_form_is_read(text: str, demand: Demand) -> None:
    assert parse_demand(text) == demand


def test_the_forms_that_are_told_are_read() -> None:
    assert len({parse_demand(form) for form in FORMS}) == len(FORMS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("acuracy >= 0.8", "did you mean 'accuracy'?"),
        ("accuracy = 0.8", "write e.g. accuracy >= 0.8"),
        ("accuracy >= champion.f1", "compares accuracy with f1"),
        ("accuracy >= 0.8 by", "write e.g."),
        ("latency <= 50", "write e.g. latency <= 50ms"),
        ("latency of 0 rows <= 1s", "one row at least"),
        ("latency >= 50", "no check"),
        ("overlap <= 101%", "between 0 and 1"),
        ("invariant to gender within 2", "between 0 and 1"),
        ("size <= 1 TB", "write e.g. size <= 100MB"),
        ("", "write one of: accuracy >= 0.8;"),
        ("__import__('os')", "is no check of a model"),
    ],
)
def test_a_slip_is_told_with_its_mend(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_demand(text)
    assert said in f"{caught.value} ({caught.value.hint})"


@given(st.text(max_size=40) | st.lists(st.sampled_from(" ".join(FORMS).split()), max_size=6).map(" ".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_demand(text)
    except UsageError as error:
        assert error.hint
