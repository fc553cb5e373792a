"""`jupyter mlops notify` and `notify:` in mlops.yaml."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.cli import main
from jupyter_mlops.config import load_config
from jupyter_mlops.exceptions import ConfigError
from jupyter_mlops.project import Project
from tests.waiting import until


def test_a_test_goes_through_every_channel(
    tmp_path: Path, hook: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    channels = [{"webhook": hook.url, "on": ["drift"]}, {"command": [sys.executable, "-c", "exit(1)"]}]
    Path("mlops.yaml").write_text(json.dumps({"notify": channels}))
    assert main(["notify", "--test"]) == 4
    shown = capsys.readouterr().out
    assert "webhook 127.0.0.1" in shown
    assert "ended with 1" in shown
    assert "hush" not in shown
    assert json.loads(hook.got[0][1])["type"] == "test"
    assert main(["notify", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {one["state"] for one in listed} == {"sent", "given up"}
    assert (tmp_path / ".mlops" / ".gitignore").exists()


def test_without_channels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["notify"]) == 0
    assert main(["notify", "--test"]) == 2
    assert "no notify:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("channel", "why"),
    [
        ("{}", "names one of webhook, email and command"),
        ("{webhook: 'https://x', command: [a]}", "names one of"),
        ("{command: []}", "no words"),
        ("{webhook: 'https://x', secret: hush}", "by reference"),
        ("{command: [a], secret: 'env:A'}", "signs a webhook"),
        ("{webhook: 'https://x', on: [promotions]}", "notify.0.on.0"),
        ("{webhook: 'http://[bad'}", "notify.0"),
        ("{webhook: 'ftp://x'}", "http or https"),
        ("{email: {server: 'h:port', sender: a, to: [b]}}", "HOST:PORT"),
        ("{webhok: 'https://x'}", "webhok"),
    ],
)
def test_a_channel_that_will_not_do_is_told_with_its_line(tmp_path: Path, channel: str, why: str) -> None:
    (tmp_path / "mlops.yaml").write_text(f"notify:\n  - {channel}\n")
    with pytest.raises(ConfigError, match=why) as caught:
        load_config(tmp_path)
    assert "line 2" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_drift_is_told_where_that_is_asked_for(
    tmp_path: Path, hook: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mlops.yaml").write_text(json.dumps({"notify": [{"webhook": hook.url, "on": ["drift"]}]}))
    for name, shift in (("before", 0), ("after", 50)):
        rows = "\n".join(f"{number % 17 + shift}" for number in range(200))
        Path(f"{name}.csv").write_text(f"age\n{rows}\n")
    compared = ["drift", "--reference", "before.csv", "--current", "after.csv"]
    assert main(compared) == 3
    assert main([*compared, "--notify"]) == 3
    until(lambda: hook.got)
    [(_, body)] = hook.got
    assert json.loads(body)["data"]["columns"] == "age"
    until(lambda: [delivery.state for delivery in Project(tmp_path).notices()] == ["sent"])
    capsys.readouterr()
