"""``mlops.yaml`` as people write it: an entry is put in and taken out, and all else stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops import edits
from jupyter_mlops.config import CONFIG_NAME, Config, load_config
from jupyter_mlops.entities import Schedule
from jupyter_mlops.exceptions import Refused

KEYS = ("schedules",)
WRITTEN = {"notebook": "n.ipynb", "cron": edits.quoted("0 2 * * *"), "parameters": {"a": [1, "2"]}}
LINE = '{notebook: n.ipynb, cron: "0 2 * * *", parameters: {a: [1, ' + "'2']}}"

LAYOUTS = [
    "",
    "# only a comment\n",
    "storage: x",  # without an end of line
    "storage: x\n\n\n",
    "schedules:\n",
    "schedules: {}\n",
    "schedules: {}   # none yet\nstorage: x\n",
    "schedules:\n  a: {notebook: n.ipynb, every: 1h}  # a\n  # behind\nstorage: x # end\n",
    "schedules:\n    a:\n        notebook: n.ipynb\n        every: 1h\n\n    # b\nstorage: x\n",
    "schedules: {a: {notebook: n.ipynb, every: 1h}}  # in braces\n",
    "schedules:\n  a:\n    every: 1h\n    notebook: n.ipynb\n    parameters:\n      text: |\n        one\n",
    "storage: x\r\nschedules:\r\n  a: {notebook: n.ipynb, every: 1h}\r\n",
    "models:\n  m: {gates: ['f1 > 0']}\nschedules:\n  'a': {notebook: n.ipynb, every: 1h}\n",
    "---\nstorage: x\n",
]


def add(root: Path, name: str) -> None:
    edits.put_entry(root, with_schedule(load_config(root), name), KEYS, name, WRITTEN)


def with_schedule(config: Config, name: str) -> Config:
    schedules = {**config.schedules, name: Schedule.model_validate(WRITTEN)}
    return config.model_copy(update={"schedules": schedules})


def remove(root: Path, name: str) -> None:
    config = load_config(root)
    left = {known: each for known, each in config.schedules.items() if known != name}
    edits.take_out(root, config.model_copy(update={"schedules": left}), KEYS, name)


@pytest.mark.parametrize("text", LAYOUTS, ids=ascii)
def test_an_entry_is_put_in_and_taken_out_again(tmp_path: Path, text: str) -> None:
    path = tmp_path / CONFIG_NAME
    path.write_bytes(text.encode())
    before = load_config(tmp_path)
    add(tmp_path, "new")
    assert load_config(tmp_path) == with_schedule(before, "new")
    assert edits.comments(text) <= edits.comments(edits.text_of(tmp_path))
    remove(tmp_path, "new")
    assert load_config(tmp_path) == before
    assert edits.comments(text) <= edits.comments(edits.text_of(tmp_path))
    if "schedules:\n  " in text or "schedules:\n    " in text:
        assert edits.text_of(tmp_path) == text  # by lines: to the byte


def test_it_is_written_as_a_person_would(tmp_path: Path) -> None:
    (tmp_path / CONFIG_NAME).write_text("storage: x\n", encoding="utf-8")
    add(tmp_path, "new")
    assert edits.text_of(tmp_path) == f"storage: x\nschedules:\n  new: {LINE}\n"


def test_ends_of_lines_stay(tmp_path: Path) -> None:
    (tmp_path / CONFIG_NAME).write_bytes(b"storage: x\r\n")
    add(tmp_path, "new")
    assert edits.text_of(tmp_path) == f"storage: x\r\nschedules:\r\n  new: {LINE}\r\n"


def test_what_cannot_be_changed_without_loss_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / CONFIG_NAME).write_text("storage: x\n", encoding="utf-8")
    wanted = with_schedule(Config(), "new")
    with pytest.raises(Refused, match="cannot be changed without losing something") as caught:
        edits.replace(tmp_path, wanted, set(), lambda: None, lambda: "storage: y\n", lambda: "[")
    assert caught.value.hint
    assert edits.text_of(tmp_path) == "storage: x\n"
