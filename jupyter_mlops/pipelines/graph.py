"""A pipeline as it is declared, made sure of before anything runs: its steps, what each needs from which
other one, and the points of its grids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from jupyter_mlops.entities import Step
from jupyter_mlops.exceptions import Refused, did_you_mean
from jupyter_mlops.notebooks.document import Notebook
from jupyter_mlops.notebooks.parts import Part
from jupyter_mlops.pipelines.conditions import Condition

VARIABLE = "variable "  # begins the name of an output that is a variable, passed between parts of a notebook


@dataclass(frozen=True)
class Source:
    """Where an input comes from: the `output` of a `step`, or what of it lies `below`; else only a `place`,
    a path or URL. `within` are steps that write into it, where it is a folder."""

    place: str
    step: str | None = None
    output: str = ""
    below: str = ""
    within: tuple[str, ...] = ()

    @property
    def is_remote(self) -> bool:
        """It is behind a URL."""
        return "://" in self.place


@dataclass(frozen=True)
class Point:
    """One combination of a grid's values, or the only one, without a `label`; `parameters` are all that the
    notebook is given, as source text, without inputs and outputs."""

    label: str
    values: Mapping[str, Any]
    text: Mapping[str, str]
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class Node:
    """One step, checked: `outputs` map names to the place where each is published, if it is; `modules` tells
    what its imports would find in the project."""

    name: str
    step: Step
    path: Path
    notebook: Notebook
    kernel: str
    cells: tuple[tuple[int, str], ...]  # of code: number as a person counts, digest
    modules: str = ""
    part: Part | None = None
    inputs: Mapping[str, Source] = field(default_factory=dict)
    outputs: Mapping[str, Path | None] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    condition: Condition | None = None
    points: tuple[Point, ...] = ()


@dataclass(frozen=True)
class Graph:
    """The steps of a pipeline by name, in topological order."""

    name: str
    nodes: Mapping[str, Node]
    declared: Mapping[str, Any]  # parameters of the pipeline
    asked: Mapping[str, Any]  # parameters that whoever runs it gave

    @property
    def parameters(self) -> dict[str, Any]:
        """The pipeline's own, as they are for this run."""
        return {**self.declared, **self.asked}

    @property
    def edges(self) -> dict[str, tuple[str, ...]]:
        """Each step with those it comes after."""
        return {name: node.after for name, node in self.nodes.items()}

    @cached_property
    def downstream(self) -> Mapping[str, frozenset[str]]:
        """Each step with all that come after it, however far."""
        found: dict[str, set[str]] = {name: set() for name in self.nodes}
        for name in reversed(list(self.nodes)):
            for before in self.nodes[name].after:
                found[before] |= {name} | found[name]
        return {name: frozenset(names) for name, names in found.items()}


def asked_for(graph: Graph, only: Sequence[str] = (), start: str | None = None) -> frozenset[str]:
    """The steps that are to run: those named by `only`, or `start` and all after it, or all.

    Raises:
        Refused: there is no such step, or both are given.
    """
    if only and start:
        raise Refused("--only and --from exclude each other", hint="give one of them")
    for name in [*only, *([start] if start else [])]:
        if name not in graph.nodes:
            raise Refused(f"pipeline {graph.name} has no step {name!r}", hint=did_you_mean(name, graph.nodes))
    if start:
        return graph.downstream[start] | {start}
    return frozenset(only or graph.nodes)


def in_order(edges: Mapping[str, Iterable[str]]) -> list[str]:
    """The names so that each comes after those it needs.

    Raises:
        CycleError: there is none; its second argument is the cycle.
    """
    return list(TopologicalSorter(edges).static_order())


def cycle_of(error: CycleError) -> str:
    """The cycle in words, each step followed by the one that needs it."""
    return " → ".join(error.args[1])


def overlapping(outputs: Iterable[Path]) -> Iterator[tuple[Path, Path]]:
    """Pairs of places of which one is, or lies in, the other."""
    known = set(outputs)
    for path in known:
        yield from ((path, parent) for parent in path.parents if parent in known)
