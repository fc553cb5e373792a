"""Which distributions are installed, and which of them a process uses."""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, distributions
from types import MappingProxyType
from typing import NamedTuple

# put into every process by a .pth file, whether or not the notebook uses setuptools
_NOT_USED = frozenset({"_distutils_hack"})


class _Installed(NamedTuple):
    distribution: Distribution
    name: str
    version: str


def installed() -> dict[str, str]:
    """Name -> version of every installed distribution, sorted by name regardless of case.

    One without a readable name is left out; one without a version has "".
    """
    return _versions(_scan(_path_state()))


def imported(modules: Iterable[str] | None = None) -> dict[str, str]:
    """Name -> version of the distributions that hold `modules`; by default all that this process imported.

    Only the part before the first dot counts, so every distribution of a namespace package is named.
    """
    state = _path_state()
    found, owners = _scan(state), _owners(state)
    names = {name.partition(".")[0] for name in (tuple(sys.modules) if modules is None else modules)}
    keys = {key for name in names - _NOT_USED for key in owners.get(name, (canonical(name),))}
    return _versions({key: found[key] for key in keys if key in found})


def closure(names: Iterable[str]) -> dict[str, str]:
    """Name -> version of the distributions `names` and all that they require, as far as installed.

    Extras are not followed; markers are evaluated for this interpreter.
    """
    found = _scan(_path_state())
    waiting = [canonical(name) for name in names]
    reached: dict[str, _Installed] = {}
    while waiting:
        key = waiting.pop()
        if key in found and key not in reached:
            reached[key] = found[key]
            waiting += _required(found[key].distribution)
    return _versions(reached)


def requirements(names: Iterable[str]) -> list[str]:
    """A line ``name==version`` for each of `names` that is installed, sorted."""
    found = _scan(_path_state())
    keys = {canonical(name) for name in names}
    chosen = _versions({key: found[key] for key in keys if key in found and found[key].version})
    return [f"{name}=={version}" for name, version in chosen.items()]


def canonical(name: str) -> str:
    """The name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _versions(chosen: Mapping[str, _Installed]) -> dict[str, str]:
    return {one.name: one.version for _, one in sorted(chosen.items())}


def _path_state() -> tuple[tuple[str, int], ...]:
    """What changes when ``%pip install`` changed something: the folders of sys.path and their mtimes."""
    state = []
    for entry in sys.path:
        try:
            state.append((entry, os.stat(entry or ".").st_mtime_ns))
        except OSError:
            continue
    return tuple(state)


@functools.lru_cache(maxsize=1)
def _scan(state: tuple[tuple[str, int], ...]) -> Mapping[str, _Installed]:
    found: dict[str, _Installed] = {}
    for distribution in distributions():
        try:
            metadata = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
        except (OSError, ValueError):  # a broken dist-info is no reason to stop a run
            continue
        name, version = _header("Name", metadata), _header("Version", metadata)
        if name:  # the first on sys.path is the one that is imported
            found.setdefault(canonical(name), _Installed(distribution, name, version))
    return MappingProxyType(found)


def _header(key: str, metadata: str) -> str:
    """One header of the metadata; the email parser reads the whole README too, five times slower."""
    head = metadata.partition("\n\n")[0]
    found = re.search(rf"^{key}:[ \t]*(\S.*?)\s*$", head, re.MULTILINE)
    return found[1] if found else ""


@functools.lru_cache(maxsize=1)
def _owners(state: tuple[tuple[str, int], ...]) -> Mapping[str, tuple[str, ...]]:
    """Top-level module -> keys of its distributions, as `importlib.metadata.packages_distributions`,
    which one broken dist-info stops, and which takes three times as long."""
    owners: dict[str, list[str]] = {}
    for key, one in _scan(state).items():
        for module in _top_level(one.distribution):
            owners.setdefault(module, []).append(key)
    return MappingProxyType({module: tuple(keys) for module, keys in owners.items()})


def _top_level(distribution: Distribution) -> set[str]:
    try:
        declared = distribution.read_text("top_level.txt")
        if declared:
            return set(declared.split())
        record = distribution.read_text("RECORD") or ""
    except (OSError, ValueError):
        return set()
    names = set()
    for line in record.splitlines():
        first, slash, _ = line.partition(",")[0].strip('"').partition("/")
        name = first if slash else first.partition(".")[0]
        if (slash or first.endswith((".py", ".so", ".pyd"))) and name.isidentifier():
            names.add(name)
    return names


def _required(distribution: Distribution) -> list[str]:
    from packaging.requirements import InvalidRequirement, Requirement

    names = []
    for line in distribution.requires or ():
        try:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                names.append(canonical(requirement.name))
        except (InvalidRequirement, ValueError, LookupError):
            continue
    return names
