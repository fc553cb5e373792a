"""Whatever a gate is told, it is read or refused in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.entities import Entity
from jupyter_mlops.exceptions import ConfigError
from jupyter_mlops.promotion.judges.options import (
    BetterOptions,
    ChecksOptions,
    DataOptions,
    DriftOptions,
    FairnessOptions,
    LatencyOptions,
    SizeOptions,
    options_of,
)
from tests.promotion.judging import gate

KINDS: tuple[type[Entity], ...] = (
    *(BetterOptions, ChecksOptions, DataOptions, DriftOptions),
    *(FairnessOptions, LatencyOptions, SizeOptions),
)
NAMES = sorted({field.alias or name for kind in KINDS for name, field in kind.model_fields.items()})
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["5%", "%", "nan%", "1e999%", "yes", "-1%"])
)
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=4), SCALARS, max_size=3)


@given(
    kind=st.sampled_from(KINDS),
    options=st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=6), VALUES, max_size=5),
)
def test_options_are_read_or_refused_in_one_line(kind: type[Entity], options: dict[str, object]) -> None:
    try:
        found = options_of(gate("some", options), kind)
    except ConfigError as error:
        assert str(error).startswith("mlops.yaml models.churn.gates.0: ")
        assert error.hint
    else:
        assert options_of(gate("some", found.model_dump(by_alias=True, exclude_none=True)), kind) == found


def test_shares_lists_and_numbers_are_read_as_they_are_meant() -> None:
    better = options_of(gate("better", {"than": 3, "tolerance": "0.5%", "shown": "no"}), BetterOptions)
    assert (better.than, better.tolerance, better.shown) == ("3", 0.005, False)
    drift = options_of(gate("drift", {"current": "x", "ignore": "note"}), DriftOptions)
    assert drift.ignore == ("note",)
    fair = options_of(gate("fairness", {"by": "x", "within": 0, "metric": ["f1", "f1"]}), FairnessOptions)
    assert fair.metrics == ("f1",)
    with pytest.raises(ConfigError, match="better has no option 'tolerence'") as caught:
        options_of(gate("better", {"tolerence": 1}), BetterOptions)
    assert caught.value.hint == "did you mean 'tolerance'?"
