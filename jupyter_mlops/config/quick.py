"""YAML as people mostly write it, read by libyaml in a tenth of the time that nodes with lines take.

What is read here is what ruamel.yaml reads, by YAML 1.2. Whatever is unusual (anchors, tags, merges, texts of
several lines, keys that are no texts, numbers in other than the usual ways) or wrong is left to it: it knows
the line of a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

_DEEP = 100  # nodes within nodes
_ELSEWHERE = re.compile("^%|[\t\x85\u2028\u2029\ufeff]", re.MULTILINE)  # YAML 1.1 and 1.2 differ in these
_BLOCK = {"|", ">"}  # texts of several lines: the two differ at their edges
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"-?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NO_TEXT = re.compile(  # what else ruamel.yaml reads as something other than a text, and a little more
    r"""[-+]?(?:0b[01_]+|0o?[0-7_]+|[0-9_]+|0x[0-9a-fA-F_]+)
    |[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)(?:[eE][-+]?[0-9]+)?
    |[-+]?\.(?:inf|nan)
    |[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?
    |<<|[=!&*]""",
    re.VERBOSE | re.IGNORECASE,
)


class Unusual(Exception):
    """It is to be read by who knows all of YAML."""


def read_usual(text: str) -> Any:
    """The document as plain values.

    Raises:
        Unusual: it may be right or wrong.
    """
    yaml, loader = _libyaml(text)
    try:
        return _Reader(yaml.parse(text, Loader=loader)).document()
    except (yaml.YAMLError, ValueError) as error:
        raise Unusual from error


def compose_usual(text: str) -> Any:
    """The document as nodes that know where they begin and end, like those of ruamel.yaml.

    Raises:
        Unusual: it may be right or wrong.
    """
    read_usual(text)
    yaml, loader = _libyaml(text)
    return yaml.compose(text, Loader=loader)


def _libyaml(text: str) -> tuple[Any, Any]:
    if _ELSEWHERE.search(text):
        raise Unusual
    try:
        import yaml

        return yaml, yaml.CSafeLoader
    except (ImportError, AttributeError):  # built without libyaml
        raise Unusual from None


class _Reader:
    """Values from libyaml's events."""

    def __init__(self, events: Iterator[Any]) -> None:
        self.events, self.depth = events, 0

    def document(self) -> Any:
        names = [type(event).__name__ for event in (next(self.events), next(self.events, None))]
        if names != ["StreamStartEvent", "DocumentStartEvent"]:
            return None
        found = self.value(next(self.events))
        names = [type(event).__name__ for event in self.events]
        if names != ["DocumentEndEvent", "StreamEndEvent"]:
            raise Unusual
        return found

    def value(self, event: Any) -> Any:
        kind = type(event).__name__
        if kind == "AliasEvent" or event.anchor is not None or event.tag is not None:
            raise Unusual
        if kind == "ScalarEvent":
            if event.style in _BLOCK:
                raise Unusual
            return event.value if event.style else _plain(event.value)
        self.depth += 1
        if self.depth > _DEEP:
            raise Unusual
        found = self.mapping() if kind == "MappingStartEvent" else self.sequence()
        self.depth -= 1
        return found

    def mapping(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for event in self.events:
            if type(event).__name__ == "MappingEndEvent":
                break
            key = self.value(event)
            if not isinstance(key, str) or key in found:
                raise Unusual
            found[key] = self.value(next(self.events))
        return found

    def sequence(self) -> list[Any]:
        found: list[Any] = []
        for event in self.events:
            if type(event).__name__ == "SequenceEndEvent":
                break
            found.append(self.value(event))
        return found


def _plain(text: str) -> Any:
    """The value of what is written without quotes."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "0123456789-+.<=!&*_":
        return text
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _DATE.fullmatch(text):
        return date.fromisoformat(text)
    if _NO_TEXT.fullmatch(text):
        raise Unusual
    return text
