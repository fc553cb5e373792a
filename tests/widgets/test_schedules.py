"""The panel of schedules, driven as its page drives it, on a real project."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from jupyter_mlops.completion import complete
from jupyter_mlops.entities import SlotKind, SlotStatus
from jupyter_mlops.magics import register, unregister
from jupyter_mlops.project import Project
from jupyter_mlops.scheduling.store import SlotStore
from jupyter_mlops.widgets.schedules import SchedulesPanel
from tests import waiting
from tests.conftest import cell, write

SOON = 30.0  # seconds
until = partial(waiting.until, seconds=SOON)
CONFIG = """\
schedules:
  nightly: {notebook: train.ipynb, cron: "0 2 * * *", timezone: Europe/Berlin}
  gone: {notebook: gone.ipynb, every: 6h}   # its notebook is not there
monitors:
  churn: {model: churn}
"""
LOUD = "<img src=x onerror=alert(1)>"

pytestmark = pytest.mark.usefixtures("local")


@pytest.fixture
def project(bare_folder: Path) -> Project:
    write(bare_folder / "train.ipynb", [cell("C: float = 1.0", "parameters"), cell("print(C)")])
    (bare_folder / "mlops.yaml").write_text(CONFIG, encoding="utf-8")
    return Project(bare_folder)


@pytest.fixture
def panel(project: Project) -> Iterator[SchedulesPanel]:
    made = SchedulesPanel(project)
    yield made
    made.looked_at(False)
    made.wait(SOON)


def says(panel: SchedulesPanel, **message: Any) -> None:
    panel._receive(panel, message, [])
    assert panel.wait(SOON)


def row(panel: SchedulesPanel, name: str) -> dict[str, Any]:
    [found] = [one for one in panel.overview["rows"] if one["name"] == name]
    return found


def test_schedules_and_monitors_stand_in_one_table(panel: SchedulesPanel) -> None:
    assert [one["name"] for one in panel.overview["rows"]] == ["nightly", "gone", "monitor:churn"]
    nightly, gone, monitor = panel.overview["rows"]
    assert (nightly["when"], nightly["written"]) == ("at 02:00 every day", "0 2 * * *")
    assert nightly["timezone"] == "Europe/Berlin"
    assert nightly["next"] > time.time() * 1000
    assert "gone.ipynb" in gone["note"]
    assert (monitor["event"], monitor["removable"], monitor["next"]) == (True, False, None)
    assert panel.overview["ticks"]["command"] == "jupyter mlops scheduler start"
    shown = panel._repr_mimebundle_()[0]
    assert "at 02:00 every day" in shown["text/html"]
    assert "nothing runs them" in shown["text/plain"]


def test_buttons_do_what_the_project_does(panel: SchedulesPanel, project: Project) -> None:
    says(panel, type="pause", name="nightly")
    assert panel.said == "nightly is paused."
    assert row(panel, "nightly")["paused"]
    assert row(panel, "nightly")["next"] is None
    says(panel, type="resume", name="nightly")
    assert not row(panel, "nightly")["paused"]
    says(panel, type="run", name="nightly")
    [slot] = SlotStore(project.root).slots("nightly", limit=5)
    assert (slot.kind, slot.status) == (SlotKind.MANUAL, SlotStatus.DUE)
    assert row(panel, "nightly")["waiting"] == 1
    says(panel, type="open", name="nightly")
    assert [one["how"] for one in panel.details["slots"]] == ["manual"]
    assert len(panel.details["upcoming"]) == 5
    says(panel, type="remove", name="gone")
    assert list(Project(project.root).config.schedules) == ["nightly"]
    assert [one["name"] for one in panel.overview["rows"]] == ["nightly", "monitor:churn"]
    says(panel, type="remove", name="monitor:churn")
    assert "comes of the monitor churn" in panel.problem
    assert "monitors:" in (project.root / "mlops.yaml").read_text(encoding="utf-8")


def test_the_form_goes_from_choice_to_file(panel: SchedulesPanel, project: Project) -> None:
    says(panel, type="form")
    assert panel.choices["notebooks"] == ["train.ipynb"]
    says(panel, type="what", name="train.ipynb")
    assert [one["name"] for one in panel.chosen["fields"]] == ["C"]
    says(panel, type="preview", mode="cron", when="0 2 * * *", timezone="UTC")
    assert len(panel.preview["times"]) == 3
    asked = {"what": "train.ipynb", "mode": "every", "when": "1d", "name": "daily"}
    says(panel, type="add", **asked, parameters={"C": "much"})
    assert "much" in panel.wrong["C"]
    assert panel.added == ""
    assert "daily" not in Project(project.root).config.schedules
    says(panel, type="add", **asked, parameters={"C": "2"})
    assert (panel.wrong, panel.problem) == ({}, "")
    assert panel.said == "daily is added to mlops.yaml."
    assert panel.added.startswith("daily ")
    assert Project(project.root).config.schedules["daily"].parameters == {"C": 2.0}
    assert row(panel, "daily")["when"] == "every 1d"


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"type": "remove"},
        {"type": "remove", "name": "nosuch"},
        {"type": "run", "name": ["nightly"]},
        {"type": "what", "name": "../../etc/passwd"},
        {"type": "what", "name": 7},
        {"type": "open", "name": LOUD},
        {"type": "preview", "when": {"a": 1}, "mode": None},
        {"type": "shown", "shown": "yes"},
        {"type": LOUD},
    ],
)
def test_nothing_the_page_says_is_believed(
    panel: SchedulesPanel, project: Project, message: dict[str, Any]
) -> None:
    says(panel, **message)
    assert (project.root / "mlops.yaml").read_text(encoding="utf-8") == CONFIG
    store = SlotStore(project.root)
    assert store.slots() == []
    assert not any(standing.paused for standing in store.states().values())
    store.close()
    assert panel.chosen == {}
    assert panel.now > 0


def test_it_follows_what_changes_only_while_it_is_looked_at(panel: SchedulesPanel, project: Project) -> None:
    other = CONFIG.replace("nightly", "later")
    (project.root / "mlops.yaml").write_text(other, encoding="utf-8")
    assert row(panel, "nightly")
    says(panel, type="shown", shown=True)
    until(lambda: panel.overview["rows"][0]["name"] == "later")
    before = panel.now
    panel._load(Project(project.root))
    assert panel.now == before, "nothing changed, and nothing is sent"
    (project.root / "mlops.yaml").write_text("schedules: {x: {}}", encoding="utf-8")
    until(lambda: "mlops.yaml" in panel.problem)
    (project.root / "mlops.yaml").write_text(CONFIG, encoding="utf-8")
    until(lambda: panel.problem == "")
    assert row(panel, "nightly")
    says(panel, type="shown", shown=False)
    assert panel._looker is not None
    panel._looker.join(SOON)
    assert not panel._looker.is_alive()


def test_what_an_action_was_refused_for_stays_told_when_it_is_read_again(
    panel: SchedulesPanel, project: Project
) -> None:
    says(panel, type="remove", name="monitor:churn")
    panel._quiet_work(panel._load)
    assert "comes of the monitor churn" in panel.problem
    says(panel, type="add", what="train.ipynb", mode="cron", when="0 2 * * *", name="a/b")
    assert "is no name" in panel.wrong[":name"]
    (project.root / "mlops.yaml").write_text("schedules: {x: {}}", encoding="utf-8")
    says(panel, type="refresh")
    assert "mlops.yaml" in panel.problem
    (project.root / "mlops.yaml").write_text(CONFIG, encoding="utf-8")
    panel._quiet_work(panel._load)
    assert panel.problem == ""


def test_what_went_wrong_stays_text(panel: SchedulesPanel, project: Project) -> None:
    store = SlotStore(project.root)
    store.sync(project.planned(), store.clock.now())
    slot = store.offer("nightly", "k", store.clock.now(), SlotKind.TRIGGER, why=f"{LOUD} changed")
    assert slot is not None
    says(panel, type="open", name="nightly")
    assert panel.details["slots"][0]["why"] == f"{LOUD} changed"
    assert LOUD not in panel._repr_mimebundle_()[0]["text/html"]


@pytest.fixture
def shell(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """IPython with the magics, without a kernel, in the project."""
    for name in ("ps1", "ps2", "ps3"):  # IPython sets them, and libraries take the process for interactive
        monkeypatch.setattr(sys, name, "", raising=False)
    config = Config(HistoryManager={"enabled": False})
    made = InteractiveShell(ipython_dir=str(project.root / "ipython"), config=config)
    register(made)
    yield made
    unregister(made)
    made.restore_sys_module_state()


def test_on_a_terminal_the_magics_print(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    assert shell.run_line_magic("schedules", "") is None
    assert "nightly" in capsys.readouterr().out
    for magic, usage in (("schedules", "%schedules"), ("watch", "RUN")):
        assert shell.run_line_magic(magic, "--help") is None
        assert usage in capsys.readouterr().out
    for magic, line, message in (
        ("watch", "", "RUN"),
        ("watch", "schedule:nightl", "nightl"),
        ("schedules", "nightly", "nightly"),
    ):
        with pytest.raises(UsageError, match=message):
            shell.run_line_magic(magic, line)


def test_what_can_be_watched_is_completed(shell: InteractiveShell) -> None:
    found = complete(shell, SimpleNamespace(line="%watch ", command="%watch"))
    assert found == ["latest", "schedule:gone", "schedule:monitor:churn", "schedule:nightly"]
    unregister(shell)
    assert "watch" not in shell.magics_manager.magics["line"]
