"""The project's MLflow store: which one it is, opened once and safely, refused early when it cannot serve."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from jupyter_mlops.config import PROJECT_VARIABLE, STATE_FOLDER, TrackingConfig
from jupyter_mlops.exceptions import StoreError
from jupyter_mlops.letters import without_credentials
from jupyter_mlops.tracking import owners, points, spool, tags
from jupyter_mlops.tracking.database import Database
from jupyter_mlops.tracking.reaching import URI_VARIABLE, reach

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from jupyter_mlops.tracking.points import Points
    from jupyter_mlops.tracking.spooled import SpooledStore

REACH_TIMEOUT = 5.0  # seconds; MLflow itself would wait for minutes


class Store:
    """The tracking store of the project at `root`: ``MLFLOW_TRACKING_URI``, else ``tracking.uri`` of the
    configuration, else ``mlflow.db`` and ``mlruns/`` in the project."""

    def __init__(self, root: Path, config: TrackingConfig) -> None:
        self.root = root
        self.config = config
        self.uri = os.environ.get(URI_VARIABLE) or config.uri or f"sqlite:///{root / 'mlflow.db'}"
        self._client: MlflowClient | None = None
        self._direct: Database | None = None
        self._experiments: dict[str, str] = {}
        self._queues: str | None = None  # the URI under which points wait; "" where they do not

    @property
    def database(self) -> Path | None:
        """The SQLite file, or None for any other kind of store."""
        prefix = "sqlite:///"
        return Path(self.uri.removeprefix(prefix)) if self.uri.startswith(prefix) else None

    def direct(self) -> Database | None:
        """The database, where it is the project's own and of a schema known here: it can be reached without
        MLflow then."""
        if self._direct is None:
            self._direct = Database.known(self.database)
        return self._direct

    @property
    def is_server(self) -> bool:
        """It is reached over a network, so that what is written to it may have to wait."""
        return self.uri.startswith(("http://", "https://"))

    @property
    def shown_uri(self) -> str:
        """`uri` as anybody may read it."""
        return without_credentials(self.uri)

    @property
    def spools(self) -> Path:
        """The folder of what waits for the server."""
        return self.root / STATE_FOLDER / spool.FOLDER

    def run_folder(self, run_id: str) -> Path:
        """``.mlops/runs/RUN``: lease and files of the run while it goes on; not made."""
        return self.root / STATE_FOLDER / owners.RUNS / run_id

    @property
    def is_new(self) -> bool:
        """Nothing was recorded yet: the SQLite file is not there. Looking must not make it."""
        return self.database is not None and not self.database.exists()

    @property
    def default_experiment(self) -> str:
        """The experiment of runs that name none: as configured, else the project folder's name."""
        return self.config.experiment or self.root.name or "project"

    def environment(self) -> dict[str, str]:
        """Environment variables by which a child process finds the same project and store."""
        return {URI_VARIABLE: self.uri, PROJECT_VARIABLE: str(self.root)}

    def state_folder(self) -> Path:
        """``.mlops/`` in the project, made on first use, readable by its owner only, unseen by git.

        Raises:
            StoreError: it cannot be made.
        """
        folder = self.root / STATE_FOLDER
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            ignore = folder / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
                ignore.chmod(0o600)
        except OSError as error:
            if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
                raise self._read_only() from None
            problem = f"{folder} cannot be made: {error.strerror or error}"
            raise StoreError(problem, hint="nothing can be recorded there: make room for it") from None
        return folder

    def writable_folder(self) -> Path:
        """``.mlops/`` as `state_folder` has it, for whoever is to write into it.

        Raises:
            StoreError: it cannot be made or written to.
        """
        folder = self.state_folder()
        if not os.access(folder, os.W_OK):
            raise self._read_only()
        return folder

    def _read_only(self) -> StoreError:
        return StoreError(
            f"the project folder {self.root} is read-only",
            hint="nothing can be recorded there: let it be written to",
        )

    def client(self) -> MlflowClient:
        """The client, opened on first use: the database is made under a lock, so any number of processes
        may start at once.

        Raises:
            StoreError: out of reach, no database, or written by a newer MLflow.
        """
        if self._client is None:
            if self.is_server and not self._joins_spooled():
                reach(self.uri, REACH_TIMEOUT)
            self._client = self._open()
        self.activate()
        return self._client

    def activate(self) -> None:
        """Point MLflow's own functions at this store; where several projects share a process, the last
        one used counts."""
        import mlflow

        self._use_spool()
        if mlflow.get_tracking_uri() != self.uri:
            _set_uri(self.uri)

    def spooled(self) -> SpooledStore | None:
        """The client behind which what is written may wait; None where it is written at once."""
        if not self.is_server:
            return None
        from jupyter_mlops.tracking.spooled import SpooledStore

        found = self.client()._tracking_client.store
        return found if isinstance(found, SpooledStore) else None

    def points(self, run_id: str) -> Points | None:
        """Where points of the run are logged without waiting for the database; None where they are not."""
        if self._queues is None:
            self._queues = (points.local_uri(self.uri) or "") if self.database else ""
        return points.points_of(self.spools, run_id, self._queues) if self._queues else None

    def catch_up(self, run_id: str | None = None) -> None:
        """The database has all that was logged, of one run or of all: for whoever reads it without MLflow's
        client, which sees to that itself. Nothing to do for other stores.

        Raises:
            sqlite3.Error: the database cannot be written.
        """
        if self.database is not None and owners.supported():
            spools = None if run_id is None else [spool.Spool(self.spools / run_id)]
            points.settle(self.spools, spools, uri=points.local_uri(self.uri))

    def readable(self) -> Database | None:
        """The database as `direct` gives it, with all that was logged until now, if it can be written to."""
        found = self.direct()
        if found is not None:
            with contextlib.suppress(sqlite3.Error, OSError):
                self.catch_up()
        return found

    def check_answers(self) -> None:
        """Return if the store can be asked now; a server may be away.

        Raises:
            StoreError: it is out of reach.
        """
        if self.is_server:
            reach(self.uri, REACH_TIMEOUT)

    def flush(self) -> None:
        """Send what waits for the server, for at most some seconds; nothing to do for other stores."""
        if self.is_server and owners.supported():
            from jupyter_mlops.tracking import sender

            sender.flush(self.spools)

    def experiment_id(self, name: str) -> str:
        """The experiment of that name, made if there is none; its artifacts lie in the project's ``mlruns/``.

        Raises:
            StoreError: it was deleted, or the name is not allowed.
        """
        if name in self._experiments:
            return self._experiments[name]
        direct = self.direct()
        known = direct.experiment_id(name) if direct is not None else None
        if known is not None:
            self._experiments[name] = known
            return known
        from mlflow.exceptions import MlflowException

        client = self.client()
        try:
            found = client.get_experiment_by_name(name)
            if found is None:
                found = self._create_experiment(client, name)
        except MlflowException as error:
            raise StoreError(
                f"experiment {name!r} cannot be used: {error.message}", hint="name another experiment"
            ) from None
        if found.lifecycle_stage == "deleted":
            raise StoreError(
                f"experiment {name!r} was deleted",
                hint=f"restore it: mlflow experiments restore --experiment-id {found.experiment_id}",
            )
        self._experiments[name] = found.experiment_id
        return self._experiments[name]

    def _create_experiment(self, client: MlflowClient, name: str):  # type: ignore[no-untyped-def]
        from mlflow.exceptions import MlflowException

        location = None if self.database is None else (self.root / "mlruns" / _slug(name)).as_uri()
        try:
            client.create_experiment(name, artifact_location=location)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":  # another process was faster
                raise
        return client.get_experiment_by_name(name)

    def _joins_spooled(self) -> bool:
        """A kernel that runs headless writes to its runner's spool, with or without the server."""
        joined = os.environ.get(tags.RUN_VARIABLE)
        return joined is not None and bool(spool.Spool(self.spools / joined).about)

    def _use_spool(self) -> None:
        if not owners.supported() or not (self.is_server or self.database):
            return
        from jupyter_mlops.tracking import routing, spooled

        (spooled if self.is_server else routing).register()
        spooled.use(self.spools)

    def _open(self) -> MlflowClient:
        calm()
        import mlflow

        self._use_spool()
        if self.database is None:
            _set_uri(self.uri)
            return mlflow.MlflowClient(self.uri)
        from filelock import FileLock

        try:
            folder = self.state_folder()
            self.database.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"the project folder cannot be written: {error}", hint="mend its permissions"
            ) from None
        lock = FileLock(folder / "store.lock", mode=0o600)
        try:
            lock.acquire()
        except OSError as error:
            if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
                raise self._read_only() from None
            problem = f"{folder / 'store.lock'} cannot be made: {error.strerror or error}"
            raise StoreError(problem, hint="mend its permissions, or make room for it") from None
        try:
            return self._open_database(self.database)
        finally:
            lock.release()

    def _open_database(self, database: Path) -> MlflowClient:
        from mlflow.exceptions import MlflowException

        self._check_revision(database)
        try:
            client = self._first_client(database)
            with sqlite3.connect(database) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
            connection.close()
        except (MlflowException, sqlite3.Error, OSError) as error:
            raise StoreError(
                f"{database} cannot be used: {error}", hint="move it away to start a new one"
            ) from None
        _set_uri(self.uri)
        return client

    def _first_client(self, database: Path) -> MlflowClient:
        import mlflow
        from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

        if not database.exists():
            # whole or not at all: MLflow cannot go on with a database that was half made when it was killed
            made = database.with_name(f".{database.name}.part")
            for left in database.parent.glob(f"{made.name}*"):
                left.unlink(missing_ok=True)
            # MLflow would put the default experiment's artifacts below the current folder
            store = SqlAlchemyStore(f"sqlite:///{made}", (self.root / "mlruns").as_uri())
            store.engine.dispose()
            os.chmod(made, 0o600)
            os.replace(made, database)
        return mlflow.MlflowClient(self.uri)

    def _check_revision(self, database: Path) -> None:
        """Refuse a database of a newer MLflow; keep a copy before MLflow upgrades an older one."""
        revision = _revision(database)
        if revision is None:
            return
        known, heads = _schema_revisions()
        if revision not in known:
            from mlflow.version import VERSION

            raise StoreError(
                f"{database} was written by a newer MLflow than {VERSION} (schema {revision})",
                hint="pip install --upgrade mlflow",
            )
        if revision not in heads:
            backup = self.state_folder() / f"mlflow-{revision}.db"
            with sqlite3.connect(database) as source, sqlite3.connect(backup) as target:
                source.backup(target)
            source.close()
            target.close()
            os.chmod(backup, 0o600)


def local_folder(uri: str) -> Path | None:
    """The folder that an artifact URI names on this machine; None for any other place."""
    parts = urlsplit(uri)
    return Path(url2pathname(parts.path)) if parts.scheme == "file" else None


def _schema_revisions() -> tuple[set[str], set[str]]:
    """All revisions that this MLflow knows, and those that nothing follows. Read from its migration
    scripts as text: alembic would import every one of them, which takes two seconds."""
    import re

    import mlflow.store.db_migrations

    folder = Path(mlflow.store.db_migrations.__path__[0]) / "versions"
    known, followed = set(), set()
    for script in folder.glob("*.py"):
        text = script.read_text(encoding="utf-8")
        known.update(re.findall(r"^revision\b.*?=\s*[\"'](\w+)", text, re.MULTILINE))
        followed.update(re.findall(r"^down_revision\b.*?=\s*[\"'](\w+)", text, re.MULTILINE))
    return known, known - followed


def _set_uri(uri: str) -> None:
    """MLflow exports the URI to the environment, where the next project of this process would take it
    for the user's wish: put back what was there."""
    import mlflow

    before = os.environ.get(URI_VARIABLE)
    mlflow.set_tracking_uri(uri)
    if before is None:
        os.environ.pop(URI_VARIABLE, None)
    else:
        os.environ[URI_VARIABLE] = before


def _revision(database: Path) -> str | None:
    """The schema revision of an MLflow database; None where there is none yet."""
    if not database.exists() or database.stat().st_size == 0:
        return None
    connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None
    except sqlite3.OperationalError:  # a database without that table: MLflow will make it
        return None
    except sqlite3.DatabaseError as error:
        raise StoreError(
            f"{database} is not an SQLite database: {error}", hint="move it away to start a new one"
        ) from None
    finally:
        connection.close()


def calm() -> None:
    """Settings that MLflow reads at import or first use; the user's own win."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    for name in ("alembic", "mlflow.store.db_migrations.env"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # it shows a traceback of every error that it raises as well; we tell that in a line
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)


def plain(error: Exception) -> str:
    """What an error of the store says, without SQLAlchemy's statement and advice to programmers, and without
    anybody's password."""
    text = str(getattr(error, "message", None) or error)
    for mark in ("(Background on this error", "[SQL:"):
        text = text.partition(mark)[0]
    return without_credentials(" ".join(text.replace("(sqlite3.OperationalError)", "").split()))


def _slug(name: str) -> str:
    """A folder name for an experiment, distinct for distinct names."""
    import hashlib
    import re

    plain = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "experiment"
    return plain if plain == name else f"{plain}-{hashlib.blake2b(name.encode(), digest_size=3).hexdigest()}"
