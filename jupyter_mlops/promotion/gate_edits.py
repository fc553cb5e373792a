"""Gates put into ``mlops.yaml`` and taken out of it, all else in it staying as a person wrote it."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jupyter_mlops.config import CONFIG_NAME, Config, ModelConfig, load_config
from jupyter_mlops.exceptions import MLOpsError, NotFound, Refused, UsageError, did_you_mean
from jupyter_mlops.files import write_whole
from jupyter_mlops.promotion.gates import check_new, named, parse_gate

_WIDTH = 1_000_000  # characters of a line: ruamel folds longer ones
_DEFAULTS = {  # gates that nobody needs to write
    "replay": "to do without it: jupyter mlops gate add {model} 'replay: no'",
    "not_rejected": "a version that was rejected is opened by jupyter mlops approve",
}
_Written = str | Mapping[str, Any]


def add_gate(root: Path, model: str, gate: str) -> str:
    """Put the gate, a text or a mapping in YAML, behind the others of the model; its name. The file, and in
    it the model, is made where it is not there.

    Raises:
        UsageError: it is no gate, or there already.
        ConfigError: the file is broken.
        Refused: the file cannot be changed, or not without losing something of it.
    """
    written, config = read_written(gate), load_config(root)
    check_new(config, model, written, root)
    before = config.models.get(model, ModelConfig()).gates
    wanted = _with_gates(config, model, (*before, written))
    text = _text(root)
    ways = (lambda: _appended(text, model, written), lambda: _added(text, model, written))
    _replace(root, wanted, _comments(text), *ways)
    return name_of(written)


def remove_gate(root: Path, model: str, gate: str) -> str:
    """Take the gate away that is written so, or that means the same; its name.

    Raises:
        UsageError: it is no gate.
        ConfigError: the file is broken.
        NotFound: the model has no such gate.
        Refused: the file cannot be changed, or not without losing something of it.
    """
    written, config = read_written(gate), load_config(root)
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
    text, index = _text(root), place
    ways = (lambda: _cut_out(text, model, index), lambda: _dropped(text, model, index))
    _replace(root, wanted, _comments(_cut_out(text, model, index) or text), *ways)
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
        found = _yaml().load(gate if gate.startswith("{") else f"{{{gate}}}")
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


def _text(root: Path) -> str:
    path = root / CONFIG_NAME
    return path.read_bytes().decode() if path.exists() else ""


def _replace(root: Path, wanted: Config, comments: set[str], *ways: Callable[[], str | None]) -> None:
    """Write what the first of the ways makes that reads as `wanted` and has these comments."""
    for way in ways:
        made = way()
        if made is not None and comments <= _comments(made) and _reads_as(made, wanted):
            _write((root / CONFIG_NAME).resolve(), made)
            return
    raise Refused(
        f"{root / CONFIG_NAME} cannot be changed without losing something of it",
        hint="change it in an editor",
    )


def _write(path: Path, text: str) -> None:
    mode = path.stat().st_mode & 0o777 if path.exists() else None
    try:
        write_whole(path, text)
        path.chmod(mode if mode is not None else 0o666 & ~_umask())
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror or error}", hint="mend that") from None


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _reads_as(text: str, wanted: Config) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / CONFIG_NAME).write_bytes(text.encode())
        try:
            return _plain(load_config(Path(folder))) == _plain(wanted)
        except MLOpsError:
            return False


def _plain(config: Config) -> dict[str, Any]:
    """The configuration with gates by their names."""
    dumped = config.model_dump()
    for name, model in config.models.items():
        dumped["models"][name]["gates"] = [name_of(gate) for gate in model.gates]
    return dumped


def _comments(text: str) -> set[str]:
    return {line.strip() for line in text.splitlines() if line.lstrip().startswith("#")}


def _yaml() -> Any:
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = _WIDTH
    return yaml


def _one_line(written: Any) -> str:
    """As YAML in a line."""
    from ruamel.yaml.comments import CommentedMap

    if isinstance(written, CommentedMap):
        written.fa.set_flow_style()
    stream = io.StringIO()
    _yaml().dump([written], stream)
    return stream.getvalue().removeprefix("- ").rstrip("\n")


# By lines: what is not touched stays as it is to the byte.


def _appended(text: str, model: str, written: _Written) -> str | None:
    """The text with lines more; None where it is written so that lines will not do."""
    lines, missing = text.split("\n"), ["models", model, "gates"]
    node = _yaml().compose(text)
    while missing and node is not None:
        if not _is_block(node):
            return None
        below = _below(node, missing[0])
        if below is None:
            break
        node, missing = below, missing[1:]
    if node is not None and not _is_block(node):
        return None
    column = 0 if node is None else node.start_mark.column
    after = len(text.rstrip("\n").split("\n")) if node is None else _last_line(node) + 1
    made = [f"{' ' * (column + 2 * depth)}{_one_line(key)}:" for depth, key in enumerate(missing)]
    made.append(f"{' ' * (column + 2 * len(missing))}- {_one_line(written)}")
    if "\r\n" in text:
        made = [f"{line}\r" for line in made]
    if after >= len(lines) or not text:
        lines = lines if lines[-1:] != [""] else lines[:-1]
        return "\n".join([*lines, *made, ""])
    return "\n".join([*lines[:after], *made, *lines[after:]])


def _cut_out(text: str, model: str, place: int) -> str | None:
    """The text without the lines of the gate; None where others are on them."""
    found = _gates_node(_yaml().compose(text), model)
    if found is None or not _is_block(found[1]):
        return None
    key, node = found
    lines, item = text.split("\n"), node.value[place]
    left = [*lines[: item.start_mark.line], *lines[_last_line(item) + 1 :]]
    if len(node.value) == 1:  # a key without anything would be null
        line = left[key.start_mark.line]
        colon = line.index(":", key.end_mark.column) + 1
        left[key.start_mark.line] = f"{line[:colon]} []{line[colon:]}"
    return "\n".join(left)


def _gates_node(node: Any, model: str) -> tuple[Any, Any] | None:
    """The nodes of the key ``gates`` and of its value."""
    for name in ("models", model):
        node = None if node is None else _below(node, name)
    pairs = () if node is None or not isinstance(node.value, list) else node.value
    return next((pair for pair in pairs if pair[0].value == "gates"), None)


def _below(node: Any, name: str) -> Any:
    if node.id != "mapping":
        return None
    return next((value for key, value in node.value if key.value == name), None)


def _is_block(node: Any) -> bool:
    """A mapping or sequence that has its items on lines of their own."""
    return node.id in {"mapping", "sequence"} and not node.flow_style and bool(node.value)


def _last_line(node: Any) -> int:
    """The last line of a node, without comments behind it."""
    if not _is_block(node):
        literal = node.id == "scalar" and node.style in {"|", ">"}
        return int(node.end_mark.line) - (1 if literal else 0)
    last = node.value[-1]
    return _last_line(last[1] if isinstance(last, tuple) else last)


# By the tree: where a person wrote in braces.


def _added(text: str, model: str, written: _Written) -> str:
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    yaml, document = _tree(text)
    document = CommentedMap() if document is None else document
    node = document
    for key in ("models", model):
        if node.get(key) is None:
            node[key] = CommentedMap()
        node = node[key]
    if node.get("gates") is None:
        node["gates"] = CommentedSeq()
    _one_line(written)  # a mapping is to be in braces
    if not node["gates"]:
        node["gates"].fa.set_block_style()
    node["gates"].append(written)
    return _dumped(yaml, document)


def _dropped(text: str, model: str, place: int) -> str:
    yaml, document = _tree(text)
    del document["models"][model]["gates"][place]
    return _dumped(yaml, document)


def _tree(text: str) -> tuple[Any, Any]:
    from ruamel.yaml.util import load_yaml_guess_indent

    _, indent, offset = load_yaml_guess_indent(text)
    yaml = _yaml()
    yaml.indent(mapping=indent or 2, sequence=(indent or 2), offset=offset or 0)
    return yaml, yaml.load(text)


def _dumped(yaml: Any, document: Any) -> str:
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()
