"""Outputs of steps behind a URL (``s3://bucket/prefix``, or whatever fsspec knows), for workers that share no
folder.

Below the URL each content has a place of its own, named by its digest. Its files are objects with a number
for a name, so that no name of a file can trouble a store; a manifest, written last, tells their names, sizes
and digests, and makes the content whole. The object ``used`` says when it was last needed.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, TypedDict

from jupyter_mlops.data.contents import adopt, content_digest, replacing
from jupyter_mlops.data.digest import file_digest
from jupyter_mlops.entities import FILE_DIGEST, Garbage, StepOutput
from jupyter_mlops.exceptions import MLOpsError, NotFound, Refused

REACH_TIME = 15.0  # seconds within which a store has to answer the first time
_MANIFEST, _USED, _FILES = "manifest.json", "used", "files"
# each request to S3 is tried so often and so long; by default it would be minutes
_PATIENCE = {
    "config_kwargs": {"retries": {"total_max_attempts": 2}, "connect_timeout": 4, "read_timeout": 60}
}
_TRIES = 2
_PACKAGES = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "az": "adlfs"}


class _File(TypedDict):
    name: str
    size: int
    digest: str


class _Manifest(TypedDict):
    folder: bool
    files: list[_File]
    links: dict[str, str]  # to a folder, or to nothing: where they point


class RemoteContents:
    """Contents behind `url`; nothing is asked of it until it is used.

    Raises:
        Refused: what is needed for such a URL is not installed.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._files, self._base = _file_system(self.url)
        self._reached = False
        self._lock = threading.Lock()

    def check(self) -> None:
        """Return if something can be written there: a mark is.

        Raises:
            MLOpsError: it is out of reach, or says no.
        """
        with self._telling("written"):
            self._write(f"{self._base}/.jupyter-mlops", b"outputs of pipelines, by content\n")

    def keep(self, path: Path) -> StepOutput:
        """Upload the file or folder at `path`, unless its content is there already."""
        digest, is_folder = content_digest(path)
        manifest = _manifest(path, digest)
        size = sum(file["size"] for file in manifest["files"])
        output = StepOutput(digest=digest, size=size, folder=is_folder)
        if self.has(output):
            return output
        place = self._place(digest)
        local = [str(path / file["name"] if is_folder else path) for file in manifest["files"]]
        with self._telling("written"):
            self._mark_used(place)
            if local:
                self._make_folder(f"{place}/{_FILES}")
                self._files.put(local, self._objects(place, len(local)))
            self._write(f"{place}/{_MANIFEST}", json.dumps(manifest).encode())
        return output

    def has(self, output: StepOutput) -> bool:
        """Whether it is kept, all of its files with their sizes; it counts as used now, if so."""
        place = self._place(output.digest)
        with self._telling("read"):
            self._reach()
            manifest = self._read(place)
            if manifest is None or manifest["folder"] != output.folder:
                return False
            sizes = {name.rpartition("/")[2]: size for name, size in self._listed(f"{place}/{_FILES}")}
            if any(sizes.get(str(n)) != file["size"] for n, file in enumerate(manifest["files"])):
                return False
            self._mark_used(place)
        return True

    def fetch(self, output: StepOutput, target: Path) -> None:
        """Put a copy at `target`, whole or not at all. What turns out damaged is kept no longer."""
        place = self._place(output.digest)
        with self._telling("read"):
            self._reach()
            manifest = self._read(place)
        if manifest is None:
            raise NotFound(
                f"{output.digest} is not kept in {self.url}", hint="run the step that makes it again"
            )
        try:
            with replacing(target) as part:
                self._download(place, manifest, part)
                whole = content_digest(part) == (output.digest, output.folder)
                if not whole:
                    raise _Damaged
        except (_Damaged, Refused):
            self.free(output.digest)
            raise MLOpsError(
                f"{output.digest} is damaged in {self.url}", hint="run the step that makes it again"
            ) from None
        except OSError as error:
            raise MLOpsError(
                f"{target} cannot be written: {error.strerror or error}", hint="make room, then run again"
            ) from None

    def adopt(self, output: StepOutput, path: Path | None) -> bool:
        """Keep a copy of what lies at `path` where that is this very content; whether it was."""
        return adopt(self, output, path)

    def listed(self) -> list[Garbage]:
        """All that is kept, with when it was last used; what was never wholly uploaded, too."""
        sizes: dict[str, int] = {}
        with self._telling("read"):
            self._reach()
            for name, size in self._listed(self._base):
                parts = name.removeprefix(self._base).strip("/").split("/")
                if len(parts) > 2:
                    counted = size if parts[2] == _FILES else 0
                    sizes[parts[1]] = sizes.get(parts[1], 0) + counted
            used = self._last_used(sizes)
        return [
            Garbage(digest=f"{FILE_DIGEST}{name}", size=size, used=used[name])
            for name, size in sorted(sizes.items())
        ]

    def free(self, digest: str) -> None:
        """Keep it no longer: it is gone with its manifest, before its files are."""
        place = self._place(digest)
        with self._telling("written"):
            for path in (f"{place}/{_MANIFEST}", place):
                self._files.invalidate_cache()
                with contextlib.suppress(FileNotFoundError):
                    self._files.rm(path, recursive=path == place)

    def sweep(self) -> None:
        """Nothing to do: what was never wholly uploaded is `listed`."""

    # -- the store

    def _place(self, digest: str) -> str:
        name = digest.removeprefix(FILE_DIGEST)
        return f"{self._base}/{name[:2]}/{name}"

    @staticmethod
    def _objects(place: str, count: int) -> list[str]:
        return [f"{place}/{_FILES}/{number}" for number in range(count)]

    def _read(self, place: str) -> _Manifest | None:
        try:
            found: _Manifest = json.loads(self._files.cat_file(f"{place}/{_MANIFEST}"))
        except (FileNotFoundError, ValueError):
            return None
        return found

    def _listed(self, place: str) -> list[tuple[str, int]]:
        """Objects below a place, with their sizes: as they are now, not as they were when last looked at."""
        self._files.invalidate_cache()
        try:
            found = self._files.find(place, detail=True)
        except FileNotFoundError:
            return []
        return [(name, int(about["size"])) for name, about in found.items()]

    def _last_used(self, names: Iterable[str]) -> dict[str, datetime]:
        paths = {name: f"{self._place(name)}/{_USED}" for name in names}
        read = self._files.cat(list(paths.values()), on_error="omit") if paths else {}
        found = {}
        for name, path in paths.items():
            try:
                found[name] = datetime.fromisoformat(read[path].decode())
            except (KeyError, ValueError):  # nobody has used it since it was half removed
                found[name] = datetime.fromtimestamp(0, UTC)
        return found

    def _mark_used(self, place: str) -> None:
        self._write(f"{place}/{_USED}", datetime.now(UTC).isoformat().encode())

    def _write(self, path: str, content: bytes) -> None:
        self._reach()
        self._make_folder(path.rpartition("/")[0])
        self._files.pipe_file(path, content)

    def _make_folder(self, path: str) -> None:
        if self.url.partition("://")[0] not in _PACKAGES:  # an object store has none
            self._files.makedirs(path, exist_ok=True)

    def _download(self, place: str, manifest: _Manifest, part: Path) -> None:
        files = manifest["files"]
        if manifest["folder"]:
            part.mkdir()
        local = [_beneath(part, file["name"]) if manifest["folder"] else part for file in files]
        for path in local:
            path.parent.mkdir(parents=True, exist_ok=True)
        with self._telling("read"):
            if local:
                self._files.get(self._objects(place, len(local)), [str(path) for path in local])
        for path, file in zip(local, files, strict=True):
            if not path.exists():  # of an empty object some stores give nothing
                path.touch()
            if file_digest(path) != file["digest"]:
                raise _Damaged
        for name, link in manifest["links"].items():
            _beneath(part, name).parent.mkdir(parents=True, exist_ok=True)
            os.symlink(link, _beneath(part, name))

    def _reach(self) -> None:
        """The first time: see whether the store answers at all. Some libraries would try for minutes."""
        with self._lock:
            if self._reached:
                return
            failed: list[BaseException] = []

            def look() -> None:
                try:
                    self._files.exists(f"{self._base}/.jupyter-mlops")
                except BaseException as error:
                    failed.append(error)

            looking = threading.Thread(target=look, name="reach storage", daemon=True)
            looking.start()
            looking.join(REACH_TIME)
            if looking.is_alive():
                raise TimeoutError(f"no answer within {REACH_TIME:g} seconds")
            if failed:
                raise failed[0]
            self._reached = True

    @contextlib.contextmanager
    def _telling(self, done: str) -> Iterator[None]:
        """Whatever the store's library raises, in one line: each has errors of its own, of no common kind."""
        try:
            yield
        except MLOpsError:
            raise
        except Exception as error:
            said = " ".join(str(error).split()) or type(error).__name__
            raise MLOpsError(
                f"the storage {self.url} cannot be {done}: {said}",
                hint="check `storage` in mlops.yaml, its credentials and the network",
            ) from None


class _Damaged(Exception):
    """What was fetched is not what was kept."""


def _file_system(url: str) -> tuple[Any, str]:
    """What reads and writes there, and the place in its words."""
    scheme = url.partition("://")[0]
    try:
        import fsspec

        options: dict[str, Any] = dict(_PATIENCE) if _PACKAGES.get(scheme) == "s3fs" else {}
        files, base = fsspec.core.url_to_fs(
            url, use_listings_cache=False, skip_instance_cache=True, **options
        )
    except ImportError:
        needed = ["fsspec", *([_PACKAGES[scheme]] if scheme in _PACKAGES else [])]
        raise Refused(
            f"the storage {url} needs {needed[-1]}, which is not installed",
            hint=f"pip install {' '.join(needed)}",
        ) from None
    except ValueError as error:
        raise Refused(
            f"the storage {url} is of no known kind: {error}", hint="e.g. s3://bucket/prefix"
        ) from None
    if options:
        files.retries = _TRIES
    return files, str(base).rstrip("/")


def _manifest(path: Path, digest: str) -> _Manifest:
    if not path.is_dir():
        file: _File = {"name": path.name, "size": path.stat().st_size, "digest": digest}
        return {"folder": False, "files": [file], "links": {}}
    files: list[_File] = []
    links: dict[str, str] = {}
    for where, folders, names in os.walk(path):
        for name in sorted((*names, *(name for name in folders if (Path(where) / name).is_symlink()))):
            found = Path(where) / name
            relative = found.relative_to(path).as_posix()
            if found.is_symlink() and not found.is_file():
                links[relative] = os.readlink(found)
            else:
                size = found.stat().st_size
                files.append({"name": relative, "size": size, "digest": file_digest(found)})
    return {"folder": True, "files": sorted(files, key=lambda file: file["name"]), "links": links}


def _beneath(folder: Path, name: str) -> Path:
    """The place of a file in a folder that is made: a manifest that names one elsewhere was forged."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise _Damaged
    return folder / path
