"""Gates as a person writes them below ``models.NAME.gates`` of ``mlops.yaml``: read, never run.

A text holds a metric that the version's run recorded against a number or another version's
(``accuracy >= 0.8``, ``rmse <= champion.rmse * 1.02``, ``"val/loss" < 0.3``), or names what it must be
(``latency <= 50ms``, ``clean git``). A mapping of one key names a judge and what that is told. In both
``1%`` is 0.01.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from jupyter_mlops.checks.expressions import NUMBER, AtLeast, Compare, Demand, Latency, Size, parse_demand
from jupyter_mlops.checks.expressions import OPERATORS as _OPERATORS
from jupyter_mlops.config import CONFIG_NAME, Config, ModelConfig, line_of, parse_yaml, where
from jupyter_mlops.entities import Gate, ModelVersion, RunKind
from jupyter_mlops.exceptions import ConfigError, NotFound, UsageError, did_you_mean
from jupyter_mlops.promotion import ledger
from jupyter_mlops.promotion.judges.options import OPTIONS, answer, names_of, read_options
from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.reader import find_run
from jupyter_mlops.tracking.store import Store

OPERATORS: dict[str, Compare] = {**_OPERATORS, "==": operator.eq}
WORDS = {
    "checks": "model_checks",
    "clean notebook": "clean_notebook",
    "clean git": "clean_git",
    "signature": "signature",
    "replay": "replay",
    "not rejected": "not_rejected",
}
LIVE = frozenset({RunKind.SESSION, RunKind.CELL, RunKind.USER})  # kinds of runs of a live notebook
LONGEST = 500  # characters of a gate
UNGATED = frozenset({"challenger"})  # aliases that any version may have that was not rejected
LEDGER = Gate(name="ledger", kind="ledger", implied=True)
_NAME = r"(?:[^\W\d]\w*|`[^`]+`|\"[^\"]+\"|'[^']+')"
_SIGNLESS = NUMBER.removeprefix("[-+]?")
_METRIC = re.compile(
    rf"(?P<metric>{_NAME})\s*(?P<operator>>=|<=|==|>|<)\s*(?:(?P<value>{NUMBER})\s*(?P<percent>%)?"
    rf"|(?P<other>[\w-]+)\.(?P<of>{_NAME})"
    rf"(?:\s*(?P<sign>[-+*])\s*(?P<slack>{_SIGNLESS})\s*(?P<slack_percent>%)?)?)"
)
_FORMS = (
    "accuracy >= 0.8",
    "accuracy >= champion.accuracy - 0.005",
    '"val/loss" <= 0.3',
    "latency <= 50ms",
    "size <= 100MB",
    *WORDS,
)
_IMPLIED = (
    Gate(name="replay", kind="replay", options={"tolerance": 0.0, "env": False}, implied=True),
    Gate(name="not rejected", kind="not_rejected", implied=True),
)


def parse_gates(
    config: Config, model: str, run_kind: RunKind | None = None, *, root: Path | None = None
) -> tuple[Gate, ...]:
    """What a version of the model must pass: the gates that ``mlops.yaml`` lists, in its order, then those
    that nobody needs to write: its run is replayed if it is of a live notebook (`run_kind`), unless
    ``replay: no`` is listed or a replay of another tolerance; and nobody rejected it.

    With the project's folder `root` a mistake is told with its line, and each gate with its place.

    Raises:
        ConfigError: naming key and, with `root`, file and line of a gate that cannot be read.
    """
    found: list[Gate] = []
    replayed = run_kind in LIVE
    written = config.models.get(model, ModelConfig()).gates
    for number, (text, line) in enumerate(zip(written, _lines(root, model, len(written)), strict=True)):
        keys = ("models", model, "gates", number)
        try:
            gate = parse_gate(text)
            if gate is None:
                replayed = False
                continue
            _refuse_twice(gate, found)
        except UsageError as error:
            place = f"{CONFIG_NAME}: {'.'.join(map(str, keys))}" if root is None else where(root, keys)
            raise ConfigError(f"{place}: {error}", hint=error.hint) from None
        found.append(gate.model_copy(update={"place": f"{CONFIG_NAME} line {line}" if line else CONFIG_NAME}))
    own = {gate.kind for gate in found} | (set() if replayed else {"replay"})
    return (*found, *(gate for gate in _IMPLIED if gate.kind not in own))


def check_new(config: Config, model: str, written: str | Mapping[str, Any], root: Path) -> None:
    """Return if the gate may be put behind those that the model has.

    Raises:
        UsageError: it is none, or there already.
        ConfigError: one that is there cannot be read.
    """
    gate = parse_gate(written)
    known = [each for each in parse_gates(config, model, root=root) if not each.implied]
    if gate is not None:
        _refuse_twice(gate, known)


def gates_for(store: Store, config: Config, version: ModelVersion) -> tuple[Gate, ...]:
    """What this version must pass: `parse_gates` for the kind of run that it came from.

    Raises:
        ConfigError: as of `parse_gates`.
    """
    return parse_gates(config, version.name, origin(store, version), root=store.root)


def gates_before(store: Store, config: Config, version: ModelVersion, alias: str) -> tuple[Gate, ...]:
    """What this version must pass to get the alias: `gates_for`, or before one of `UNGATED` only that nobody
    rejected it. Where the ledger was tampered with, or tells of another place of the alias than it has, that
    is one more gate: what it says of approvals and rejections cannot be relied on.

    Raises:
        ConfigError: as of `parse_gates`.
    """
    gates = gates_for(store, config, version)
    if alias in UNGATED:
        gates = tuple(gate for gate in gates if gate.kind == "not_rejected")
    return (*gates, LEDGER) if ledger.amiss(store, version.name, guarded(version, alias)) else gates


def guarded(version: ModelVersion, alias: str) -> str | None:
    """The alias, if only the ledger may have moved it; not where the version has it already: to promote it is
    to say so in the ledger, after all other gates."""
    return None if alias in UNGATED or alias in version.aliases else alias


def origin(store: Store, version: ModelVersion) -> RunKind:
    """The kind of run that the version came from; of one that a headless notebook opened itself, headless.
    Where nothing tells, the notebook's own, which was not seen to run."""
    try:
        run = find_run(store, version.run_id or "")
        while run.kind in LIVE and run.parent:
            run = find_run(store, run.parent)
        return run.kind
    except NotFound:
        return RunKind(version.tags.get(tags.KIND, RunKind.USER.value))


def parse_gate(written: str | Mapping[str, Any]) -> Gate | None:
    """The gate that is written so; None for ``replay: no``, which takes the implied one away.

    Raises:
        UsageError: it is none; the hint names what is like it.
    """
    if isinstance(written, Mapping):
        return _mapping(written)
    words = " ".join(written.split())
    if len(words) > LONGEST:
        raise UsageError(f"{words[:40]}…: it is too long", hint=f"write at most {LONGEST} characters")
    if words in WORDS:
        kind = WORDS[words]
        return Gate(name=words, kind=kind, options=read_options(kind, {}) if kind == "replay" else {})
    if words.startswith(("latency", "size")) and not _METRIC.fullmatch(words):
        match parse_demand(words):
            case Latency() as demand:
                told = {"seconds": demand.seconds, "rows": demand.rows, "strict": demand.strict}
                return Gate(name=words, kind="latency", options=read_options("latency", told))
            case Size() as demand:
                told = {"bytes": demand.bytes, "strict": demand.strict}
                return Gate(name=words, kind="size", options=read_options("size", told))
    if found := _METRIC.fullmatch(words):
        return Gate(name=words, kind="metric", options=_metric(words, found))
    raise UsageError(f"{words!r} is no gate", hint=_like(words))


def named(written: Mapping[str, Any]) -> str:
    """A mapping in a line, as YAML has it between its outer braces."""
    return ", ".join(f"{key}: {_flow(value)}" for key, value in written.items())


def _metric(words: str, found: re.Match[str]) -> dict[str, Any]:
    told = {"metric": _unquoted(found["metric"]), "operator": found["operator"]}
    if found["other"] is None:
        if told["metric"] in {"latency", "size"}:
            raise UsageError(f"{words!r}: of what?", hint=_like(words))
        return {**told, "value": _finite(words, found["value"], found["percent"])}
    told |= {"other": found["other"], "of": _unquoted(found["of"])}
    if found["sign"] is None:
        return told
    slack = _finite(words, found["slack"], found["slack_percent"])
    return {**told, "sign": found["sign"], "slack": slack}


def _finite(words: str, text: str, percent: str | None) -> float:
    number = float(text) / (100 if percent else 1)
    if number in (float("inf"), float("-inf")):
        raise UsageError(f"{words!r}: {text} is too large a number", hint="write a smaller one")
    return number


def _mapping(written: Mapping[str, Any]) -> Gate | None:
    keys = [str(key) for key in written]
    if not keys:
        raise UsageError("an empty mapping is no gate", hint=_like(""))
    kind = next((key for key in keys if key in OPTIONS), keys[0])
    if kind not in OPTIONS:
        hint = f"write it as a text: {kind}" if kind in WORDS else did_you_mean(kind, OPTIONS)
        raise UsageError(f"no gate is called {kind!r}", hint=hint)
    value, beside = written[kind], {key: written[key] for key in keys if key != kind}
    if beside and kind != "approvals":
        raise UsageError(
            f"{named(written)}: a gate has one key", hint=f"put {min(beside)} into the braces of {kind}"
        )
    if kind == "replay" and answer(value) is False:
        return None
    if kind == "replay" and answer(value) is True:
        value = {}
    name = named(written)
    if len(name) > LONGEST:
        raise UsageError(f"{name[:40]}…: it is too long", hint=f"write at most {LONGEST} characters")
    return Gate(name=name, kind=kind, options=read_options(kind, {**_told(kind, value), **beside}))


def _told(kind: str, value: Any) -> Mapping[str, Any]:
    """What the judge is told; one value stands for the option that it needs most."""
    model, main = OPTIONS[kind]
    if isinstance(value, Mapping):
        return {str(key): each for key, each in value.items()}
    if main and value is not None and value != "":
        return {main: value}
    example = f"{kind}: {{{', '.join(f'{name}: ...' for name in names_of(model)[:2])}}}"
    raise UsageError(f"{kind} has to be told what", hint=f"write {example}")


def _refuse_twice(gate: Gate, found: Sequence[Gate]) -> None:
    for other in found:
        if gate.name == other.name or (gate.kind, gate.options) == (other.kind, other.options):
            raise UsageError(
                f"{gate.name!r} is there already, as {other.name!r}", hint="take one of them away"
            )


def _lines(root: Path | None, model: str, count: int) -> list[int]:
    """The line of each gate in ``mlops.yaml``; 0 where that is not known."""
    if root is None or not count or not (root / CONFIG_NAME).exists():
        return [0] * count
    document = parse_yaml(root / CONFIG_NAME)
    return [line_of(document, ("models", model, "gates", number)) for number in range(count)]


def _flow(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return f"{{{named(value)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, str):
        if not value.isprintable():
            return json.dumps(value)
        plain = re.fullmatch(r"[^\W\d_](?:[\w ./@-]*[\w./@-])?", value)
        plain = plain if value.lower() not in {"null", "true", "false"} else None
        return value if plain else "'" + value.replace("'", "''") + "'"
    return value.isoformat() if isinstance(value, date) else repr(value)


def _unquoted(name: str) -> str:
    return name[1:-1] if name[0] in "`\"'" else name


def _like(words: str) -> str:
    """The form that looks most like it; some where none does."""
    if words.startswith(("latency", "size")):
        return f"write e.g. {'latency <= 50ms' if words[0] == 'l' else 'size <= 100MB'}"
    if words in OPTIONS:
        return f"write it as a mapping: {{{words}: ...}}"
    if (check := _check(words)) is not None:
        if isinstance(check, AtLeast) and check.by is not None:
            return f"write {{fairness: {{metric: {check.metric}, by: {check.by}, at_least: ...}}}}"
        return "it is a check: put it below checks: of the model, and write the gate checks"
    if re.search(r"[<>=]", words):
        return 'write e.g. accuracy >= 0.8, or accuracy >= champion.accuracy - 0.005, or "val/loss" <= 0.3'
    meant = did_you_mean(words, WORDS)
    return meant if meant.startswith("did") else f"write one of: {'; '.join(_FORMS)}"


def _check(words: str) -> Demand | None:
    """What is demanded of a model by its checks, where that is written so."""
    try:
        return parse_demand(words)
    except UsageError:
        return None
