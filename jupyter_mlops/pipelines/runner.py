"""A pipeline, run or only looked at: what is asked, by which engine."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlops.config import STATE_FOLDER, Config
from jupyter_mlops.data.contents import Contents, open_contents
from jupyter_mlops.entities import PipelineRun
from jupyter_mlops.execution.signals import Signals
from jupyter_mlops.pipelines.cache import Cache
from jupyter_mlops.pipelines.declared import build, declared
from jupyter_mlops.pipelines.driver import Driver, Watch
from jupyter_mlops.pipelines.engines.base import Engine
from jupyter_mlops.pipelines.engines.local import LocalEngine
from jupyter_mlops.pipelines.graph import Graph, asked_for
from jupyter_mlops.pipelines.linking import Inputs
from jupyter_mlops.pipelines.locks import tidy
from jupyter_mlops.pipelines.planning import Planner
from jupyter_mlops.pipelines.recorded import Recorded
from jupyter_mlops.provenance.hardware import hardware
from jupyter_mlops.tracking import leases
from jupyter_mlops.tracking.store import Store

OUTPUTS = "outputs"  # below the project's state folder: what steps have made, by content

Began = Callable[[str, Mapping[str, tuple[str, ...]]], None]
OpenEngine = Callable[[Store, Contents], Engine]


@dataclass(frozen=True)
class Asked:
    """What is asked of a pipeline: parameters as `text` or typed `values`, which steps, by which engine.

    `engine` opens another one than the local; `workers` is how many attempts of that may run at once. `marks`
    are tags of its run, whose id `begun` gets before any step. `source` is a folder laid out as the
    project, in which notebooks and what they import lie, where they are not those of now.
    """

    text: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    only: Sequence[str] = ()
    start: str | None = None
    force: bool = False
    workers: int | None = None
    engine: OpenEngine | None = None
    marks: Mapping[str, str] = field(default_factory=dict)
    begun: Callable[[str], None] = lambda run_id: None
    source: Path | None = None


def contents_of(store: Store, config: Config) -> Contents:
    """Where the project keeps what its steps have made."""
    return open_contents(config.storage, store.root / STATE_FOLDER / OUTPUTS)


def look_at(name: str, store: Store, config: Config, asked: Asked) -> PipelineRun:
    """What would be run, and why; nothing is.

    Raises:
        Refused: see `declared.build`.
    """
    graph = build(config, name, store.root, asked.text, asked.values)
    active = asked_for(graph, asked.only, asked.start)
    driver = Driver(
        _planner(graph, store, config, contents_of(store, config)), None, Signals(), active, force=asked.force
    )
    driver.drive()
    return PipelineRun(pipeline=name, steps=driver.steps(), edges=graph.edges)


def run_pipeline(
    name: str,
    store: Store,
    config: Config,
    asked: Asked,
    watch: Watch = lambda step: None,
    began: Began = lambda name, edges: None,
) -> PipelineRun:
    """Run the pipeline, recorded; what became of each step. A step that failed is told, not raised.
    `began` is called before the first step is told, with what comes after what.

    Raises:
        Refused: nothing was run and nothing recorded.
    """
    leases.reconcile(store)
    tidy(store)
    pipeline = declared(config, name, store.root)
    graph = build(config, name, store.root, asked.text, asked.values, asked.source)
    active = asked_for(graph, asked.only, asked.start)
    contents = contents_of(store, config)
    contents.check()
    contents.sweep()
    planner = _planner(graph, store, config, contents, asked.source)
    workers = asked.workers or pipeline.workers or hardware().cores
    with Signals() as signals, _engine(store, contents, graph, workers, asked.engine) as engine:
        signals.tell(engine.cancel)
        driver = Driver(
            planner, engine, signals, active, experiment=pipeline.experiment, force=asked.force, watch=watch
        )
        driver.check()
        began(name, graph.edges)
        return Recorded(name, store, driver, pipeline.registration, asked.marks, asked.begun).run()


def _planner(
    graph: Graph, store: Store, config: Config, contents: Contents, source: Path | None = None
) -> Planner:
    cache = Cache(store, contents, source)
    cache.read_all(graph.name)
    return Planner(graph, store.root, cache, store.root / STATE_FOLDER, Inputs(store, config))


@contextlib.contextmanager
def _engine(
    store: Store, contents: Contents, graph: Graph, workers: int, opener: OpenEngine | None
) -> Iterator[Engine]:
    if opener is not None:
        engine = opener(store, contents)
    else:
        points = sum(len(node.points) for node in graph.nodes.values())
        engine = LocalEngine(store, contents, workers, several=points > 1)
    try:
        yield engine
    except BaseException:
        engine.cancel(signal.SIGTERM)  # else closing would wait for what runs to its end
        raise
    finally:
        engine.close()
