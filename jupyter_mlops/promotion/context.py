"""What a gate is judged by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from jupyter_mlops.config import Config
from jupyter_mlops.entities import GateStatus, Identity, LedgerEntry, ModelVersion
from jupyter_mlops.tracking.model_content import content_digest
from jupyter_mlops.tracking.store import Store


@dataclass(frozen=True)
class Context:
    """A version on its way to an alias.

    `champion` is the version that the alias ``champion`` names now, `present` the one that `alias` names;
    None where there is none. `entries` is the model's ledger, `who` asks, `now` is the time (UTC). `tell`
    says in a line how far a long gate is. Judged `anew`, what was found before does not count.
    """

    store: Store
    config: Config
    version: ModelVersion
    champion: ModelVersion | None
    present: ModelVersion | None
    alias: str
    entries: tuple[LedgerEntry, ...]
    who: Identity
    now: datetime
    tell: Callable[[str], None] = lambda line: None
    anew: bool = False

    contents: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def label(self) -> str:
        """``NAME@VERSION``."""
        return f"{self.version.name}@{self.version.version}"

    def content(self, version: ModelVersion) -> str:
        """The digest of the version's files, looked at once.

        Raises:
            NotFound: they are gone.
        """
        if version.version not in self.contents:
            self.contents[version.version] = content_digest(self.store, version)
        return self.contents[version.version]


@dataclass(frozen=True)
class Verdict:
    """What a judge says of a gate, before it is given its name and time: see `entities.GateResult`."""

    status: GateStatus
    message: str
    details: tuple[str, ...] = ()
    evidence: Mapping[str, str] = field(default_factory=dict)


def decided(holds: bool, message: str, details: tuple[str, ...] = (), **evidence: str) -> Verdict:
    """`PASSED` where it holds, else `FAILED`."""
    return Verdict(GateStatus.PASSED if holds else GateStatus.FAILED, message, details, evidence)
