"""Outputs behind a URL: kept whole, fetched whole, verified; and said in one line when that cannot be."""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

import pytest

from jupyter_mlops.data.contents import Contents, LocalContents, open_contents
from jupyter_mlops.data.remote import RemoteContents
from jupyter_mlops.entities import StepOutput
from jupyter_mlops.exceptions import MLOpsError, NotFound, Refused
from tests.pipelines.engines.places import Bucket, _object_store, bucket

__all__ = ["_object_store", "bucket"]


@pytest.fixture(params=["s3", "file"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "file":
        return (tmp_path / "store").as_uri()
    made: Bucket = request.getfixturevalue("bucket")
    return f"{made.url}/{tmp_path.name}"


@pytest.fixture
def contents(url: str) -> Contents:
    return open_contents(url, Path("unused"))


def _folder(where: Path) -> Path:
    folder = where / "made"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "a b#?*[é].txt").write_text("odd")
    (folder / "deep" / "er" / "empty").touch()
    for number in range(30):
        (folder / "deep" / f"{number}.bin").write_bytes(os.urandom(100 + number))
    (folder / "link").symlink_to("deep/0.bin")
    (folder / "gone").symlink_to("nowhere")
    return folder


def test_a_file_comes_back_as_it_was(contents: Contents, tmp_path: Path) -> None:
    (tmp_path / "out.parquet").write_bytes(b"\0rows" * 1000)
    kept = contents.keep(tmp_path / "out.parquet")
    assert contents.has(kept)
    assert kept == LocalContents(tmp_path / "local").keep(tmp_path / "out.parquet")
    contents.fetch(kept, tmp_path / "elsewhere" / "in.parquet")
    assert (tmp_path / "elsewhere" / "in.parquet").read_bytes() == b"\0rows" * 1000
    assert contents.keep(tmp_path / "elsewhere" / "in.parquet") == kept


def test_a_folder_comes_back_with_odd_names_empty_files_and_links(contents: Contents, tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    kept = contents.keep(folder)
    assert kept.folder
    assert contents.has(kept)
    target = tmp_path / "target"
    target.mkdir()
    (target / "old").write_text("replaced")
    contents.fetch(kept, target)
    assert not (target / "old").exists()
    assert (target / "a b#?*[é].txt").read_text() == "odd"
    assert os.readlink(target / "gone") == "nowhere"
    assert (target / "deep" / "29.bin").read_bytes() == (folder / "deep" / "29.bin").read_bytes()
    assert (target / "link").read_bytes() == (folder / "link").read_bytes()


def test_what_was_not_kept_is_not_there_and_the_target_stays(contents: Contents, tmp_path: Path) -> None:
    missing = StepOutput(digest="xxh:" + "0" * 32, size=1)
    assert not contents.has(missing)
    (tmp_path / "here").write_text("as it was")
    with pytest.raises(NotFound, match="is not kept in"):
        contents.fetch(missing, tmp_path / "here")
    assert (tmp_path / "here").read_text() == "as it was"


def test_damage_is_seen_told_and_kept_no_longer(url: str, contents: Contents, tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"truth")
    kept = contents.keep(tmp_path / "out")
    other = RemoteContents(url)
    other._files.pipe_file(f"{other._place(kept.digest)}/files/0", b"lies!")  # of the same size
    with pytest.raises(MLOpsError, match="is damaged in"):
        contents.fetch(kept, tmp_path / "back")
    assert not (tmp_path / "back").exists()
    assert not contents.has(kept)
    assert contents.keep(tmp_path / "out") == kept
    assert contents.has(kept)


def test_without_its_manifest_or_an_object_it_is_not_whole(
    url: str, contents: Contents, tmp_path: Path
) -> None:
    kept = contents.keep(_folder(tmp_path))
    other = RemoteContents(url)
    other._files.rm_file(f"{other._place(kept.digest)}/files/3")
    assert not contents.has(kept)
    assert contents.keep(tmp_path / "made") == kept
    assert contents.has(kept)
    other._files.rm_file(f"{other._place(kept.digest)}/manifest.json")
    assert not contents.has(kept)


def test_what_is_kept_is_listed_with_its_last_use_and_freed(contents: Contents, tmp_path: Path) -> None:
    assert contents.listed() == []
    (tmp_path / "one").write_bytes(b"1" * 10)
    (tmp_path / "two").write_bytes(b"2" * 20)
    first, second = contents.keep(tmp_path / "one"), contents.keep(tmp_path / "two")
    time.sleep(0.01)
    assert contents.has(first)
    listed = {each.digest: each for each in contents.listed()}
    assert {digest: each.size for digest, each in listed.items()} == {first.digest: 10, second.digest: 20}
    assert listed[first.digest].used > listed[second.digest].used
    contents.free(first.digest)
    contents.free(first.digest)
    assert [each.digest for each in contents.listed()] == [second.digest]
    assert not contents.has(first)


def test_a_missing_bucket_and_wrong_credentials_are_told_in_a_line(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MLOpsError, match="cannot be written: .*bucket") as told:
        RemoteContents("s3://no-such-bucket/x").check()
    assert "\n" not in str(told.value)
    assert "mlops.yaml" in (told.value.hint or "")
    RemoteContents(bucket.url).check()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(MLOpsError, match="cannot be written: .*redentials"):
        RemoteContents(bucket.url).check()


def test_a_store_out_of_reach_is_told_soon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    began = time.monotonic()
    with pytest.raises(MLOpsError, match="cannot be read"):
        RemoteContents("s3://bucket/x").has(StepOutput(digest="xxh:00", size=1))
    assert time.monotonic() - began < 15


def test_a_store_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setattr("jupyter_mlops.data.remote.REACH_TIME", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(MLOpsError, match="no answer within 1 seconds"):
            RemoteContents("s3://bucket/x").check()


def test_what_is_not_installed_is_named_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    from fsspec.registry import _registry

    monkeypatch.delitem(_registry, "s3", raising=False)
    with pytest.raises(Refused, match="needs s3fs") as told:
        open_contents("s3://bucket/x", Path())
    assert told.value.hint == "pip install fsspec s3fs"
    with pytest.raises(Refused, match="no known kind"):
        open_contents("carrier-pigeon://roost", Path())
