"""`Datasets`: the verbs of the catalogue, one short method each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jupyter_mlops.catalogue.adding import add
from jupyter_mlops.catalogue.finding import find
from jupyter_mlops.catalogue.keeping import kept
from jupyter_mlops.catalogue.lineage import lineage
from jupyter_mlops.catalogue.names import check_tags
from jupyter_mlops.catalogue.opening import Data, is_lost, open_data
from jupyter_mlops.catalogue.pending import enter_waiting
from jupyter_mlops.catalogue.sources import given
from jupyter_mlops.config import Config
from jupyter_mlops.data.diff import diff_tables
from jupyter_mlops.entities import DataDiff, DatasetDetails, DatasetUse, DatasetVersion, Lineage
from jupyter_mlops.entities.panels import DatasetPage, DatasetSummary
from jupyter_mlops.exceptions import NotFound, did_you_mean
from jupyter_mlops.letters import without_passwords
from jupyter_mlops.provenance import display_path
from jupyter_mlops.tracking import datasets
from jupyter_mlops.tracking.datasets import Entry
from jupyter_mlops.tracking.store import Store


class Datasets:
    """The datasets of the project with this store and configuration."""

    def __init__(self, store: Store, config: Config) -> None:
        self.store = store
        self.config = config

    def add(
        self,
        what: Any,
        *,
        name: str | None = None,
        key: Sequence[str] = (),
        ordered: bool | None = None,
        tags: Mapping[str, str] = {},
        source: str | None = None,
        sql: str | None = None,
        report: Callable[[str], None] = lambda line: None,
    ) -> DatasetVersion:
        """Catalogue the data as they are now: a new version if the dataset does not have their content yet,
        else the version that has it; tags that are given are added.

        Args:
            what: a dataset of ``mlops.yaml``, a file or folder, a URL, or a DataFrame or other table.
            name: of the dataset; by default the file's, without its ending.
            key: the columns that tell rows apart; no two rows may have the same values in them.
            ordered: whether the order of rows counts.
            tags: such as owner, pii, licence.
            source: where the data come from, if that is to be told otherwise.
            sql: a query; `what` is the URL of the database then, as SQLAlchemy has it.
            report: told in a line what was done.

        Raises:
            NotFound: there are no such data.
            Refused: they cannot be read; the catalogue is as it was.
        """
        settings: dict[str, Any] = {
            "key": key,
            "ordered": ordered,
            "tags": tags,
            "source": source,
            "sql": sql,
        }
        found = given(self.store, self.config, what, name=name, **settings)
        self.store.check_answers()
        added = add(self.store, found)
        label = added.version.label
        report(f"{label}: {'a new version' if added.new else 'it has this content already'}")
        if added.unkept:
            report(added.unkept)
        for note in added.notes:
            report(note)
        return added.version

    def list(self, name: str | None = None) -> Sequence[DatasetVersion]:
        """The versions of all datasets, or of one, by name and number.

        Raises:
            NotFound: there is no dataset of that name.
        """
        self._settle()
        found = [entry.version for entry in datasets.entries(self.store, name)]
        if name is not None and not found and name not in self.config.datasets:
            known = {version.name for version in self.list()} | set(self.config.datasets)
            raise NotFound(f"no dataset {name!r}", hint=did_you_mean(name, known))
        return found

    def show(self, reference: str, *, reading: bool = True) -> DatasetDetails:
        """All that is known of ``NAME@NUMBER``, or of the newest version of ``NAME``. Without `reading` a
        source counts as what it was as long as it is there, whatever it holds by now.

        Raises:
            NotFound: there is none.
        """
        self._settle()
        return self._details(find(self.store, self.config, reference), reading=reading)

    def _details(self, entry: Entry, *, reading: bool) -> DatasetDetails:
        return DatasetDetails(
            version=entry.version,
            profile=datasets.read_profile(self.store, entry),
            uses=self._uses(entry),
            content=self._content(entry),
            gone=is_lost(self.store, self.config, entry.version, reading=reading),
        )

    def summaries(self) -> Sequence[DatasetSummary]:
        """Each dataset, by name: those of ``mlops.yaml``, also where they have no version yet, and those that
        have one.

        Raises:
            StoreError: the store cannot be read.
        """
        self.store.check_answers()
        by_name: dict[str, Sequence[DatasetVersion]] = dict.fromkeys(self.config.datasets, ())
        for version in self.list():
            by_name[version.name] = (*by_name.get(version.name, ()), version)
        return [self._summary(name, by_name[name]) for name in sorted(by_name)]

    def _summary(self, name: str, versions: Sequence[DatasetVersion]) -> DatasetSummary:
        declared, newest = self.config.datasets.get(name), versions[-1] if versions else None
        source = (
            without_passwords(declared.source) if declared is not None else newest.source if newest else ""
        )
        return DatasetSummary(
            name=name,
            versions=len(versions),
            newest=newest,
            declared=declared is not None,
            source=source,
        )

    def page(self, name: str, number: int | None = None) -> DatasetPage:
        """A dataset with its versions, newest first, and all that is known of that number, or of the newest;
        as `show` tells without reading. One of ``mlops.yaml`` may have none yet.

        Raises:
            NotFound: there is no such dataset, or no such version of it.
            StoreError: the store cannot be read.
        """
        self.store.check_answers()
        self._settle()
        known = datasets.entries(self.store, name)
        if number is None and not known and name in self.config.datasets:
            return DatasetPage(name=name)
        chosen = find(self.store, self.config, name if number is None else f"{name}@{number}")
        return DatasetPage(
            name=name,
            versions=tuple(entry.version for entry in reversed(known)),
            details=self._details(chosen, reading=False),
        )

    def diff(self, left: Any, right: Any, *, key: Sequence[str] = ()) -> DataDiff:
        """What separates two versions, or two paths, URLs or tables: rows, columns, values, distributions.

        Args:
            left: the one; see `open`.
            right: the other.
            key: the columns that tell rows apart; by default those of either version.

        Raises:
            NotFound: there is nothing like that.
            Refused: one cannot be read as a table, or its content is gone.
        """
        sides = self.open(left), self.open(right)
        own = next((side.version.key for side in sides if side.version.key), ())
        labels = (sides[0].label or "left", sides[1].label or "right")
        found = diff_tables(sides[0].table, sides[1].table, key=tuple(key) or own, labels=labels)
        notes = [note for side in sides for note in side.notes]
        return found.model_copy(update={"notes": (*notes, *found.notes)})

    def lineage(self, reference: str) -> Lineage:
        """What led to ``NAME@NUMBER`` of a dataset (or its newest version), or to ``NAME@VERSION`` or
        ``NAME@ALIAS`` of a model, and what came of it.

        Raises:
            NotFound: there is neither.
        """
        self._settle()
        return lineage(self.store, self.config, reference)

    def tag(
        self,
        reference: str,
        tags: Mapping[str, str],
        *,
        remove: Sequence[str] = (),
        report: Callable[[str], None] = lambda line: None,
    ) -> DatasetVersion:
        """Set tags on ``NAME@NUMBER``, or on the newest version of ``NAME``, and take some off; `report` is
        told of those that it did not have.

        Raises:
            NotFound: there is no such version.
            UsageError: a tag has a name that will not do.
        """
        entry = find(self.store, self.config, reference)
        changed = datasets.retag(self.store, entry, check_tags(tags), remove).version
        for name in remove:
            if name not in entry.version.tags:
                report(f"{changed.label} had no tag {name!r}: {did_you_mean(name, entry.version.tags)}")
        return changed

    def open(self, what: Any, *, name: str | None = None) -> Data:
        """The data of ``NAME@NUMBER``; of ``NAME``, which of a dataset of ``mlops.yaml`` is its source as it
        is now and of any other the newest version; or of a file, URL or table.

        Raises:
            NotFound: there is nothing like that.
            Refused: it cannot be read, or the content of that version is gone.
        """
        return open_data(self.store, self.config, what, name=name)

    def _settle(self) -> None:
        """Enter what waits for the server, if that is there."""
        enter_waiting(self.store)

    def _uses(self, entry: Entry) -> tuple[DatasetUse, ...]:
        version = entry.version
        links = datasets.links_of_data(self.store, [version.digest])
        runs = {run.run_id: run for run in datasets.runs_by_id(self.store, [link.run_id for link in links])}
        return tuple(
            DatasetUse(
                run_id=link.run_id,
                name=runs[link.run_id].name,
                context=link.version.context,
                wrote=link.version.wrote,
                started=runs[link.run_id].started,
                named=link.version.name if link.version.name != version.name else "",
            )
            for link in links
            if link.run_id in runs
        )

    def _content(self, entry: Entry) -> str | None:
        copy = kept(self.store, entry.version)
        return None if copy is None else display_path(self.store.root, copy)
