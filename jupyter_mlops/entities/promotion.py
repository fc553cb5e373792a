"""The nouns of promotion: gates, the ledger, replay, the model card, predictions, notices."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from jupyter_mlops.entities.base import Entity
from jupyter_mlops.entities.runs import Difference, ModelVersion


class Identity(Entity):
    """Who acts: a name, and what vouches for it (``jupyterhub``, ``github``, ``gitlab``, ``system``)."""

    name: str
    source: str

    def __str__(self) -> str:
        return f"{self.name} ({self.source})"


class Gate(Entity):
    """A condition that a promotion must pass: `name` as a person wrote it, `kind` which judge decides it,
    `options` what that judge is told. `place` says where it stands; one that stands nowhere is `implied`."""

    name: str
    kind: str
    options: Mapping[str, Any] = Field(default_factory=dict)
    place: str = ""
    implied: bool = False


class GateStatus(StrEnum):
    """What was decided of one gate. Only `PASSED` and `SKIPPED` let through."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"  # it could not be judged
    SKIPPED = "skipped"  # there is nothing to judge, such as no champion to compare with
    WAITING = "not judged"


class GateResult(Entity):
    """One gate, judged: `evidence` names runs, digests and figures that it was judged by. `key` is the digest
    of all that it depends on: with the same one it need not be judged again; "" where it always is."""

    name: str
    kind: str
    status: GateStatus
    message: str = ""
    details: tuple[str, ...] = ()
    evidence: Mapping[str, str] = Field(default_factory=dict)
    place: str = ""
    implied: bool = False
    key: str = ""
    judged: datetime | None = None
    seconds: float = 0.0

    @property
    def open(self) -> bool:
        """It lets the version through."""
        return self.status in {GateStatus.PASSED, GateStatus.SKIPPED}


class GateReport(Entity):
    """All gates of one version on its way to one alias. `champion` is the version that the alias ``champion``
    named, `present` the one that `alias` named. `run_id` is the run that keeps the evidence; None where
    nothing was kept."""

    model: str
    version: str
    alias: str
    champion: str | None = None
    present: str | None = None
    results: tuple[GateResult, ...] = ()
    run_id: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Every gate lets the version through."""
        return all(result.open for result in self.results)

    @property
    def told(self) -> str:
        """``7 passed, 1 failed``."""
        found = Counter(result.status for result in self.results)
        return ", ".join(f"{found[s]} {s.value}" for s in GateStatus if found[s]) or "no gates"

    @property
    def digest(self) -> str:
        """sha256 over all results: what the ledger keeps of them."""
        return digest_of(self.model_dump(mode="json"))


class LedgerAction(StrEnum):
    """What an entry of the ledger tells."""

    PROMOTE = "promote"
    OVERRIDE = "override"  # a promotion in spite of a gate
    ROLLBACK = "rollback"
    APPROVE = "approve"
    REJECT = "reject"


MOVING = frozenset({LedgerAction.PROMOTE, LedgerAction.OVERRIDE, LedgerAction.ROLLBACK})


class LedgerEntry(Entity):
    """One entry of a model's ledger.

    `alias` is the one that was moved; "" of approvals and rejections, "champion" of old ones.
    `number` counts from 1; `previous` is the hash of the entry before, "" of the first; `hash` is sha256 over
    all other fields. `gates` is the digest of the gate report, `gates_run` the run that keeps it;
    `overridden` names the gates that said no. `host` is the machine that wrote it. `registered` is when the
    version was made: a model that was deleted, and made anew, counts its versions from 1 again.
    """

    model: str
    number: int
    action: LedgerAction
    alias: str = "champion"
    who: str
    identity: str
    when: datetime
    from_version: str | None = None
    to_version: str
    gates: str | None = None
    gates_run: str | None = None
    overridden: tuple[str, ...] = ()
    reason: str | None = None
    host: str = ""
    registered: datetime | None = None
    previous: str = ""
    hash: str = ""

    def digest(self) -> str:
        """What `hash` must be."""
        return digest_of(self.model_dump(mode="json", exclude={"hash"}))

    @property
    def moves(self) -> bool:
        """It moved the alias."""
        return self.action in MOVING


class LedgerFinding(Entity):
    """What is wrong with a ledger: `kind` is ``changed``, ``removed``, ``reordered``, ``rewritten``,
    ``unreadable``, ``renamed`` or ``alias moved``."""

    kind: str
    message: str
    number: int | None = None


class History(Entity):
    """A model's ledger, oldest entry first. `findings` is None where it was not verified; `head` is the hash
    of the last entry. `aliases` are those of the registry now."""

    model: str
    entries: tuple[LedgerEntry, ...] = ()
    aliases: Mapping[str, str] = Field(default_factory=dict)
    head: str = ""
    findings: tuple[LedgerFinding, ...] | None = None
    notes: tuple[str, ...] = ()


class Promotion(Entity):
    """What became of a promotion, rejection, approval or rollback: the version now, the entry of the ledger
    (None of a dry run and of what was refused by a gate), the gates as judged."""

    version: ModelVersion
    entry: LedgerEntry | None = None
    gates: GateReport | None = None
    notes: tuple[str, ...] = ()


class ReplayVerdict(StrEnum):
    """What came of running a run again."""

    REPRODUCED = "reproduced"
    WITHIN = "drifted within tolerance"
    DIFFERENT = "not reproduced"
    IMPOSSIBLE = "can't be run"


class MetricReplay(Entity):
    """A metric of both runs; a side that lacks it is None. `within` tells whether they agree as demanded."""

    metric: str
    original: float | None
    replayed: float | None
    within: bool = False
    cell: int | None = None


class CellReplay(Entity):
    """A code cell whose outputs, or metrics, differ: its `index` in the notebook and its `number` among code
    cells, from 1; its first line; a unified diff of what it showed."""

    index: int
    number: int
    source: str
    diff: str = ""
    metrics: tuple[str, ...] = ()


class Replay(Entity):
    """A recorded run, run again headless from a clean kernel. `run_id` is the original, `replayed` the new
    run, None where it could not be run: `reason` says why. `cells` are those that differ, in order; `data`
    tells of data and outputs, `others` of those that are not the same in the replay. `failed` tells that no
    tolerance helps: the notebook failed in one of both only, or made or read less in the replay."""

    run_id: str
    label: str
    verdict: ReplayVerdict
    reason: str = ""
    replayed: str | None = None
    tolerance: float = 0.0
    metrics: tuple[MetricReplay, ...] = ()
    cells: tuple[CellReplay, ...] = ()
    data: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    environment: tuple[Difference, ...] = ()
    rebuilt: bool = False
    failed: bool = False
    when: datetime | None = None
    notes: tuple[str, ...] = ()


class CardSection(Entity):
    """One section of a model card, in Markdown; one that is `missing` says in `text` how to fill it, and so
    does `fill`, as a command where there is one."""

    key: str
    title: str
    text: str
    missing: bool = False
    fill: str = ""


class Card(Entity):
    """A model card. `front` is the YAML front matter in Hugging Face's form; `summary` comes before all
    sections, in Markdown; `pictures` are SVG documents by the name that sections refer to them by."""

    model: str
    version: str
    summary: str = ""
    front: Mapping[str, Any] = Field(default_factory=dict)
    sections: tuple[CardSection, ...] = ()
    pictures: Mapping[str, str] = Field(default_factory=dict)
    created: datetime | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """Titles of the sections that have nothing to tell."""
        return tuple(section.title for section in self.sections if section.missing)


class Scored(Entity):
    """Rows that a model, or two, answered. `answered` counts rows by version; `dataset` is the label of the
    dataset version that the predictions were kept as, `run_id` the run that links it."""

    model: str
    data: str
    output: str
    rows: int
    answered: Mapping[str, int] = Field(default_factory=dict)
    dataset: str | None = None
    run_id: str | None = None
    seconds: float = 0.0
    notes: tuple[str, ...] = ()


class Event(StrEnum):
    """What may be told to others."""

    PROMOTION = "promotion"
    ROLLBACK = "rollback"
    REJECTION = "rejection"
    APPROVAL = "approval"
    DRIFT = "drift"
    SCHEDULE = "schedule"
    TEST = "test"


class Notice(Entity):
    """Something that happened, and is recorded, told to whom it concerns: `subject` in a line, `facts` for
    machines."""

    event: Event
    subject: str
    text: str = ""
    when: datetime
    facts: Mapping[str, str] = Field(default_factory=dict)


class Delivery(Entity):
    """A notice on its way through one channel: `state` is ``sent``, ``waiting`` or ``given up``."""

    notice: str
    channel: str
    subject: str
    state: str
    tries: int = 0
    problem: str = ""
    when: datetime | None = None


def digest_of(value: Any) -> str:
    """sha256 of a JSON value, written in one way only."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def canonical(value: Any) -> str:
    """A JSON value, written in one way only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
