"""The nouns of the list of models."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from jupyter_mlops.entities.base import Entity
from jupyter_mlops.entities.promotion import GateReport, History
from jupyter_mlops.entities.runs import ModelVersion


class ModelSummary(Entity):
    """A registered model: how many versions, the newest, and the version of each alias. `gates` tells what
    the newest version's gates said last; `rejected` that somebody closed it."""

    name: str
    versions: int
    newest: ModelVersion
    aliases: Mapping[str, str] = Field(default_factory=dict)
    gates: str = ""
    rejected: bool = False


class ModelDetails(Entity):
    """A registered model: its versions, newest first; the gates of each as they were last judged, by version;
    its ledger. `closed` tells by version why it is not open to promotion, such as a rejection; `higher` by
    metric whether more of it is better, where that can be told."""

    name: str
    versions: tuple[ModelVersion, ...] = ()
    gates: Mapping[str, GateReport] = Field(default_factory=dict)
    listed: GateReport | None = None
    history: History | None = None
    closed: Mapping[str, str] = Field(default_factory=dict)
    higher: Mapping[str, bool] = Field(default_factory=dict)
    note: str = ""


class Decision(Entity):
    """What is to be decided of a version, or of a model's alias `to`. `override` promotes in spite of gates
    that say no, and needs a reason."""

    version: str = Field(default="", max_length=100)
    to: str = Field(default="champion", max_length=100)
    reason: str | None = Field(default=None, max_length=2000)
    override: bool = False


class CardQuery(Entity):
    """A version, or alias; by default the champion, else the newest."""

    version: str = Field(default="", max_length=100)


class CardPage(Entity):
    """A model card as Markdown, with what is missing in it."""

    model: str
    version: str
    markdown: str
    missing: tuple[str, ...] = ()
