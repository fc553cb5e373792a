"""What the promotion panel knows of a model: read from the project, told as JSON."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from jupyter_mlops.drawing import clean
from jupyter_mlops.entities import GateReport, GateResult, History, ModelVersion
from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.promotion.gate_reports import kept_report
from jupyter_mlops.promotion.gates import UNGATED
from jupyter_mlops.promotion.overview import closed
from jupyter_mlops.promotion.standing import last_move, previous
from jupyter_mlops.tracking import registry
from jupyter_mlops.tracking.registry import CHAMPION
from jupyter_mlops.widgets import promotion_state as plain

if TYPE_CHECKING:
    from jupyter_mlops.project import Project


class Known:
    """The versions of `model`, its ledger, and of each version that was looked at the gates and what changed
    against the one that `alias` points at. Any thread may read and ask."""

    def __init__(self, model: str, alias: str, chosen: str = "") -> None:
        self.model = model
        self.alias = alias
        self.chosen = chosen
        self.versions: tuple[ModelVersion, ...] = ()
        self.history = History(model=model)
        self._guard = threading.RLock()
        self._reports: dict[str, GateReport] = {}
        self._changes: dict[tuple[str, str], plain.Plain] = {}
        self._judging: tuple[str, frozenset[str]] = ("", frozenset())

    @classmethod
    def read(cls, project: Project, reference: str, alias: str) -> Known:
        """All that is there of ``NAME``, where the newest version that the alias does not point at is chosen,
        of ``NAME@VERSION`` or of ``NAME@ALIAS``.

        Raises:
            NotFound: no such model, version or alias.
            Refused: MLflow does not allow the alias.
        """
        if alias not in {CHAMPION, *UNGATED}:
            registry.check_alias(alias)
        model, _, which = reference.partition("@")
        named = which and not project.store.is_new
        chosen = registry.find_version(project.store, reference).version if named else ""
        known = cls(model, alias, chosen)
        if not project.store.is_new:
            known.load(project)
        if not known.versions:
            hint = "register one: jupyter mlops run NOTEBOOK --register"
            raise NotFound(f"no model {model!r} with a version", hint=hint)
        return known

    @property
    def label(self) -> str:
        """``NAME@VERSION`` of the chosen version."""
        return f"{self.model}@{self.chosen}"

    @property
    def report(self) -> GateReport:
        """What is known of the gates of the chosen version."""
        known = self._reports.get(self.chosen)
        return known or GateReport(model=self.model, version=self.chosen, alias=self.alias)

    @property
    def champion(self) -> str:
        """The version that the alias points at; "" where it points at none."""
        return self.history.aliases.get(self.alias, "")

    @property
    def gated(self) -> bool:
        """Gates stand before the alias."""
        return self.alias not in UNGATED

    def __contains__(self, version: object) -> bool:
        return any(known.version == version for known in self.versions)

    def load(self, project: Project, *, verify: bool = False) -> None:
        """Read versions, ledger, and what is kept of the gates of the chosen version: where none is chosen,
        or it is gone, the newest that the alias does not point at."""
        versions = tuple(project.models(self.model))
        history = project.history(self.model, verify=verify)
        numbers = [version.version for version in versions]
        with self._guard:
            self._reports.clear()
            self.versions, self.history = versions, history
            if self.chosen not in numbers:
                others = (number for number in numbers if number != self.champion)
                self.chosen = next(others, numbers[0] if numbers else "")
        if self.chosen:
            self.look(project, self.chosen)

    def look(self, project: Project, version: str) -> None:
        """Read what is kept of that version."""
        self._read_gates(project, version)
        self._read_changes(project, version)

    def keep(self, report: GateReport | None) -> None:
        """It was judged so."""
        if report is not None:
            asked = [result for result in report.results if self.gated or result.kind == "not_rejected"]
            with self._guard:
                self._reports[report.version] = report.model_copy(update={"results": tuple(asked)})

    def judging(self, version: str) -> None:
        """Its gates are being judged, all of them; no version's for ""."""
        with self._guard:
            report = self._reports.get(version)
            names = frozenset(result.name for result in report.results) if report else frozenset()
            self._judging = (version, names)

    def judged(self, version: str, result: GateResult) -> None:
        """One of its gates is."""
        with self._guard:
            self._judging = (version, self._judging[1] - {result.name})
            report = self._reports.get(version)
            if report is not None:
                results = [result if known.name == result.name else known for known in report.results]
                self._reports[version] = report.model_copy(update={"results": tuple(results)})

    def unmoved(self, project: Project, seen: str) -> None:
        """Nobody decides on what the page does not show.

        Raises:
            Refused: the alias does not point at `seen` any more.
        """
        history = project.history(self.model)
        found = history.aliases.get(self.alias, "")
        if found == seen:
            return
        last = last_move(history.entries, self.alias)
        by = f" by {last.who}" if last is not None and last.to_version == found else ""
        raise Refused(
            f"{self.alias} was moved from {seen or 'no version'} to {found or 'no version'} meanwhile{by}",
            hint="look again, then decide",
        )

    def overview(self) -> plain.Plain:
        """The model as a whole."""
        with self._guard:
            metrics, versions = plain.plain_versions(
                self._shown(), self.champion, self._reports, self.history.entries
            )
            return {
                "model": clean(self.model, 200),
                "alias": clean(self.alias, 60),
                "champion": plain.plain_champion(self.history, self.alias),
                "metrics": metrics,
                "versions": versions,
                "more": len(self.versions) - len(versions),
                "history": plain.plain_history(self.history),
                "back": previous(self.history.entries, self.alias, self.champion or None) or "",
            }

    def detail(self) -> plain.Plain:
        """The chosen version."""
        with self._guard:
            version, champion = self.chosen, self.champion
            report = self._reports.get(version)
            judging = self._judging[1] if self._judging[0] == version else frozenset()
            # one that got there by other means is promoted still, for the ledger to tell
            itself = version == champion and plain.plain_champion(self.history, self.alias)["known"]
            changes = self._changes.get((version, champion))
            return {
                "version": version,
                "gates": plain.plain_gates(report, judging) if report else [],
                "notes": [clean(note, 500) for note in report.notes] if report else [],
                "summary": plain.plain_summary(report)["text"],
                "why": plain.why_not(report, self.label, is_champion=itself, alias=self.alias),
                "closed": bool(report and closed(report) and not itself),
                "changes": changes or plain.plain_changes(None, "It is being read …"),
            }

    def _shown(self) -> tuple[ModelVersion, ...]:
        """The newest versions, those with an alias, and the chosen one: each change sends them all anew."""
        return tuple(
            version
            for place, version in enumerate(self.versions)
            if place < plain.NEWEST or version.aliases or version.version == self.chosen
        )

    def _read_gates(self, project: Project, version: str) -> None:
        if version in self._reports:
            return
        found = next((known for known in self.versions if known.version == version), None)
        if found is None:  # it is gone: the next look at all versions chooses another
            return
        passed = kept_report(project.store, found, self.alias) if version == self.champion else None
        if passed is not None:
            self.keep(passed)  # what it became champion with: it is not to be compared with itself
        else:
            self.keep(project.gates(f"{self.model}@{version}", to=self.alias, judge=False))

    def _read_changes(self, project: Project, version: str) -> None:
        """What separates it from the champion; read once."""
        from jupyter_mlops.promotion.changes import changes

        champion = self.champion
        if not version or (version, champion) in self._changes:
            return
        found = {known.version: known for known in self.versions}
        if version == champion:
            told = plain.plain_changes(None, f"It is the {self.alias}.")
        elif version not in found:
            return
        elif champion not in found:
            told = plain.plain_changes(None, f"There is no {self.alias} to compare with.")
        else:
            told = plain.plain_changes(changes(project.store, found[version], found[champion]))
        with self._guard:
            self._changes[version, champion] = told
