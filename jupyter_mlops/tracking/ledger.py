"""The ledgers of models in MLflow: each is a run, in an experiment of their own; an entry is its parameter.

A parameter is written once, by a rule of every store: who logs another value for the same key is refused.
So to append is to compare and to set, for any number of writers on any number of machines. Which run is the
ledger of a model is settled in the same way, by a parameter of one run, the index; and which run is the index
by the name of an experiment, which only one can make.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jupyter_mlops.config import STATE_FOLDER
from jupyter_mlops.entities import RunKind
from jupyter_mlops.exceptions import StoreError
from jupyter_mlops.provenance import user
from jupyter_mlops.tracking import owners, tags
from jupyter_mlops.tracking.asking import asked, pauses
from jupyter_mlops.tracking.database import Database
from jupyter_mlops.tracking.store import Store, plain

if TYPE_CHECKING:
    from mlflow.store.tracking.abstract_store import AbstractStore

FOLDER = "ledger"  # below the project's state folder
INDEX = "mlops-ledger-index"  # the experiment whose tag names the index; it holds no runs
INDEX_RUN = "mlops.ledger.index"
MODEL = "mlops.ledger.model"
HEAD = "mlops.ledger.head"  # of a registered model: number and hash of the last entry
DONE = "mlops.ledger.done."  # of a ledger, and a number: what that entry tells has been carried out
MOVING = (
    "mlops.ledger.moving."  # of a ledger, and a number: an alias is about to be moved as that entry tells
)
LONGEST = 6000  # characters of a parameter; MLflow cuts longer ones without a word


@dataclass(frozen=True)
class Kept:
    """What the store holds of a model's ledger: entries by their keys, as they were written, and the tags on
    it. `run_id` is None where there is none; `gone` tells that there was one, and how to get it back."""

    run_id: str | None = None
    entries: dict[str, str] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    gone: str = ""


def key_of(number: int) -> str:
    """The key of the entry with that number."""
    return f"{number:06d}"


@contextlib.contextmanager
def alone(store: Store) -> Iterator[None]:
    """No other process of this machine writes to ledgers of this project while the block lasts.

    Raises:
        StoreError: the project folder takes no files.
    """
    problem = f"the ledger cannot be written: {STATE_FOLDER}/{FOLDER}"
    with owners.alone(store.writable_folder() / FOLDER, "lock", problem):
        yield


def read(store: Store, model: str) -> Kept:
    """The ledger of the model.

    Raises:
        StoreError: the store cannot be read.
    """
    if store.is_new:
        return Kept()
    direct = store.direct()
    if direct is not None:
        return _read_direct(direct, model)
    client = _client(store)
    index = _index(client)
    if index is None:
        return Kept()
    known = _run(client, index)
    run_id = known.entries.get(_name(model))
    return Kept(gone=known.gone) if run_id is None else _run(client, run_id)


def append(store: Store, model: str, number: int, text: str) -> bool:
    """Write the entry with that number; whether it is there now. Not so if another was written before.

    Raises:
        StoreError: the store does not take it, or does not answer: then it may be there all the same.
    """
    if len(text) >= LONGEST:
        raise ValueError("the entry is too long")
    client = _client(store)
    return _set_once(client, _ledger(store, client, model), key_of(number), text) == text


def mark(store: Store, run_id: str, number: int, value: str) -> None:
    """Note that what the entry tells has been carried out."""
    from mlflow.entities import RunTag

    client = _client(store)
    asked(lambda: client.set_tag(run_id, RunTag(f"{DONE}{key_of(number)}", value)))


def is_done(kept: Kept, number: int) -> bool:
    """Whether what the entry tells has been carried out."""
    return number in done(kept)


def done(kept: Kept) -> set[int]:
    """The numbers of the entries that have been carried out."""
    told = (key.removeprefix(DONE) for key in kept.marks if key.startswith(DONE))
    return {int(number) for number in told if number.isdecimal() and len(number) < 19}


def announce(store: Store, run_id: str, number: int) -> str:
    """Note that an alias is about to be moved as that entry tells: should it be moved late, when other
    entries have followed, whoever looks next knows why. The note's key, for `withdraw`."""
    from mlflow.entities import RunTag

    client, key = _client(store), f"{MOVING}{key_of(number)}.{secrets.token_hex(4)}"
    asked(lambda: client.set_tag(run_id, RunTag(key, "")))
    return key


def withdraw(store: Store, run_id: str, key: str) -> None:
    """Take the note away: the alias has been moved, and is where the last entry says."""
    from mlflow.exceptions import MlflowException

    client = _client(store)
    with contextlib.suppress(MlflowException):  # another took it away
        asked(lambda: client.delete_tag(run_id, key))


def announced(kept: Kept) -> dict[str, int]:
    """Notes of moves that may come late: the number of the entry by the note's key."""
    told = {key: key.removeprefix(MOVING)[:-9] for key in kept.marks if key.startswith(MOVING)}
    return {key: int(number) for key, number in told.items() if number.isdecimal() and len(number) < 19}


def ledgers(store: Store) -> list[tuple[str, Kept]]:
    """All runs that hold entries, each with the model that it was made for: also those that the index does
    not name.

    Raises:
        StoreError: the store cannot be read.
    """
    if store.is_new:
        return []
    direct = store.direct()
    found = _ledgers_direct(direct) if direct is not None else _ledgers_asked(store)
    return [(kept.marks[MODEL], kept) for kept in found if MODEL in kept.marks and kept.entries]


def _ledgers_direct(database: Database) -> list[Kept]:
    try:
        with database.reading() as connection:
            rows = connection.execute(
                "SELECT tags.run_uuid, tags.value, params.key, params.value FROM tags JOIN params USING "
                "(run_uuid) WHERE tags.key = ?",
                [MODEL],
            )
            found: dict[str, Kept] = {}
            for run_id, model, key, value in rows:
                kept = found.setdefault(run_id, Kept(run_id, {}, {MODEL: model}))
                kept.entries[key] = value
            return list(found.values())
    except sqlite3.Error as error:
        raise StoreError(f"{database.path} cannot be read: {error}", hint="try again") from None


def _ledgers_asked(store: Store) -> list[Kept]:
    from mlflow.entities import ViewType

    client = store.client()
    experiment = asked(lambda: client.get_experiment_by_name(tags.LEDGER))
    if experiment is None:
        return []
    found, token = list[Kept](), ""
    while True:
        page = client.search_runs(
            [experiment.experiment_id], run_view_type=ViewType.ALL, page_token=token or None
        )
        found += [Kept(run.info.run_id, run.data.params, run.data.tags) for run in page]
        token = page.token or ""
        if not token:
            return found


def _ledger(store: Store, client: AbstractStore, model: str) -> str:
    """The run that is the ledger of the model, made if there is none."""
    index = _index(client)
    if index is None:
        index = _make_index(store, client)
    known = _run(client, index).entries.get(_name(model))
    if known is not None:
        return known
    made = _make_run(store, client, model, {MODEL: model})
    settled = _set_once(client, index, _name(model), made)
    if settled != made:  # another was faster
        client.delete_run(made)
    return settled


def _index(client: AbstractStore) -> str | None:
    """The run that is the index; also where its experiment was deleted, which changes nothing."""
    found = asked(lambda: client.get_experiment_by_name(INDEX))
    return None if found is None else found.tags.get(INDEX_RUN)


def _make_index(store: Store, client: AbstractStore) -> str:
    from mlflow.entities import ExperimentTag
    from mlflow.exceptions import MlflowException

    made = _make_run(store, client, "index of ledgers", {})
    location = None if store.database is None else (store.root / "mlruns" / INDEX).as_uri()
    with contextlib.suppress(MlflowException):  # another was faster, or the answer was lost
        client.create_experiment(INDEX, location, [ExperimentTag(INDEX_RUN, made)])
    settled = _index(client)
    if settled is None:
        raise StoreError(f"the store does not take the experiment {INDEX!r}", hint="is it full or read-only?")
    if settled != made:
        client.delete_run(made)
    return settled


def _make_run(store: Store, client: AbstractStore, name: str, marks: dict[str, str]) -> str:
    from mlflow.entities import RunStatus, RunTag

    experiment = store.experiment_id(tags.LEDGER)
    now = int(time.time() * 1000)
    given = {tags.KIND: RunKind.LEDGER.value, tags.SOURCE_TYPE: "LOCAL", tags.RUN_NAME: name, **marks}
    listed = [RunTag(key, value) for key, value in given.items()]
    made = asked(lambda: client.create_run(experiment, user(), now, listed, name))
    run_id: str = made.info.run_id
    asked(lambda: client.update_run_info(run_id, RunStatus.FINISHED, now, name))
    return run_id


def _set_once(client: AbstractStore, run_id: str, key: str, value: str) -> str:
    """The parameter as it is once somebody has set it: this `value`, unless another was faster.

    Whatever a store says when two come at once, or when its answer is lost: what is there afterwards counts.
    """
    from mlflow.entities import Param
    from mlflow.exceptions import MlflowException

    problem: Exception | None = None
    for pause in pauses():
        try:
            client.log_param(run_id, Param(key, value))
        except MlflowException as error:
            problem = error
        found = _run(client, run_id)
        if key in found.entries:
            return found.entries[key]
        if found.gone:
            raise StoreError(found.gone, hint="nothing can be written to it")
        time.sleep(pause)
    raise StoreError(
        f"the ledger cannot be written: {plain(problem) if problem else 'its entry was lost'}",
        hint="try again once the store takes writes",
    )


def _run(client: AbstractStore, run_id: str) -> Kept:
    from mlflow.exceptions import MlflowException

    try:
        found = asked(lambda: client.get_run(run_id))
    except MlflowException:
        return Kept(run_id, gone=_lost(run_id))
    deleted = found.info.lifecycle_stage != "active"
    return Kept(run_id, found.data.params, found.data.tags, _deleted(run_id) if deleted else "")


def _read_direct(database: Database, model: str) -> Kept:
    try:
        with database.reading() as connection:
            row = connection.execute(
                "SELECT value FROM experiment_tags JOIN experiments USING (experiment_id) "
                "WHERE name = ? AND key = ? AND workspace = 'default'",
                [INDEX, INDEX_RUN],
            ).fetchone()
            if row is None:
                return Kept()
            index, name = row[0], _name(model)
            known = connection.execute(
                "SELECT value FROM params WHERE run_uuid = ? AND key = ?", [index, name]
            ).fetchone()
            if known is None:
                return Kept(gone="" if _stage(connection, index) == "active" else _lost(index))
            run_id, stage = known[0], _stage(connection, known[0])
            if stage is None:
                return Kept(run_id, gone=_lost(run_id))
            entries = connection.execute("SELECT key, value FROM params WHERE run_uuid = ?", [run_id])
            marks = connection.execute("SELECT key, value FROM tags WHERE run_uuid = ?", [run_id])
            return Kept(run_id, dict(entries), dict(marks), "" if stage == "active" else _deleted(run_id))
    except sqlite3.Error as error:
        raise StoreError(f"{database.path} cannot be read: {error}", hint="try again") from None


def _stage(connection: sqlite3.Connection, run_id: str) -> str | None:
    row = connection.execute("SELECT lifecycle_stage FROM runs WHERE run_uuid = ?", [run_id]).fetchone()
    return None if row is None else str(row[0])


def _lost(run_id: str) -> str:
    return f"the run {run_id[:8]}, which held the ledger, is gone; only a backup of the store has it"


def _deleted(run_id: str) -> str:
    return f"the ledger was deleted; restore it: mlflow runs restore --run-id {run_id}"


def _name(model: str) -> str:
    """Of the model in the index: names of parameters may not hold all that those of models may."""
    return f"model.{hashlib.blake2b(model.encode(), digest_size=16).hexdigest()}"


def _client(store: Store) -> AbstractStore:
    """MLflow's client of the store, behind which nothing waits: an entry must be in the store at once."""
    if not store.is_server:
        return store.client()._tracking_client.store
    store.client()
    from jupyter_mlops.tracking.rest import ShortStore

    return ShortStore(store.uri)
