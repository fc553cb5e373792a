"""Registered models as a page shows them."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_mlops.entities import Card, GateReport, LedgerEntry, ModelVersion, RunDiff
from jupyter_mlops.entities.panels import CardPage, ModelDetails, ModelSummary
from jupyter_mlops.exceptions import ConfigError, NotFound, NothingYet, did_you_mean
from jupyter_mlops.project.carding import Carding
from jupyter_mlops.tracking import registry
from jupyter_mlops.tracking.registry import CHAMPION

_JUDGED = 30  # newest versions of which gates are told, beside those that have an alias


class Modelling(Carding):
    """Registered models as a page shows them. Nothing of it loads a model, or moves an alias."""

    def model_summaries(self) -> list[ModelSummary]:
        """Every registered model that has a version, by name.

        Raises:
            StoreError: the store cannot be read.
        """
        from jupyter_mlops.promotion.gate_reports import GATES
        from jupyter_mlops.promotion.overview import rejected

        by_name: dict[str, list[ModelVersion]] = {}
        for version in self._versions():
            by_name.setdefault(version.name, []).append(version)
        newest = {name: found[0] for name, found in by_name.items()}
        closed = rejected(self.store, newest) if newest else ()
        return [
            ModelSummary(
                name=name,
                versions=len(found),
                newest=found[0],
                aliases=_aliases(found),
                gates=found[0].tags.get(GATES, ""),
                rejected=name in closed,
            )
            for name, found in sorted(by_name.items())
        ]

    def model_details(self, name: str) -> ModelDetails:
        """The versions of a model, the gates of the newest, and of those that have an alias, as far as they
        were judged, and its ledger with all that is wrong with that. Of a model that only ``mlops.yaml``
        knows, what its first version will have to pass.

        Raises:
            NotFound: there is no such model.
            StoreError: the store cannot be read.
        """
        from jupyter_mlops.promotion import ledger, overview

        versions = tuple(version for version in self._versions(name) if version.name == name)
        told: dict[str, Any] = {"name": name, "versions": versions, "higher": _higher(versions)}
        try:
            told["listed"] = overview.listed(self.config, name, self.store)
        except ConfigError as error:
            told["note"] = f"{error} ({error.hint})" if error.hint else str(error)
        if not versions:
            return self._without_versions(told)
        history = ledger.verify(self.store, name)
        told["history"] = history
        if "note" not in told:
            told["gates"] = overview.reports(self.store, self.config, _shown(versions), history.entries)
        told["closed"] = _closed(versions, history.entries, told.get("gates", {}))
        return ModelDetails(**told)

    def _without_versions(self, told: dict[str, Any]) -> ModelDetails:
        name = told["name"]
        if name not in self.config.models:
            known = {*self.config.models, *(version.name for version in self._versions())}
            raise NotFound(f"no registered model {name!r}", hint=did_you_mean(name, known))
        note = f"no version of it is registered yet: jupyter mlops run NOTEBOOK --register {name}"
        return ModelDetails(**{"note": note, **told})

    def model_changes(self, name: str, version: str = "") -> RunDiff:
        """What the run of a version, by default the newest, has otherwise than that of the champion, which is
        the left side.

        Raises:
            NotFound: no such model, version or alias.
            NothingYet: there is no champion, or it is that.
        """
        from jupyter_mlops.promotion.changes import changes

        found = self._version(name, version)
        champion = next((each for each in self._versions(name) if CHAMPION in each.aliases), None)
        told = changes(self.store, found, champion)
        if told is None:
            hint = f"make one: jupyter mlops promote {name}"
            raise NothingYet(f"{name} has no champion to compare with", hint=hint)
        return told

    def card_page(self, name: str, version: str = "") -> CardPage:
        """The card of a version, by default the champion, else the newest, as Markdown for a page: pictures
        are in it, metrics are those that are recorded.

        Raises:
            NotFound: no such model, version or alias.
        """
        from jupyter_mlops.promotion.card.document import as_markdown

        if not version:
            champions = [each.version for each in self._versions(name) if CHAMPION in each.aliases]
            version = next(iter(champions), "")
        found = self._version(name, version)
        card = self.card(f"{found.name}@{found.version}", measure=False)
        document = as_markdown(card.model_copy(update={"front": {}}), _pictures(card))
        return CardPage(
            model=card.model, version=card.version, markdown=_without_front(document), missing=card.missing
        )

    def _version(self, name: str, version: str) -> ModelVersion:
        if self.store.is_new:
            raise NotFound(f"no registered model {name!r}", hint="there are none")
        return registry.find_version(self.store, f"{name}@{version}" if version else name)

    def _versions(self, name: str | None = None) -> Sequence[ModelVersion]:
        """Of all models, or of one, newest first within a model; none of one that there is not."""
        if self.store.is_new:
            return []
        self.store.check_answers()
        try:
            return registry.list_models(self.store, name)
        except NotFound:
            return []


def _aliases(versions: Sequence[ModelVersion]) -> dict[str, str]:
    return {alias: each.version for each in reversed(versions) for alias in each.aliases}


def _shown(versions: Sequence[ModelVersion]) -> list[ModelVersion]:
    return [each for place, each in enumerate(versions) if place < _JUDGED or each.aliases]


def _higher(versions: Sequence[ModelVersion]) -> dict[str, bool]:
    from jupyter_mlops.evaluation.metrics import higher_is_better

    told = {name: higher_is_better(name) for name in {name for each in versions for name in each.metrics}}
    return {name: higher for name, higher in sorted(told.items()) if higher is not None}


def _pictures(card: Card) -> dict[str, str]:
    from jupyter_mlops.promotion.card.pictures import as_file

    return {
        name: f"data:image/svg+xml;base64,{base64.b64encode(as_file(picture).encode()).decode()}"
        for name, picture in card.pictures.items()
    }


def _without_front(document: str) -> str:
    """Without the YAML between the first lines ``---``, which a page would show as text."""
    return document.partition("\n---\n")[2].lstrip("\n")


def _closed(
    versions: Sequence[ModelVersion], entries: Sequence[LedgerEntry], reports: Mapping[str, GateReport]
) -> dict[str, str]:
    from jupyter_mlops.promotion.overview import why_closed
    from jupyter_mlops.promotion.standing import rejection

    found = {}
    for each in versions:
        if CHAMPION in each.aliases:
            continue
        standing = rejection(entries, each)
        said = f"{standing.who} rejected it: {standing.reason or 'no reason'}" if standing is not None else ""
        if why := why_closed(reports[each.version]) if each.version in reports else said:
            found[each.version] = why
    return found
