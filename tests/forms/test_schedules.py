"""The form that adds a schedule: what of it does not fit is told field by field; nothing leads out of the
project."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlops.entities import Identity
from jupyter_mlops.entities.panels import AddSchedule, WhenQuery
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.forms import schedules as form
from jupyter_mlops.forms import times
from jupyter_mlops.forms.telling import Misfit
from jupyter_mlops.project import Project
from tests.conftest import cell, write

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
CONFIG = "pipelines:\n  churn: {steps: {train: {notebook: train.ipynb}}}\n"
ANA = Identity(name="ana", source="jupyterhub")


@pytest.fixture
def project(bare_folder: Path, local: None) -> Project:
    write(bare_folder / "train.ipynb", [cell("C: float = 1.0\nquick = False", "parameters")])
    write(bare_folder.parent / "secret.ipynb", [cell("token = 'xyz'", "parameters")])
    (bare_folder / "mlops.yaml").write_text(CONFIG, encoding="utf-8")
    return Project(bare_folder)


def asked(**fields: Any) -> AddSchedule:
    return AddSchedule(**{"what": "train.ipynb", "when": "0 2 * * *", **fields})


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"what": " "}, ":what"),
        ({"what": "trian.ipynb"}, ":what"),
        ({"what": "../secret.ipynb"}, ":what"),
        ({"what": "a\0.ipynb"}, ":what"),
        ({"what": "a" * 900}, ":what"),
        ({"when": ""}, ":when"),
        ({"when": "61 * * * *"}, ":when"),
        ({"mode": "every", "when": "soon"}, ":when"),
        ({"mode": "data", "when": ","}, ":when"),
        ({"timezone": "Europe/Berln"}, ":timezone"),
        ({"name": "../x"}, ":name"),
        ({"overlap": "often"}, ":overlap"),
        ({"misfire": "never"}, ":misfire"),
        ({"parameters": {"C": "much"}}, "C"),
        ({"parameters": {"D": "1"}}, "D"),
    ],
)
def test_each_field_that_does_not_fit_says_why(project: Project, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Misfit) as caught:
        form.add(project, asked(**fields))
    assert list(caught.value.wrong) == [field]
    assert caught.value.wrong[field]
    assert str(project.root.parent) not in f"{caught.value} {caught.value.hint} {caught.value.wrong}"
    assert (project.root / "mlops.yaml").read_text(encoding="utf-8") == CONFIG


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_leads_to_no_notebook_outside(project: Project) -> None:
    (project.root / "linked.ipynb").symlink_to(project.root.parent / "secret.ipynb")
    with pytest.raises(Misfit, match="no pipeline or notebook"):
        form.add(project, asked(what="linked.ipynb", parameters={"token": "1"}))


def test_a_slot_that_is_asked_for_says_who_wants_it_and_that_nobody_runs_it(project: Project) -> None:
    form.add(project, asked(register_as="churn"))
    assert project.config.schedules["train"].registration == "churn"
    slot = form.run_now(project, "train", {"C": "0.5", "quick": "true"}, ANA)
    assert (slot.requester, slot.parameters) == ("ana", {"C": 0.5, "quick": True})
    assert "jupyter mlops scheduler start" in slot.why
    with pytest.raises(Misfit) as caught:
        form.run_now(project, "train", {"C": "much"}, ANA)
    assert list(caught.value.wrong) == ["C"]
    assert "ana" in (project.pause("train", who=ANA).paused or "")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.text(st.characters(), max_size=30),
    st.sampled_from(["cron", "every", "data"]),
    st.sampled_from(["", "UTC", "Mars", "../etc", "\ud800"]),
)
def test_a_preview_answers_whatever_is_typed(when: str, mode: Any, zone: str) -> None:
    found = times.preview(WhenQuery.model_construct(mode=mode, when=when, timezone=zone), NOON)
    assert not (found.error and found.times)
    assert list(found.times) == sorted(set(found.times))
    asked = WhenQuery.model_construct(mode=mode, when=when, timezone=zone)
    try:
        times.check_when(asked)
    except MLOpsError:
        assert found.error or not when.strip()
    else:
        assert found.words
