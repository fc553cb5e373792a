"""S7: a secret travels by reference; its value is in no message, no notebook and no record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.entities import Parameter, Secret
from jupyter_mlops.exceptions import ParameterError
from jupyter_mlops.notebooks.injection import inject
from jupyter_mlops.notebooks.parameters import read_parameters
from jupyter_mlops.notebooks.secrets import SECRETS_VARIABLE
from jupyter_mlops.notebooks.values import check_request, record

HIDDEN = "hunter2-\"quoted\"\n'line'"
TOKEN = Secret(reference="env:API_TOKEN")


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", HIDDEN)


def notebook(source: str) -> dict[str, Any]:
    tagged = {"cell_type": "code", "source": source, "metadata": {"tags": ["parameters"]}}
    return {"cells": [tagged], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def parameters(source: str) -> tuple[Parameter, ...] | None:
    return read_parameters(notebook(source))


@pytest.mark.parametrize(
    "source",
    [
        *("t = ''", "t: str", "t: str | None = None", "t: Optional[str] = None", "t = None", "t: Any = 1"),
        *("t = os.environ['A']", "t: int | str = 1", "t: Annotated[str, MinLen(3)] = ''"),
    ],
)
def test_a_reference_becomes_a_secret_for_text_parameters(source: str) -> None:
    for text, values in (({"t": "env:API_TOKEN"}, {}), ({}, {"t": "env:API_TOKEN"}), ({}, {"t": TOKEN})):
        checked = check_request(parameters(source), text, values)
        assert checked == {"t": TOKEN}
        document = inject(notebook(source), checked)
        assert "hunter2" not in json.dumps(document) + repr(checked)
        space: dict[str, Any] = {}
        exec(document["cells"][1]["source"], space)
        assert space["t"] == HIDDEN


@pytest.mark.parametrize(
    "source",
    [
        *("t = 1", "t: int = 1", "t: float | None = 1", "t: Path = None", "t: list[str] = []", "t = True"),
        *("t: Literal['env:API_TOKEN'] = 'env:API_TOKEN'", "t: Model = None", "t: bytes = b''"),
    ],
)
def test_a_secret_for_a_parameter_of_another_type_is_refused(source: str) -> None:
    for text, values in (({"t": "env:API_TOKEN"}, {}), ({}, {"t": "env:API_TOKEN"})):
        with pytest.raises(ParameterError, match="a secret is text") as caught:
            check_request(parameters(source), text, values)
        assert caught.value.hint == "for the text itself write text:env:API_TOKEN"


def test_a_secret_that_cannot_be_read_is_refused_before_anything_runs(tmp_path: Path) -> None:
    for reference in ("env:NOT_SET_ANYWHERE", f"file:{tmp_path / 'missing'}"):
        with pytest.raises(ParameterError, match="NOT_SET_ANYWHERE|missing"):
            check_request(parameters("t = ''"), {"t": reference}, {})


def test_the_text_itself_can_be_given() -> None:
    assert check_request(parameters("t = ''"), {"t": "text:env:FOO"}, {}) == {"t": "env:FOO"}
    assert check_request(parameters("t = ''"), {}, {"t": "text:env:FOO"}) == {"t": "env:FOO"}
    assert check_request(parameters("t = []"), {}, {"t": ["env:FOO"]}) == {"t": ["env:FOO"]}


def test_a_secret_that_breaks_its_bounds_is_refused_without_being_shown() -> None:
    for source in ("t: Annotated[str, MaxLen(3)] = ''", "t: Annotated[str, Field(pattern='^hunter2$')] = ''"):
        with pytest.raises(ParameterError, match="does not fit") as caught:
            check_request(parameters(source), {"t": "env:API_TOKEN"}, {})
        assert "quoted" not in f"{caught.value} {caught.value.hint}"


def test_a_secret_is_recorded_by_its_reference() -> None:
    recorded = record("t", TOKEN)
    assert (recorded.value, recorded.type) == ("env:API_TOKEN", "secret")


def test_a_kernel_that_was_given_a_secret_records_its_reference(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("another-secret\n", encoding="utf-8")
    told = {"t": "env:API_TOKEN", "key": f"file:{tmp_path / 'key'}", "gone": "env:NOT_SET_ANYWHERE"}
    monkeypatch.setenv(SECRETS_VARIABLE, json.dumps(told))
    for name, value, reference in (
        ("t", HIDDEN, "env:API_TOKEN"),
        ("t", HIDDEN.upper(), "env:API_TOKEN"),
        ("copy", HIDDEN, "env:API_TOKEN"),
        ("key", "another-secret", f"file:{tmp_path / 'key'}"),
        ("gone", "what it was", "env:NOT_SET_ANYWHERE"),
    ):
        recorded = record(name, value)
        assert (recorded.value, recorded.type) == (reference, "secret")
    assert record("other", "plain").value == "plain"


@pytest.mark.parametrize(
    "value", [f"https://{HIDDEN}@host", [HIDDEN], {"Authorization": f"Bearer {HIDDEN}"}, Path(f"/a/{HIDDEN}")]
)
def test_a_secret_inside_of_another_value_is_recorded_by_its_reference(
    value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRETS_VARIABLE, json.dumps({"t": "env:API_TOKEN"}))
    recorded = record("other", value)
    assert "hunter2" not in recorded.value
    assert "env:API_TOKEN" in recorded.value
