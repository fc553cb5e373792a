"""Files that a replay wrote or deleted are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops.promotion.replaying import written
from jupyter_mlops.promotion.replaying.written import Written


def test_what_was_written_and_what_was_deleted_is_told(tmp_path: Path) -> None:
    for name in ("kept", "changed", "precious"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    before = Written.before(tmp_path)
    (tmp_path / "changed").write_text("otherwise", encoding="utf-8")
    (tmp_path / "new").touch()
    (tmp_path / ".hidden").touch()
    (tmp_path / "precious").unlink()
    (note,) = noted(before)
    assert note.startswith(
        "files were written while the replay ran: changed, new; "
        "files were deleted while the replay ran: precious; it registers nothing"
    )


def test_nothing_is_told_where_nothing_changed(tmp_path: Path) -> None:
    (tmp_path / "kept").touch()
    assert noted(Written.before(tmp_path)) == []


def test_of_more_files_than_are_looked_at_no_other_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(written, "MOST", 3)
    for name in "abcde":
        (tmp_path / name).touch()
    before = Written.before(tmp_path)
    assert noted(before)[0].startswith("no file was written or deleted while the replay ran; only 3 files of")
    (tmp_path / "a").unlink()  # with it gone, another is among the first three
    (note,) = noted(before)
    assert note.startswith("files were deleted while the replay ran: a; only 3 files of ")
    assert "written" not in note


def noted(before: Written) -> list[str]:
    notes: list[str] = []
    before.note(notes)
    return notes
