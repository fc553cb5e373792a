"""Data from elsewhere: what is behind a URL, and what a database answers. Passwords are never shown."""

from __future__ import annotations

import contextlib
import pickle
import re
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from jupyter_mlops.data.columns import unique
from jupyter_mlops.data.reading import rows_at_once
from jupyter_mlops.data.records import RecordsTable, Values
from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.letters import without_passwords

_READS = re.compile(r"(?is)(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/|\()*(select|with|values|table|show|from)\b")
_DRIVERS = {"postgresql": "psycopg2-binary", "mysql": "pymysql", "mssql": "pyodbc", "oracle": "oracledb"}


@dataclass(frozen=True, repr=False)
class Query:
    """What a database answers to a statement: `url` as SQLAlchemy has it, `sql` in the database's words."""

    url: str
    sql: str

    @property
    def source(self) -> str:
        """Where the data come from, as it may be shown: the URL without its password, and the statement."""
        return f"{without_passwords(self.url)} {self.sql.strip()}"

    def __repr__(self) -> str:
        return f"Query({self.source!r})"


def is_url(value: object) -> bool:
    """Whether it is the text of a URL."""
    return isinstance(value, str) and re.match(r"[A-Za-z][A-Za-z0-9+.:-]*://", value) is not None


def temporary_folder(owner: object) -> Path:
    """A folder of its owner only, which goes when the object does."""
    folder = tempfile.mkdtemp(prefix="jupyter-mlops-")
    weakref.finalize(owner, shutil.rmtree, folder, True)
    return Path(folder)


def fetch(url: str, folder: Path) -> Path:
    """A copy in `folder` of the file or folder behind a URL that fsspec opens.

    Raises:
        NotFound: there is nothing.
        Refused: it cannot be had.
    """
    try:
        import fsspec
    except ImportError:
        raise Refused(f"{without_passwords(url)}: URLs need fsspec", hint="pip install fsspec") from None
    target = folder / (PurePosixPath(unquote(urlsplit(url).path)).name or "data")
    try:
        system, path = fsspec.core.url_to_fs(url, use_listings_cache=False)
        if system.isdir(path):
            system.get(path.rstrip("/") + "/", f"{target}/", recursive=True)
        else:
            system.get_file(path, str(target))
    except FileNotFoundError:
        raise NotFound(f"there is nothing at {without_passwords(url)}", hint="check the URL") from None
    except ImportError as error:
        raise Refused(f"{without_passwords(url)}: {error}", hint="pip install what it names") from None
    except Exception as error:  # every protocol has its own
        said = without_password(str(error) or type(error).__name__, url)
        raise Refused(
            f"{without_passwords(url)} cannot be read: {said}", hint="check URL and credentials"
        ) from None
    return target


class QueryTable(RecordsTable):
    """What a database answered, kept in a temporary file: it is asked once, in one transaction, which is
    rolled back."""

    def __init__(self, query: Query, name: str) -> None:
        super().__init__(name)
        self.query = query
        if not _READS.match(query.sql):
            raise Refused(
                f"{self.label}: {' '.join(query.sql.split())[:60]!r} is no statement that only reads",
                hint="give a SELECT",
            )

    def batches(self, size: int) -> Iterator[tuple[int, dict[str, Values]]]:
        """(rows, values by column) of at most `size` rows at once."""
        with self._answer.open("rb") as file, contextlib.suppress(EOFError):
            while True:
                rows, columns = pickle.load(file)  # our own, and nobody else can write there
                for start in range(0, max(rows, 1), size):
                    part = {name: values[start : start + size] for name, values in columns.items()}
                    yield min(size, rows - start), part

    def place(self, row: int) -> str:
        """The number of the row."""
        return f"row {row + 1} of the answer"

    def first_row(self) -> tuple[Any, ...] | None:
        """The first row of what it answers now, None where there is none; no more is fetched."""
        from sqlalchemy.exc import SQLAlchemyError

        engine = self._engine()
        try:
            with engine.connect() as connection:
                row = _reading(connection).exec_driver_sql(self.query.sql).fetchone()
        except SQLAlchemyError as error:
            raise self._refused(_said(error)) from None
        finally:
            engine.dispose()
        return None if row is None else tuple(row)

    @cached_property
    def _answer(self) -> Path:
        from sqlalchemy.exc import SQLAlchemyError

        path = temporary_folder(self) / "answer"
        engine = self._engine()
        try:
            with engine.connect() as connection, path.open("wb") as file:
                result = _reading(connection).exec_driver_sql(self.query.sql)
                names = unique(result.keys())
                size = rows_at_once(len(names))
                rows = result.fetchmany(size)
                while True:
                    pickle.dump((len(rows), _columns(names, rows)), file)
                    if len(rows := result.fetchmany(size)) == 0:
                        break
        except SQLAlchemyError as error:
            raise self._refused(_said(error)) from None
        finally:
            engine.dispose()
        return path

    def _engine(self) -> Any:
        from sqlalchemy import create_engine
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

        where = without_passwords(self.query.url)
        try:
            url = make_url(self.query.url)
            if url.get_backend_name() == "sqlite" and not _is_there(url.database):
                raise NotFound(f"{self.label}: no such file: {url.database}", hint="check the URL")
            return create_engine(url)
        except ImportError as error:
            package = _DRIVERS.get(url.get_backend_name(), str(error.name))
            raise Refused(
                f"{self.label}: {where} needs {error.name}, which is not installed",
                hint=f"pip install {package}",
            ) from None
        except NoSuchModuleError:
            raise Refused(
                f"{self.label}: {where} is of no known kind", hint="e.g. sqlite:///data.db"
            ) from None
        except (ArgumentError, SQLAlchemyError, ValueError):
            raise Refused(
                f"{self.label}: {where} is no SQLAlchemy URL", hint="e.g. postgresql://user@host/database"
            ) from None

    def _refused(self, said: str) -> Refused:
        url = self.query.url
        return Refused(
            f"{self.label}: {without_passwords(url)} refused: {without_password(said, url)}",
            hint="check the statement, and that the database can be reached",
        )


def _said(error: Exception) -> str:
    """What the database itself says is wrong."""
    return str(getattr(error, "orig", None) or error)


def _reading(connection: Any) -> Any:
    """The connection, which does not write where the database can be told so, and takes ``%`` as it is."""
    options: dict[str, Any] = {"no_parameters": True, "stream_results": True}
    if connection.dialect.name == "sqlite":  # it would keep what `WITH ... DELETE` does
        connection.exec_driver_sql("PRAGMA query_only = ON")
    elif connection.dialect.name == "postgresql":
        options["postgresql_readonly"] = True
    return connection.execution_options(**options)


def _is_there(database: str | None) -> bool:
    """Whether SQLite would find the database, where else it would make one."""
    if not database or database == ":memory:" or database.startswith("file:"):
        return True
    return Path(database).is_file()


def _columns(names: list[str], rows: Any) -> dict[str, Values]:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in names]
    return {name: _plain(values) for name, values in zip(names, columns, strict=True)}


def _plain(values: Values) -> Values:
    kinds = set(map(type, values))
    if memoryview in kinds:
        values = [bytes(value) if isinstance(value, memoryview) else value for value in values]
    if float in kinds:
        values = [None if value != value else value for value in values]
    return values


def without_password(text: str, url: str) -> str:
    """The text, such as an error's, without the password of the URL."""
    found = re.search(r"://[^/?#@\s:]*:([^/?#\s]*)@", url)
    if found and found[1]:
        text = (
            text.replace(url, without_passwords(url))
            .replace(found[1], "***")
            .replace(unquote(found[1]), "***")
        )
    return without_passwords(text)
