"""The slot's time in a schedule's parameters."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.entities import Parameter, Slot, SlotKind
from jupyter_mlops.exceptions import ParameterError
from jupyter_mlops.notebooks.values import check_request
from jupyter_mlops.scheduling.values import filled, slot_values

DUE = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)
TEXTS = st.text().map(lambda text: text.replace("{", "{{").replace("}", "}}"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{slot:%Y-%m-%d}", "2026-11-02"),
        ("from {slot:%H:%M} on", "from 00:30 on"),
        ("{slot}", "2026-11-02T00:30:00+01:00"),
        ("{{slot}} {slot:%j%%}", "{slot} 306%"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_a_text_is_given_the_slots_time_in_the_schedules_zone(text: str, told: str) -> None:
    assert filled({"day": text}, DUE, ZoneInfo("Europe/Berlin")) == {"day": told}


@pytest.mark.parametrize("kind", SlotKind)
def test_what_came_with_a_call_is_taken_as_it_is(kind: SlotKind) -> None:
    said = {"a": "env:HOME", "b": "{slot:%d}", "c": ["env:HOME"], "d": "text:x", "e": 1}
    about = {"id": 1, "schedule": "s", "key": "k", "due": DUE, "status": "running", "parameters": said}
    values = slot_values(Slot.model_validate({**about, "kind": kind}), {"a": "x", "f": "{slot:%d}"})
    if kind is SlotKind.TRIGGER:
        assert values == {**said, "a": "text:env:HOME", "d": "text:text:x", "f": "01"}
        cell = [Parameter(name=name, annotation="str") for name in ("a", "d")]
        assert check_request(cell, {}, {"a": values["a"], "d": values["d"]}) == {
            "a": "env:HOME",
            "d": "text:x",
        }
    else:
        assert values == {**said, "b": "01", "f": "01"}


def test_texts_within_lists_and_mappings_count_and_other_values_stay() -> None:
    given = {"a": ["{slot:%d}", 1, None], "b": {"{x}": "{slot:%m}"}, "c": 0.5, "d": True}
    assert filled(given, DUE) == {"a": ["01", 1, None], "b": {"{x}": "11"}, "c": 0.5, "d": True}


@pytest.mark.parametrize(
    "text", ["{day}", "{", "a}b", "{}", "{slot!r}", "{slot.year}", "{0}", "{slot", "{slot:{x}}"]
)
def test_other_braces_are_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="parameter 'day': .* means nothing") as caught:
        filled({"day": text}, DUE)
    assert "{slot:%Y-%m-%d}" in (caught.value.hint or "")


@pytest.mark.parametrize("form", ["%Q", "%", "%-d", "%Y %s"])
def test_what_is_no_part_of_a_time_is_refused(form: str) -> None:
    with pytest.raises(ParameterError, match="is no part of a time"):
        filled({"day": [f"{{slot:{form}}}"]}, DUE)


@settings(max_examples=30)
@given(st.dictionaries(st.text(), JSON))
def test_what_has_doubled_braces_only_keeps_its_value(parameters: dict[str, Any]) -> None:
    filled(parameters, DUE)
    assert filled(parameters, DUE) == _single(parameters, top=True)


def _single(value: Any, top: bool = False) -> Any:
    if isinstance(value, str):
        return value.replace("{{", "{").replace("}}", "}")
    if isinstance(value, dict):
        return {key: _single(each) for key, each in value.items()}
    return [_single(each) for each in value] if isinstance(value, list) else value


@given(st.text())
def test_no_text_does_anything_but_be_filled_or_refused(text: str) -> None:
    try:
        told = filled({"p": text}, DUE)["p"]
    except ParameterError:
        return
    assert isinstance(told, str)
