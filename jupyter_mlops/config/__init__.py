"""The project's root and its ``mlops.yaml``, read strictly: a mistake is told with file, line and key."""

from __future__ import annotations

import functools
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator

from jupyter_mlops.config.quick import Unusual, read_usual
from jupyter_mlops.entities import Entity, Event, Monitor, Pipeline, Schedule
from jupyter_mlops.entities.pipelines import Length
from jupyter_mlops.exceptions import ConfigError, did_you_mean

CONFIG_NAME = "mlops.yaml"
STATE_FOLDER = ".mlops"
PROJECT_VARIABLE = "JUPYTER_MLOPS_PROJECT"


class TrackingConfig(Entity):
    """Where runs are recorded: `uri` of the MLflow store, `experiment` for runs that name none."""

    uri: str | None = None
    experiment: str | None = None


class DatasetConfig(Entity):
    """A dataset by name: its `source` (a path in the project, or a URL), the columns of its `key`, and tags
    to put on each version. Of an `order` that is ``free`` the digest does not depend on the order of rows.
    `sql` is the query that is asked of the database at the URL `source`."""

    source: str
    key: tuple[str, ...] = ()
    order: Literal["fixed", "free"] = "fixed"
    sql: str | None = None
    tags: Mapping[str, str] = Field(default_factory=dict)

    @property
    def ordered(self) -> bool:
        """The order of rows counts."""
        return self.order == "fixed"


class ModelConfig(Entity):
    """A registered model by name: its `checks`, such as ``accuracy >= 0.8 by region``; the `data` with true
    labels to make them on, and the column `target` that holds these. Its `gates` are what a promotion must
    pass (see `promotion.gates`); `purpose` and `limits` are for its card, in Markdown."""

    checks: tuple[str, ...] = ()
    data: str | None = None
    target: str | None = None
    gates: tuple[str | Mapping[str, Any], ...] = ()
    purpose: str | None = None
    limits: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, given: Any) -> Any:
        """What is left empty is as if it were not there."""
        if not isinstance(given, Mapping):
            return {} if given is None else given
        return {key: value for key, value in given.items() if value is not None}


class DriftConfig(Entity):
    """When a column drifted: beyond which effect, others for `columns` by name, and which to `ignore`. Names
    that the data at hand lack are of other data."""

    threshold: float = Field(default=0.1, gt=0)
    columns: Mapping[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()


class EmailConfig(Entity):
    """E-mail over SMTP: the server ``host:port``, from whom, `to` whom; `user` and `password` (a secret by
    reference, ``env:NAME`` or ``file:PATH``) where it asks for a login; `tls` is how it is encrypted."""

    server: str
    sender: str
    to: tuple[str, ...]
    user: str | None = None
    password: str | None = None
    tls: Literal["starttls", "tls", "none"] = "starttls"

    @field_validator("server")
    @classmethod
    def _host_and_port(cls, text: str) -> str:
        host, colon, port = text.partition(":")
        if not host or (colon and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536)):
            raise ValueError("a mail server is HOST or HOST:PORT")
        return text


class NotifyConfig(Entity):
    """Whom to tell of what: one of `webhook` (a URL; signed with `secret`, which is a reference such as
    ``env:NAME``), `email` and `command` (its words; the notice is given as JSON on standard input). `on`
    names the events; by default all."""

    webhook: str | None = None
    secret: str | None = None
    email: EmailConfig | None = None
    command: tuple[str, ...] | None = None
    on: tuple[Event, ...] = ()

    @model_validator(mode="after")
    def _one_way(self) -> NotifyConfig:
        if sum(way is not None for way in (self.webhook, self.email, self.command)) != 1:
            raise ValueError("names one of webhook, email and command")
        if self.command is not None and not self.command:
            raise ValueError("the command has no words")
        if self.secret is not None and self.webhook is None:
            raise ValueError("a secret signs a webhook")
        if self.webhook is not None and not self.webhook.startswith(("env:", "file:")):
            place = urlsplit(self.webhook)  # raises ValueError of what is none at all
            if place.scheme not in {"http", "https"} or not place.hostname:
                raise ValueError("a webhook is an http or https URL, or a reference to one: env:NAME")
        for text in (self.secret, None if self.email is None else self.email.password):
            if text is not None and not text.startswith(("env:", "file:")):
                raise ValueError("a secret is named by reference: env:NAME or file:PATH")
        return self

    @property
    def label(self) -> str:
        """Which channel it is, without what may be secret in it."""
        if self.email is not None:
            return f"email to {', '.join(self.email.to)}"
        if self.command is not None:
            return f"command {PurePath(self.command[0]).name}"
        shown = urlsplit(self.webhook or "")
        return f"webhook {shown.hostname or self.webhook}"


class SchedulerConfig(Entity):
    """Who runs schedules: with `jupyter` the Jupyter server does so, too, while it is there. `limit` is how
    many of their runs go on at once in the project, whoever began them."""

    jupyter: bool = False
    limit: int = Field(default=2, ge=1)


class RetentionConfig(Entity):
    """Which runs keep their outputs when `gc --runs` frees them: the newest `keep_last` of each notebook and
    pipeline, and those that ended less than `older` ago."""

    keep_last: int | None = Field(default=None, ge=0)
    older: Length | None = None


class Config(Entity):
    """``mlops.yaml``. All of it is optional."""

    tracking: TrackingConfig = Field(default_factory=TrackingConfig)
    datasets: Mapping[str, DatasetConfig] = Field(default_factory=dict)
    pipelines: Mapping[str, Pipeline] = Field(default_factory=dict)
    models: Mapping[str, ModelConfig] = Field(default_factory=dict)
    drift: DriftConfig = Field(default_factory=DriftConfig)
    notify: tuple[NotifyConfig, ...] = ()
    schedules: Mapping[str, Schedule] = Field(default_factory=dict)
    monitors: Mapping[str, Monitor] = Field(default_factory=dict)
    scheduler: SchedulerConfig = Field(default_factory=SchedulerConfig)
    retention: RetentionConfig = Field(default_factory=RetentionConfig)
    storage: str | None = None  # URL under which outputs of steps are kept; default: in the project


def find_root(start: Path, otherwise: Path | None = None) -> Path:
    """The project folder of `start`: what the runner told a headless kernel, else as `search_root` finds."""
    told = os.environ.get(PROJECT_VARIABLE)
    if told and Path(told).is_dir():
        return Path(told)
    return search_root(start, otherwise)


def search_root(start: Path, otherwise: Path | None = None) -> Path:
    """The nearest folder from `start` upward with an ``mlops.yaml``, a ``.git`` or a ``.mlops``; else
    `otherwise`, by default `start` itself."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if any((folder / marker).exists() for marker in (CONFIG_NAME, ".git", STATE_FOLDER)):
            return folder
    return start if otherwise is None else otherwise.resolve()


def load_config(root: Path) -> Config:
    """Read `root`'s ``mlops.yaml``; defaults where there is none.

    Raises:
        ConfigError: naming file, line and key of the first mistake.
    """
    path = root / CONFIG_NAME
    return config_of(_content(path), str(path)) if path.exists() else Config()


def config_of(content: bytes, place: str) -> Config:
    """What an ``mlops.yaml`` with that content says; `place` is where it lies, in messages.

    Raises:
        ConfigError: naming place, line and key of the first mistake.
    """
    text = _text(content, place)
    quick = _read_quickly(text)
    if quick is not None:
        return quick
    document = _known(text, place)
    if document is None:
        return Config()
    if not isinstance(document, dict):
        raise ConfigError(
            f"{place}: line 1: expected keys and values", hint=f"write e.g. {', '.join(Config.model_fields)}"
        )
    try:
        given = {key: value for key, value in _plain(document).items() if value is not None}
        return Config.model_validate(given)
    except ValidationError as error:
        raise _explain(place, document, error) from None


def _read_quickly(text: str) -> Config | None:
    """What is written as usual, without a mistake; else None."""
    try:
        given = read_usual(text)
        if isinstance(given, dict):
            return Config.model_validate({key: value for key, value in given.items() if value is not None})
    except (Unusual, ValidationError):
        pass
    return None


def parse_yaml(path: Path) -> Any:
    """The document in a YAML file, of nodes that know their lines; tags in it are not obeyed. It is not to be
    changed: whoever asks for the same text gets the same document, which takes long to make.

    Raises:
        ConfigError: naming file and line.
    """
    return _known(_text(_content(path), str(path)), str(path))


@functools.lru_cache(maxsize=4)
def _known(text: str, place: str) -> Any:
    return _parsed(text, place)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(str(path), error) from None


def _text(content: bytes, place: str) -> str:
    """With ends of lines as in a file that is opened as text."""
    try:
        return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8").read()
    except UnicodeDecodeError as error:
        raise _unreadable(place, error) from None


def _unreadable(place: str, error: Exception) -> ConfigError:
    return ConfigError(f"{place}: cannot be read: {error}", hint="it must be a UTF-8 text file")


def _parsed(text: str, place: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(
            f"{place}: line {line}: not valid YAML: {error.problem}", hint="mend that line"
        ) from None
    except (YAMLError, RecursionError, NotImplementedError) as error:
        # the last: comments in places where ruamel cannot keep them
        raise _unreadable(place, error) from None


def _plain(node: Any) -> Any:
    """Round-trip nodes as plain values; they only look like them."""
    from ruamel.yaml.scalarbool import ScalarBoolean

    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    if isinstance(node, ScalarBoolean):
        return bool(node)
    for kind in (int, float, str):
        if isinstance(node, kind) and not isinstance(node, bool):
            return kind(node)  # they remember how they were written
    return node


def where(root: Path, keys: Sequence[str | int]) -> str:
    """File, line and key of something in ``mlops.yaml`` that reads well, but will not do."""
    path = root / CONFIG_NAME
    return f"{path}: line {line_of(parse_yaml(path), keys)}: {'.'.join(map(str, keys))}"


def problem_of(error: Mapping[str, Any]) -> str:
    """What is wrong with a value, of an error of pydantic's, in the words of who wrote it."""
    return _PROBLEMS.get(error["type"], str(error["msg"]).removeprefix("Value error, "))


def _explain(place: str, document: Any, error: ValidationError) -> ConfigError:
    first = error.errors()[0]
    parts = first["loc"]
    line, depth = line_of(document, parts), _depth(document, parts)
    unknown = first["type"] == "extra_forbidden"
    if first["type"] != "missing":
        parts = parts[:depth] or parts  # without what only tells which of several types was tried
    keys = [str(part) for part in parts]
    problem = f"unknown key {keys[-1]!r}" if unknown else problem_of(first)
    if unknown:
        known = _fields_at(keys[:-1])
        hint = did_you_mean(keys[-1], known) if known else "leave it out"
    else:
        hint = _hint(keys, first)
    return ConfigError(f"{place}: line {line}: {'.'.join(keys)}: {problem}", hint=hint)


def _hint(keys: Sequence[str], error: Mapping[str, Any]) -> str:
    """How it may be written."""
    key, value = keys[-1], error["input"]
    if error["type"] == "missing":
        return f"write {key}: ... below {'.'.join(keys[:-1])}"
    if error["type"] == "tuple_type":
        words = value.split() if key == "command" and isinstance(value, str) else [value]
        written = "..." if value is None or isinstance(value, Mapping) else ", ".join(map(str, words))
        return f"write {key}: [{written}]"
    return _HINTS.get(error["type"], f"mend what {key} says")


def _depth(document: Any, keys: Sequence[str | int]) -> int:
    """How many of the keys lead somewhere."""
    node, depth = document, 0
    for key in keys:
        found = isinstance(node, Mapping) and key in node
        if not found and not (isinstance(node, list) and isinstance(key, int) and key < len(node)):
            break
        node, depth = node[key], depth + 1
    return depth


_PROBLEMS = {
    "string_type": "it must be a text",
    "tuple_type": "it must be a list",
    "dict_type": "it must have keys and values",
    "mapping_type": "it must have keys and values",
    "model_type": "it must have keys and values",
    "bool_type": "it must be yes or no",
    "bool_parsing": "it must be yes or no",
    "float_type": "it must be a number",
    "float_parsing": "it must be a number",
    "int_type": "it must be a whole number",
    "int_parsing": "it must be a whole number",
}
_HINTS = {
    "string_type": "write a text, in quotes if it looks like something else",
    "dict_type": "write key: value, on lines of their own below it",
    "mapping_type": "write key: value, on lines of their own below it",
    "model_type": "write key: value, on lines of their own below it",
    "float_type": "write e.g. 0.1",
    "float_parsing": "write e.g. 0.1",
    "enum": "write one of those",
    "literal_error": "write one of those",
}


def line_of(document: Any, keys: Sequence[str | int]) -> int:
    """The line of the key that `keys` lead to, or of the last one on the way that is there."""
    line, node = 1, document
    for key in keys:
        position = getattr(node, "lc", None)
        if position is None or not hasattr(position, "data") or key not in (position.data or {}):
            break
        line = position.data[key][0] + 1
        node = node[key]
    return line


def _fields_at(keys: list[str]) -> list[str]:
    """The keys that are known at a place, none where any will do."""
    kind: Any = Config
    for key in keys:
        if isinstance(kind, type) and issubclass(kind, Entity):
            fields = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
            kind = fields.get(key)
        else:  # a name of the user's, or the place of an item
            kind = next(iter(get_args(kind)[-1:]), None)
        if get_origin(kind) in {Union, UnionType}:
            kind = next(part for part in get_args(kind) if part is not type(None))
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
    if not (isinstance(kind, type) and issubclass(kind, Entity)):
        return []
    return [field.alias or name for name, field in kind.model_fields.items()]
