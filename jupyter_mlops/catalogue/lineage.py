"""From a model version back to its data, and from a data version on to every run and model built on it.

Data of one digest are the same: where they are known by several names, a link tells so. Each step asks for
all of one generation at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from jupyter_mlops.catalogue.finding import look_up, no_version_of
from jupyter_mlops.catalogue.names import parted
from jupyter_mlops.config import Config
from jupyter_mlops.entities import (
    FILE_DIGEST,
    DatasetVersion,
    Lineage,
    LineageLink,
    LineageNode,
    ModelVersion,
    Run,
)
from jupyter_mlops.exceptions import NotFound, did_you_mean
from jupyter_mlops.tracking import datasets, registry
from jupyter_mlops.tracking.replays import replay_runs
from jupyter_mlops.tracking.scorings import scorings
from jupyter_mlops.tracking.store import Store

_Content = tuple[str, str]  # name and digest
_SAME = "the same content as"
_SHORT = 8


def lineage(store: Store, config: Config, reference: str) -> Lineage:
    """What led to ``NAME@NUMBER`` of a dataset (or its newest version), or to ``NAME@VERSION`` or
    ``NAME@ALIAS`` of a model, and what came of it.

    Raises:
        NotFound: there is neither.
    """
    graph = _Graph(store)
    entry = look_up(store, reference)
    if entry is not None:
        start = graph.add_data(entry.version)
        content = (entry.version.name, entry.version.digest)
        graph.back(runs=graph.writers({content}))
        graph.forth({content})
    else:
        model = _model(store, config, graph.models, reference)
        start = graph.add_model(model)
        if model.run_id is not None:
            graph.link(graph.add_run(model.run_id), start, "made")
            graph.back(runs={model.run_id, *graph.parts(model.run_id)})
        graph.forth(graph.wrote(graph.asked({model.name: {model.version}})))
    return Lineage(start=start, nodes=graph.finished(), links=tuple(dict.fromkeys(graph.links)))


def _model(store: Store, config: Config, known: Iterable[ModelVersion], reference: str) -> ModelVersion:
    name, _, which = reference.partition("@")
    versions = [version for version in known if version.name == name]
    chosen = next((v for v in versions if not which or which == v.version or which in v.aliases), None)
    if chosen is not None:
        return chosen
    if versions:
        labels = [f"{name}@{each}" for v in versions for each in (v.version, *v.aliases)]
        raise NotFound(f"model {name!r} has no version {which!r}", hint=did_you_mean(reference, labels))
    if reference in config.datasets:
        raise no_version_of(reference)
    names = {entry.version.name for entry in datasets.entries(store)} | {version.name for version in known}
    raise NotFound(
        f"no dataset and no model {parted(reference)[0]!r}",
        hint=did_you_mean(name, names | set(config.datasets)),
    )


@dataclass
class _Graph:
    """Nodes and links found so far."""

    store: Store
    nodes: dict[str, LineageNode] = field(default_factory=dict)
    links: list[LineageLink] = field(default_factory=list)

    def __post_init__(self) -> None:
        known = datasets.entries(self.store)
        self._numbered = {(e.version.name, e.version.digest): e.version.number for e in known}
        self.models = [] if self.store.is_new else registry.list_models(self.store)
        self._answered = scorings(self.store, {model.name for model in self.models})
        self._replays = replay_runs(self.store)
        self._keys: dict[_Content, str] = {}
        self._made: dict[str, list[ModelVersion]] = defaultdict(list)
        for model in self.models:
            if model.run_id is not None:
                self._made[model.run_id].append(model)

    # -- the two directions

    def back(self, runs: Iterable[str]) -> None:
        """Follow the runs to the data that they read, to the runs that made those, and so on."""
        seen, generation = set(runs), set(runs)
        while generation:
            read: set[_Content] = set()
            for link in datasets.links_of_runs(self.store, generation):
                if not link.version.wrote:
                    self.link(self.add_data(link.version), self.add_run(link.run_id), _read(link.version))
                    read.add(_content(link.version))
            generation = (self.writers(read) | self._made_who_answered(generation)) - seen
            seen |= generation

    def forth(self, data: set[_Content]) -> None:
        """Follow the data to the runs that read them, to what those made, and so on."""
        seen, generation, runs = set(data), set(data), set[str]()
        while generation:
            read = [link for link in self._links(generation) if not link.version.wrote]
            for link in read:
                self.link(self.add_data(link.version), self.add_run(link.run_id), _read(link.version))
            for version in {_content(link.version): link.version for link in read}.values():
                if _content(version) not in seen:
                    self._same(generation, version)
                    seen.add(_content(version))
            fresh = {link.run_id for link in read} - runs
            runs |= fresh
            scored = self.asked(self._led_to_models(fresh)) - runs
            runs |= scored
            generation = self.wrote(fresh | scored) - seen
            seen |= generation

    def wrote(self, runs: set[str]) -> set[_Content]:
        """What these runs made, each linked to it."""
        made: set[_Content] = set()
        for link in datasets.links_of_runs(self.store, runs):
            if link.version.wrote:
                self.link(self.add_run(link.run_id), self.add_data(link.version), "wrote")
                made.add(_content(link.version))
        return made

    def asked(self, models: Mapping[str, Collection[str]]) -> set[str]:
        """The runs in which these versions, by the names of models, answered rows, each linked to them."""
        found = set()
        for scoring in self._answered:
            for version in models.get(scoring.model, ()):
                if version in scoring.rows and (model := self._version(scoring.model, version)):
                    self._answer(model, scoring.run_id, scoring.rows[version])
                    found.add(scoring.run_id)
        return found

    def _answer(self, model: ModelVersion, run_id: str, rows: int) -> str:
        """Link the version to the run in which it answered so many rows; the key of the version's node."""
        key = self.add_model(model)
        self.link(key, self.add_run(run_id), f"answered {rows:,} rows")
        return key

    def _made_who_answered(self, runs: set[str]) -> set[str]:
        """The runs that made the model versions which answered in these runs."""
        found = set()
        for scoring in self._answered:
            for version, rows in scoring.rows.items() if scoring.run_id in runs else ():
                model = self._version(scoring.model, version)
                if model is not None:
                    key = self._answer(model, scoring.run_id, rows)
                    if model.run_id is not None:
                        self.link(self.add_run(model.run_id), key, "made")
                        found |= {model.run_id, *self.parts(model.run_id)}
        return found

    def _version(self, name: str, version: str) -> ModelVersion | None:
        return next((m for m in self.models if (m.name, m.version) == (name, version)), None)

    def writers(self, data: set[_Content]) -> set[str]:
        """The runs that made any of these data: by that name, or if none did by another."""
        links = self._links(data)
        readers = {(link.run_id, link.version.digest) for link in links if not link.version.wrote}
        wrote = [link for link in links if link.version.wrote]
        made = {_content(link.version) for link in wrote} & data
        found = set()
        for link in wrote:
            content, digest = _content(link.version), link.version.digest
            if content not in data:
                nameless = {each for each in data - made if each[1] == digest}
                if not nameless or (link.run_id, digest) in readers:  # it passed on what was there
                    continue
                self._same(nameless, link.version, back=True)
            self.link(self.add_run(link.run_id), self.add_data(link.version), "wrote")
            found.add(link.run_id)
        return found

    def parts(self, run_id: str) -> set[str]:
        """The runs that are parts of this one, each linked to it."""
        found = datasets.children_of(self.store, [run_id])
        for child in found:
            self.link(self.add_run(child.run_id), self.add_run(run_id), "part of")
        return {child.run_id for child in found}

    def _led_to_models(self, runs: set[str]) -> Mapping[str, Collection[str]]:
        """Versions, by the names of models, that were registered of these runs, or of the runs that they are
        parts of."""
        found: dict[str, set[str]] = defaultdict(set)
        for run in datasets.runs_by_id(self.store, runs):
            for model in self._made.get(run.run_id, ()):
                self.link(self.add_run(run.run_id), self.add_model(model), "made")
                found[model.name].add(model.version)
            for model in self._made.get(run.parent or "", ()):
                parent = self.add_run(str(run.parent))
                self.link(self.add_run(run.run_id), parent, "part of")
                self.link(parent, self.add_model(model), "made")
                found[model.name].add(model.version)
        return found

    def _links(self, data: set[_Content]) -> list[datasets.Link]:
        links = datasets.links_of_data(self.store, {digest for _, digest in data})
        return [link for link in links if link.run_id not in self._replays]

    def _same(self, data: set[_Content], version: DatasetVersion, *, back: bool = False) -> None:
        """Link those of the data that have the version's content to it; with `back` it to them."""
        for content in sorted(data):
            if content[1] == version.digest:
                one, other = self._keys[content], self.add_data(version)
                self.link(*((other, one) if back else (one, other)), _SAME)

    # -- nodes

    def link(self, source: str, target: str, label: str) -> None:
        """Add a link between the nodes with these keys."""
        self.links.append(LineageLink(source=source, target=target, label=label))

    def add_data(self, version: DatasetVersion) -> str:
        """The key of the version's node."""
        number = self._numbered.get(_content(version), version.number)
        digest = version.digest.removeprefix(FILE_DIGEST)[:_SHORT]
        key = f"{version.name}:{digest}" if number is None else f"{version.name}@{number}"
        rows = "" if version.rows is None else f"{version.rows:,} rows"
        self._keys[_content(version)] = key
        if key not in self.nodes:
            self.nodes[key] = LineageNode(key=key, kind="dataset", name=version.name, detail=rows)
        return key

    def add_run(self, run_id: str) -> str:
        """The key of the run's node, which `finished` fills in."""
        self.nodes.setdefault(run_id, LineageNode(key=run_id, kind="run", name=run_id[:_SHORT]))
        return run_id

    def add_model(self, model: ModelVersion) -> str:
        """The key of the model version's node."""
        key = f"model:{model.name}@{model.version}"
        self.nodes[key] = LineageNode(
            key=key, kind="model", name=f"{model.name}@{model.version}", detail=", ".join(model.aliases)
        )
        return key

    def finished(self) -> tuple[LineageNode, ...]:
        """All nodes; runs with their names."""
        wanted = [key for key, node in self.nodes.items() if node.kind == "run"]
        for run in datasets.runs_by_id(self.store, wanted):
            self.nodes[run.run_id] = _run_node(run)
        return tuple(self.nodes.values())


def _run_node(run: Run) -> LineageNode:
    began = f"{run.started:%Y-%m-%d %H:%M}" if run.started else ""
    detail = ", ".join(filter(None, [run.status.value, run.notebook or run.kind.value, began]))
    return LineageNode(key=run.run_id, kind="run", name=run.name, detail=detail)


def _content(version: DatasetVersion) -> _Content:
    return version.name, version.digest


def _read(version: DatasetVersion) -> str:
    return f"read as {version.context}" if version.context else "read"
