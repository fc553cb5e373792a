"""The cache key of a step, and in words what makes two of them differ."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from pathlib import PurePosixPath

from jupyter_mlops.entities import Ingredients, StepRecord
from jupyter_mlops.pipelines.environment import environment
from jupyter_mlops.pipelines.graph import VARIABLE, Node, Point

_VERSION = "1"  # of what goes into a key: another one finds nothing that was made before
_TOLD = {"kernel", "python", "language", "folder"}  # others say nothing to a person
_MODULES = "modules"  # that imports would find in the project
_SHORT = 40  # characters of a value that is told


def ingredients(node: Node, point: Point, inputs: Mapping[str, str]) -> Ingredients:
    """What the result of the step depends on, as far as it is known before it runs; `inputs` are digests."""
    return Ingredients(
        cells=tuple(digest for _, digest in node.cells),
        parameters=dict(point.parameters),
        inputs=dict(inputs),
        outputs=tuple(sorted(node.outputs)),
        environment={
            **environment(node.kernel),
            "folder": PurePosixPath(node.step.notebook).parent.as_posix(),
            _MODULES: node.modules,
        },
    )


def cache_key(found: Ingredients) -> str:
    """Their digest, 32 hexadecimal characters."""
    text = json.dumps([_VERSION, found.model_dump(mode="json")], sort_keys=True, ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def differences(
    before: StepRecord, now: Ingredients, node: Node, rows: Mapping[str, int] | None = None
) -> list[str]:
    """What differs between a step's ingredients then and now, in words; `rows` are its inputs' now."""
    then = before.ingredients
    found = list(_cells(then.cells, node.cells))
    for name in sorted({*then.parameters, *now.parameters}):
        old, new = then.parameters.get(name), now.parameters.get(name)
        if old != new:
            found.append(f"parameter {name}: {_short(old)} → {_short(new)}")
    for name in sorted({*then.inputs, *now.inputs}):
        if then.inputs.get(name) != now.inputs.get(name):
            found.append(_input(name, then.inputs, before.rows.get(name), (rows or {}).get(name)))
    if then.outputs != now.outputs:
        found.append(f"its outputs are now {', '.join(now.outputs) or 'none'}")
    found += _modules(then.environment.get(_MODULES, ""), now.environment.get(_MODULES, ""))
    for name in sorted({*then.environment, *now.environment} - {_MODULES}):
        old, new = then.environment.get(name), now.environment.get(name)
        if old != new:
            told = f": {_short(old)} → {_short(new)}" if name in _TOLD else " changed"
            found.append(f"{name}{told}")
    return found


def _modules(before: str, now: str) -> Iterator[str]:
    old, new = set(before.split(", ")), set(now.split(", "))
    yield from (f"helper {name} is gone" for name in sorted(old - new - {""}))
    yield from (f"helper {name} is new, and may stand in for another" for name in sorted(new - old - {""}))


def _cells(before: tuple[str, ...], now: tuple[tuple[int, str], ...]) -> Iterator[str]:
    after = [digest for _, digest in now]
    for kind, left, right, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        changed = min(right - left, end - start) if kind == "replace" else 0
        yield from (f"cell {number} changed" for number, _ in now[start : start + changed])
        yield from (f"cell {number} is new" for number, _ in now[start + changed : end] if kind != "equal")
        gone = right - left - changed if kind in {"replace", "delete"} else 0
        if gone:
            yield f"{gone} cell{'s' if gone > 1 else ''} removed"


def _input(name: str, then: Mapping[str, str], before: int | None, after: int | None) -> str:
    what = name if name.startswith(VARIABLE) else f"input {name}"
    if name not in then:
        return f"{what} is new"
    if before is None or after is None or before == after:
        return f"{what} changed"
    return f"{what}: {after - before:+,} rows"


def _short(value: str | None) -> str:
    text = "default" if value is None else value
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"
