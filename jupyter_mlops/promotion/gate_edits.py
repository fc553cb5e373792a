"""Gates put into ``mlops.yaml`` and taken out of it, all else in it staying as a person wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_mlops import edits
from jupyter_mlops.config import CONFIG_NAME, Config, ModelConfig
from jupyter_mlops.exceptions import NotFound, UsageError, did_you_mean
from jupyter_mlops.promotion.gates import check_new, named, parse_gate

_DEFAULTS = {  # gates that nobody needs to write
    "replay": "to do without it: jupyter mlops gate add {model} 'replay: no'",
    "not_rejected": "a version that was rejected is opened by jupyter mlops approve",
}
_Written = str | Mapping[str, Any]


def add_gate(root: Path, config: Config, model: str, gate: str) -> str:
    """Put the gate, a text or a mapping in YAML, behind the others of the model in ``mlops.yaml``, which says
    `config` now; its name. The file, and in it the model, is made where it is not there.

    Raises:
        UsageError: it is no gate, or there already.
        ConfigError: another gate of the model is none.
        Refused: the file cannot be changed, or not without losing something of it.
    """
    written = read_written(gate)
    check_new(config, model, written, root)
    before = config.models.get(model, ModelConfig()).gates
    wanted = _with_gates(config, model, (*before, written))
    edits.put_item(root, wanted, ("models", model, "gates"), written, meaning=_meaning)
    return name_of(written)


def remove_gate(root: Path, config: Config, model: str, gate: str) -> str:
    """Take the gate away that is written so, or that means the same; its name. ``mlops.yaml`` says `config`
    now.

    Raises:
        UsageError: it is no gate.
        NotFound: the model has no such gate.
        Refused: the file cannot be changed, or not without losing something of it.
    """
    written = read_written(gate)
    before = config.models.get(model, ModelConfig()).gates
    place = next((at for at, known in enumerate(before) if name_of(known) == name_of(written)), None)
    if place is None:
        meant = parse_gate(written)
        alike = [at for at, known in enumerate(before) if _means(known, meant)]
        if not alike:
            hint = did_you_mean(name_of(written), map(name_of, before))
            if meant is not None and meant.kind in _DEFAULTS:
                hint = _DEFAULTS[meant.kind].format(model=model)
            raise NotFound(f"{model} has no gate {name_of(written)!r} in {CONFIG_NAME}", hint=hint)
        place = alike[0]
    wanted = _with_gates(config, model, (*before[:place], *before[place + 1 :]))
    edits.take_out(root, wanted, ("models", model, "gates"), place, meaning=_meaning)
    return name_of(before[place])


def read_written(gate: str) -> _Written:
    """The gate as ``mlops.yaml`` would hold it: what is typed as a YAML mapping, with or without its outer
    braces, is one.

    Raises:
        UsageError: it cannot be read.
    """
    from ruamel.yaml.error import YAMLError

    gate = gate.strip()
    mapping = gate.startswith("{")
    if not mapping:
        first, colon, rest = gate.partition(":")
        mapping = bool(colon) and first.strip().isidentifier() and rest[:1].isspace()
    if not mapping:
        return gate
    try:
        found = edits.read_flow(gate if gate.startswith("{") else f"{{{gate}}}")
    except (YAMLError, ValueError) as error:
        problem = getattr(error, "problem", None) or error
        raise UsageError(
            f"{gate!r} is no YAML mapping: {problem}", hint="write e.g. '{replay: {tolerance: 1e-9}}'"
        ) from None
    if not isinstance(found, dict):
        raise UsageError(f"{gate!r} is no gate", hint="write e.g. '{replay: {tolerance: 1e-9}}'")
    return found


def name_of(written: _Written) -> str:
    """What a gate is called."""
    return named(written) if isinstance(written, Mapping) else " ".join(written.split())


def _means(written: _Written, meant: Any) -> bool:
    known = parse_gate(written)
    return (
        known is not None and meant is not None and (known.kind, known.options) == (meant.kind, meant.options)
    )


def _with_gates(config: Config, model: str, gates: tuple[_Written, ...]) -> Config:
    settings = config.models.get(model, ModelConfig()).model_copy(update={"gates": gates})
    return config.model_copy(update={"models": {**config.models, model: settings}})


def _meaning(config: Config) -> dict[str, Any]:
    """The configuration with gates by their names."""
    dumped = config.model_dump()
    for name, model in config.models.items():
        dumped["models"][name]["gates"] = [name_of(gate) for gate in model.gates]
    return dumped
