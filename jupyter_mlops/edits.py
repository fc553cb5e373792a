"""``mlops.yaml`` changed by a program: comments, order and quotes stay as a person wrote them.

A change is made in one of two ways: by lines, where what is not touched stays as it is to the byte; or by the
tree, where a person wrote in braces. What is made is written only if it reads as what is wanted and has all
comments that it should have.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_mlops.config import CONFIG_NAME, Config, config_of
from jupyter_mlops.config.quick import Unusual, compose_usual
from jupyter_mlops.exceptions import MLOpsError, Refused
from jupyter_mlops.files import write_whole

_WIDTH = 1_000_000  # characters of a line: ruamel folds longer ones
_LONG = 100  # characters of a line that a person would still write
Key = str | int
Way = Callable[[], str | None]


def text_of(root: Path) -> str:
    """What the project's ``mlops.yaml`` holds; nothing where there is none."""
    path = root / CONFIG_NAME
    return path.read_bytes().decode() if path.exists() else ""


def comments(text: str | None) -> set[str]:
    """The lines that are comments."""
    return {line.strip() for line in (text or "").splitlines() if line.lstrip().startswith("#")}


def put_item(
    root: Path,
    wanted: Config,
    keys: Sequence[str],
    written: Any,
    *,
    meaning: Callable[[Config], Any] = Config.model_dump,
) -> None:
    """Put an item behind those of the list at `keys`, which is made where it is missing; then the file means
    what `wanted` does.

    Raises:
        Refused: as `replace` does.
    """
    text = text_of(root)
    ways = (
        lambda: _with_lines(text, keys, _item_lines(written)),
        lambda: _with_item(text, keys, written),
    )
    replace(root, wanted, comments(text), *ways, meaning=meaning)


def put_entry(root: Path, wanted: Config, keys: Sequence[str], name: str, written: Mapping[str, Any]) -> None:
    """The same of a key and its value, in a mapping."""
    text = text_of(root)
    ways = (
        lambda: _with_lines(text, keys, _entry_lines(name, written)),
        lambda: _with_entry(text, keys, name, written),
    )
    replace(root, wanted, comments(text), *ways)


def take_out(
    root: Path,
    wanted: Config,
    keys: Sequence[str],
    place: Key,
    *,
    meaning: Callable[[Config], Any] = Config.model_dump,
) -> None:
    """Take out what is at `place` below `keys`, with the comments in it; as `put_item`."""
    text = text_of(root)
    cut = _without_lines(text, keys, place)
    ways = (lambda: cut, lambda: _without(text, keys, place))
    replace(root, wanted, comments(cut or text), *ways, meaning=meaning)


def replace(
    root: Path,
    wanted: Config,
    kept: set[str],
    *ways: Way,
    meaning: Callable[[Config], Any] = Config.model_dump,
) -> None:
    """Write what the first of the ways makes that means what `wanted` does, and has the comments `kept`.

    Raises:
        Refused: none does; or the file cannot be written.
    """
    for way in ways:
        made = way()
        if made is not None and kept <= comments(made) and _means(made, meaning(wanted), meaning):
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


def _means(text: str, wanted: Any, meaning: Callable[[Config], Any]) -> bool:
    try:
        return bool(meaning(config_of(text.encode(), CONFIG_NAME)) == wanted)
    except MLOpsError:
        return False


# What is put in.


def read_flow(text: str) -> Any:
    """A value as it is typed on a command line, with nodes that are written as they are read.

    Raises:
        YAMLError, ValueError: it is none.
    """
    return _yaml().load(text)


def _item_lines(written: Any) -> list[str]:
    """An item of a list, as a line."""
    return [f"- {_one_line(written)}"]


def _entry_lines(name: str, written: Mapping[str, Any]) -> list[str]:
    """A key and its value, in braces on one line, or where that would be long, on lines of their own."""
    line = _one_line({name: written}).removeprefix("{").removesuffix("}")
    if len(line) <= _LONG:
        return [line]
    stream = io.StringIO()
    _yaml().dump({name: dict(written)}, stream)
    return stream.getvalue().rstrip("\n").split("\n")


def quoted(text: str) -> Any:
    """A text that is written between quotes, whether it needs them or not."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    return DoubleQuotedScalarString(text)


def _one_line(written: Any) -> str:
    """As YAML in a line."""
    stream = io.StringIO()
    _yaml().dump([_flowing(written)], stream)
    return stream.getvalue().removeprefix("- ").rstrip("\n")


def _flowing(written: Any) -> Any:
    """A mapping or list that is written in braces or brackets."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    if isinstance(written, Mapping) and not isinstance(written, CommentedMap):
        written = CommentedMap(written)
    elif isinstance(written, list | tuple) and not isinstance(written, CommentedSeq):
        written = CommentedSeq(written)
    if isinstance(written, CommentedMap | CommentedSeq):
        written.fa.set_flow_style()
    return written


def _yaml() -> Any:
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = _WIDTH
    return yaml


# By lines.


def _with_lines(text: str, keys: Sequence[str], made: Sequence[str]) -> str | None:
    """The text with the lines `made` behind all that is below `keys`, which are made where they are missing;
    None where it is written so that lines will not do."""
    lines, missing = text.split("\n"), list(keys)
    node = _composed(text)
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
    added = [f"{' ' * (column + 2 * depth)}{_one_line(key)}:" for depth, key in enumerate(missing)]
    added += [f"{' ' * (column + 2 * len(missing))}{line}" for line in made]
    if "\r\n" in text:
        added = [f"{line}\r" for line in added]
    if after >= len(lines) or not text:
        lines = lines if lines[-1:] != [""] else lines[:-1]
        return "\n".join([*lines, *added, ""])
    return "\n".join([*lines[:after], *added, *lines[after:]])


def _without_lines(text: str, keys: Sequence[str], place: Key) -> str | None:
    """The text without the lines of what is at `place` below `keys`; None where others are on them."""
    found = _pair(_composed(text), keys)
    if found is None or not _is_block(found[1]):
        return None
    key, node = found
    first, last = _span(node, place)
    lines = text.split("\n")
    left = [*lines[:first], *lines[last + 1 :]]
    if len(node.value) == 1:  # a key without anything would be null
        line = left[key.start_mark.line]
        colon = line.index(":", key.end_mark.column) + 1
        empty = "[]" if node.id == "sequence" else "{}"
        left[key.start_mark.line] = f"{line[:colon]} {empty}{line[colon:]}"
    return "\n".join(left)


def _span(node: Any, place: Key) -> tuple[int, int]:
    """The first and the last line of an item, or of a key and its value."""
    if node.id == "sequence":
        return node.value[place].start_mark.line, _last_line(node.value[place])
    key, value = next(pair for pair in node.value if pair[0].value == place)
    return key.start_mark.line, max(key.start_mark.line, _last_line(value))


def _composed(text: str) -> Any:
    """The nodes of the text, with the lines where they begin and end."""
    try:
        return compose_usual(text)
    except Unusual:
        return _yaml().compose(text)


def _pair(node: Any, keys: Sequence[str]) -> tuple[Any, Any] | None:
    """The nodes of the last key and of its value."""
    for name in keys[:-1]:
        node = None if node is None else _below(node, name)
    pairs = () if node is None or node.id != "mapping" else node.value
    return next((pair for pair in pairs if pair[0].value == keys[-1]), None)


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


# By the tree.


def _with_item(text: str, keys: Sequence[str], written: Any) -> str:
    """The text with an item more in the list at `keys`."""
    from ruamel.yaml.comments import CommentedSeq

    yaml, document, node = _tree_at(text, keys, CommentedSeq)
    node.append(_flowing(written))
    return _dumped(yaml, document)


def _with_entry(text: str, keys: Sequence[str], name: str, written: Mapping[str, Any]) -> str:
    """The text with a key more in the mapping at `keys`."""
    from ruamel.yaml.comments import CommentedMap

    yaml, document, node = _tree_at(text, keys, CommentedMap)
    node[name] = _flowing(written)
    return _dumped(yaml, document)


def _without(text: str, keys: Sequence[str], place: Key) -> str:
    """The text without what is at `place` below `keys`."""
    yaml, document = _tree(text)
    node = document
    for key in keys:
        node = node[key]
    del node[place]
    return _dumped(yaml, document)


def _tree_at(text: str, keys: Sequence[str], kind: Any) -> tuple[Any, Any, Any]:
    from ruamel.yaml.comments import CommentedMap

    yaml, document = _tree(text)
    document = CommentedMap() if document is None else document
    node = document
    for key in keys[:-1]:
        if node.get(key) is None:
            node[key] = CommentedMap()
        node = node[key]
    if node.get(keys[-1]) is None:
        node[keys[-1]] = kind()
    found = node[keys[-1]]
    if not found:
        found.fa.set_block_style()
    return yaml, document, found


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
