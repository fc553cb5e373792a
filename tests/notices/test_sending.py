"""Notices are put down first, sent by somebody else, and tried again."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.config import STATE_FOLDER, NotifyConfig
from jupyter_mlops.entities import Event, Notice
from jupyter_mlops.notices import sending
from jupyter_mlops.notices.outbox import Outbox
from tests.waiting import until


def states(root: Path) -> list[str]:
    return [delivery.state for delivery in sending.deliveries(root)]


def test_who_tells_waits_for_nobody(tmp_path: Path, notice: Notice) -> None:
    wait = "import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.05)"
    sending.tell(tmp_path, [NotifyConfig(command=(sys.executable, "-c", wait))], notice)
    assert states(tmp_path) == ["waiting"]
    (tmp_path / "go").touch()
    until(lambda: states(tmp_path) == ["sent"])


def test_what_nobody_wants_starts_nothing(tmp_path: Path, notice: Notice) -> None:
    sending.tell(tmp_path, [NotifyConfig(webhook="https://x.invalid", on=(Event.DRIFT,))], notice)
    sending.tell(tmp_path, [], notice)
    assert list(tmp_path.iterdir()) == []


def test_telling_never_raises(tmp_path: Path, notice: Notice) -> None:
    (tmp_path / STATE_FOLDER).write_text("a file where a folder should be")
    sending.tell(tmp_path, [NotifyConfig(command=("true",))], notice)


def test_it_is_tried_again_under_the_same_id(tmp_path: Path, hook: Any, notice: Notice) -> None:
    hook.answers += [503, 503]
    outbox = Outbox(tmp_path / STATE_FOLDER)
    letter = outbox.put(notice, NotifyConfig(webhook=hook.url))
    for tries in (1, 2):
        sending.attempt(outbox, letter, tmp_path)
        [now] = outbox.waiting()
        assert now.tries == tries
        assert now.due > time.time() + sending.PAUSES[tries - 1] - 5
    sending.attempt(outbox, letter, tmp_path)
    assert states(tmp_path) == ["sent"]
    assert len({headers["webhook-id"] for headers, _ in hook.got}) == 1
    sending.attempt(outbox, letter, tmp_path)
    assert len(hook.got) == 3  # sent once


def test_it_is_given_up_at_last(tmp_path: Path, notice: Notice) -> None:
    outbox = Outbox(tmp_path / STATE_FOLDER)
    letter = outbox.put(notice, NotifyConfig(command=("false",)))
    for _ in range(len(sending.PAUSES) + 1):
        assert states(tmp_path) == ["waiting"]
        sending.attempt(outbox, letter, tmp_path)
    [told] = sending.deliveries(tmp_path)
    assert (told.state, told.tries) == ("given up", len(sending.PAUSES) + 1)
    assert told.problem == "false ended with 1"


def test_several_senders_send_it_once(tmp_path: Path, hook: Any, notice: Notice) -> None:
    for _ in range(5):
        Outbox(tmp_path / STATE_FOLDER).put(notice, NotifyConfig(webhook=hook.url))
    threads = [threading.Thread(target=sending.send_all, args=(tmp_path,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states(tmp_path) == ["sent"] * 5
    assert len(hook.got) == 5


def test_what_a_killed_sender_left_is_sent_by_the_next(tmp_path: Path, hook: Any, notice: Notice) -> None:
    stuck = "import os, pathlib, time; pathlib.Path('pid').write_text(str(os.getppid())); time.sleep(60)"
    sending.tell(tmp_path, [NotifyConfig(command=(sys.executable, "-c", stuck))], notice)
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    assert states(tmp_path) == ["waiting"]
    [path] = (tmp_path / STATE_FOLDER).glob("notices/waiting/*.json")
    left = json.loads(path.read_text())
    path.write_text(json.dumps({**left, "channel": {"webhook": hook.url}}))  # the command would sleep again
    sending.resume(tmp_path)
    until(lambda: states(tmp_path) == ["sent"])
    assert len(hook.got) == 1


def test_only_its_owner_may_read_it(tmp_path: Path, notice: Notice) -> None:
    outbox = Outbox(tmp_path / STATE_FOLDER)
    outbox.put(notice, NotifyConfig(webhook="https://example.invalid/token"))
    [path] = (outbox.folder / "waiting").iterdir()
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("rubbish", ["", "{}", "[", '{"id": 3}'])
def test_rubbish_is_passed_over(tmp_path: Path, hook: Any, notice: Notice, rubbish: str) -> None:
    outbox = Outbox(tmp_path / STATE_FOLDER)
    outbox.put(notice, NotifyConfig(webhook=hook.url))
    (outbox.folder / "waiting" / "0.json").write_text(rubbish)
    sending.send_all(tmp_path)
    assert len(hook.got) == 1


def test_a_slow_receiver_holds_up_nobody(tmp_path: Path, hook: Any, notice: Notice) -> None:
    wait = "import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.05)"
    slow, quick = NotifyConfig(command=(sys.executable, "-c", wait)), NotifyConfig(webhook=hook.url)
    sending.tell(tmp_path, [slow, slow, quick], notice)
    until(lambda: hook.got)
    (tmp_path / "go").touch()
    until(lambda: states(tmp_path) == ["sent"] * 3)


def test_what_a_command_leaves_running_is_not_waited_for(tmp_path: Path, notice: Notice) -> None:
    command = ("sh", "-c", "sleep 100 & echo $! > pid")
    [told] = sending.tell_now(tmp_path, [NotifyConfig(command=command)], notice)
    assert told.state == "sent"
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)  # it still ran


def test_a_reason_reaches_no_terminal_as_a_command(tmp_path: Path, hook: Any, notice: Notice) -> None:
    odd = notice.model_copy(update={"text": "a\x1b[31mred\u202e\nline", "facts": {"reason": "\x07\ud800b"}})
    sending.tell_now(tmp_path, [NotifyConfig(webhook=hook.url)], odd)
    told = json.loads(hook.got[0][1])
    assert told["text"].endswith("a\ufffd[31mred\ufffd\nline")
    assert told["data"] == {"reason": "\ufffd\ufffdb"}
