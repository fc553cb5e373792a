"""What lies elsewhere and is watched: files behind a URL, and what a database answers. Passwords are never
shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from jupyter_mlops.data.sources import Query, QueryTable, without_password
from jupyter_mlops.exceptions import MLOpsError, Refused
from jupyter_mlops.letters import without_passwords
from jupyter_mlops.scheduling.triggers.probed import Look

# what tells the content of an object, in the words of one or another store: it is opaque
_TOKENS = (
    "ETag",
    "etag",
    "e_tag",
    "md5Hash",
    "Content-MD5",
    "content_md5",
    "Digest",
    "hex",
    "sha",
    "checksum",
)
_TIMES = ("LastModified", "last_modified", "Last-Modified", "mtime", "updated", "modified", "created")
# each request to S3 is tried so often and so long; by default it would be minutes
_PATIENCE = {
    "config_kwargs": {"retries": {"total_max_attempts": 2}, "connect_timeout": 4, "read_timeout": 20}
}
_TRIES = 2
_S3 = ("s3://", "s3a://")
_BLOCK = 1 << 20
_ROWS = 10_000  # that are digested at once
_SHOWN = 60  # characters of a query


class Remote:
    """The file, folder or pattern behind a URL that fsspec opens. Its content is told by what the store calls
    it (such as an ETag), else by its size and time, else it is read."""

    def __init__(self, url: str) -> None:
        self.name = f"data:{without_passwords(url)}"
        self.label = without_passwords(url)
        self.bytes = 0
        self._url = url
        self._opened: tuple[Any, str] | None = (
            None  # fsspec keeps one for each thread, and threads come and go
        )
        self._token: str | None = None

    def look(self, now: datetime) -> Look:
        """What it is called now: nothing that was known before is believed.

        Raises:
            Refused: it cannot be asked for.
        """
        try:
            system, path = self._opened = self._opened or _file_system(self._url)
            system.invalidate_cache()
            found = dict(_objects(system, path))
        except ImportError as error:
            raise Refused(f"{self.label}: {error}", hint="pip install what it names") from None
        except Exception as error:  # every protocol has its own
            cause = _cause(error)
            if isinstance(cause, FileNotFoundError):
                return Look("", now, absent=True)
            self._opened = None
            said = without_password(str(cause) or type(cause).__name__, self._url)
            raise Refused(
                f"{self.label} cannot be looked at: {said}", hint="check URL and credentials"
            ) from None
        if not found:
            return Look("", now, absent=True)
        folded = hashlib.blake2b(digest_size=16)
        for name in sorted(found):
            folded.update(f"{len(name)}:{name} {found[name]}\n".encode("utf-8", "surrogatepass"))
        self._token = folded.hexdigest()
        return Look(self._token, now)

    def content(self) -> str | None:
        """The same as the mark of the last look."""
        return self._token


def _file_system(url: str) -> tuple[Any, str]:
    """What reads there, and the place in its words."""
    import fsspec

    options: dict[str, Any] = dict(_PATIENCE) if url.startswith(_S3) else {}
    system, path = fsspec.core.url_to_fs(url, use_listings_cache=False, skip_instance_cache=True, **options)
    if options:
        system.retries = _TRIES
    return system, str(path)


def _objects(system: Any, path: str) -> Iterator[tuple[str, str]]:
    """(name, token) of each file."""
    found: Mapping[str, Any]
    if any(sign in path for sign in "*["):
        found = system.glob(path, detail=True)
    else:
        info = system.info(path)  # `isfile` would say no of a server that is away
        found = system.find(path, detail=True) if info["type"] == "directory" else {path: info}
    for name, about in found.items():
        if about.get("type") != "directory":
            yield name, _token(system, name, about)


def _cause(error: BaseException) -> BaseException:
    """What is behind it: fsspec says of any trouble with a web server that there is no such file."""
    cause = error.__cause__
    if not isinstance(error, FileNotFoundError) or not type(cause).__module__.startswith("aiohttp"):
        return error
    return error if getattr(cause, "status", None) in {404, 410} else cause or error


def _token(system: Any, path: str, about: Mapping[str, Any]) -> str:
    for key in _TOKENS:
        if about.get(key):
            return f"{key} {about[key]}"
    for key in _TIMES:
        if about.get(key):
            return f"{about.get('size')} {about[key]}"
    folded = hashlib.blake2b(digest_size=16)
    with system.open(path, "rb") as file:
        while block := file.read(_BLOCK):
            folded.update(block)
    return folded.hexdigest()


class Watermark:
    """What the database answers to a query: the first row, or, where `all_rows` count, each of them, in any
    order if they are not `ordered`."""

    def __init__(
        self, root: Path, query: Query, *, name: str = "", all_rows: bool = False, ordered: bool = True
    ) -> None:
        statement = " ".join(query.sql.split())
        self.label = name or f"the answer to {statement[:_SHOWN]}{'…' if statement[_SHOWN:] else ''}"
        self.name = f"sql:{without_passwords(query.url)} {statement}"
        self.bytes = 0
        self._query = Query(_placed(query.url, root), query.sql)
        self._all = all_rows
        self._ordered = ordered
        self._token: str | None = None

    def look(self, now: datetime) -> Look:
        """Ask.

        Raises:
            MLOpsError: the database cannot be reached, or refused.
        """
        try:
            self._token = self._asked()
        except MLOpsError:
            raise
        except Exception as error:  # a driver's own
            said = without_password(str(error), self._query.url)
            raise Refused(
                f"{self.label}: {without_passwords(self._query.url)} cannot be asked: {said}",
                hint="check the URL, and that the database can be reached",
            ) from None
        return Look(self._token or "", now, absent=self._token is None)

    def content(self) -> str | None:
        """The same as the mark of the last look."""
        return self._token

    def _asked(self) -> str | None:
        table = QueryTable(self._query, self.label)
        if not self._all:
            row = table.first_row()
            return None if row is None else _digest(row)
        total, folded = 0, hashlib.blake2b(digest_size=16)
        rows = 0
        for count, columns in table.batches(_ROWS):
            for row in zip(*columns.values(), strict=True):
                total += int(_digest(row), 16)
                if self._ordered:
                    folded.update(_digest(row).encode())
            folded.update(repr(tuple(columns)).encode("utf-8", "surrogatepass") if not rows else b"")
            rows += count
        return f"{folded.hexdigest()} {total % (1 << 128):x} {rows}"


def _digest(row: tuple[Any, ...]) -> str:
    return hashlib.blake2b(repr(row).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _placed(url: str, root: Path) -> str:
    """A file of SQLite's that is named relatively lies in the project."""
    scheme, slashes, path = url.partition(":///")
    if not slashes or not scheme.startswith("sqlite") or not path or path.startswith(("/", ":", "file:")):
        return url
    return f"{scheme}:///{root / path}"
