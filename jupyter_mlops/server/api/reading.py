"""The words of a request as the entities that its route asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError

from jupyter_mlops.entities import Entity
from jupyter_mlops.exceptions import Refused, did_you_mean
from jupyter_mlops.server.api.route import Nothing, Route

_E = TypeVar("_E", bound=Entity)
PROJECT = "project"  # the word of every query that names a folder or notebook of the project
_OURS = {PROJECT, "no_track_activity"}  # the latter is Jupyter's
_STEERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # but for tabs and ends of lines
_LONGEST = 2000  # characters of a name in the path, or of a message


class Unfit(Refused):
    """A request does not say what its route asks for; `wrong` tells why, by the name of a field."""

    def __init__(self, wrong: Mapping[str, str], message: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.wrong = dict(wrong)


class WrongType(Refused):
    """The body is not of the type that is read."""

    http_status = 415


def named(names: Mapping[str, str]) -> dict[str, str]:
    """The names in the path, such as that of a model.

    Raises:
        Unfit: it is nobody's.
    """
    for field, name in names.items():
        if len(name) > _LONGEST or any(ord(letter) < 32 or letter == "\x7f" for letter in name):
            raise Unfit({field: "it cannot be a name"}, f"this is no name of a {field}", hint="check the URL")
    return dict(names)


def words(arguments: Mapping[str, Sequence[bytes]]) -> dict[str, list[str]]:
    """The words of a query, by name. JupyterLab puts the time behind the ``?`` as a name of its own, so that
    no browser answers from what it kept.

    Raises:
        Unfit: it is no UTF-8, or holds a token or a control character.
    """
    try:
        found = {name: [value.decode() for value in values] for name, values in arguments.items()}
    except UnicodeDecodeError:
        raise Unfit({}, "the query is not in UTF-8", hint="encode it") from None
    for name, values in found.items():
        if any(_STEERS.search(text) for text in (name, *values)):
            name = _STEERS.sub("?", name)[:100]
            problem = "it holds a control character"
            raise Unfit({name: problem}, f"{name}: {problem}", hint="leave it out")
    if "token" in found:
        problem = "a token is sent in a header only, as addresses are written into logs"
        raise Unfit({"token": problem}, problem, hint="Authorization: token ...")
    return {name: values for name, values in found.items() if not (name.isdecimal() and values == [""])}


def project_named(given: Mapping[str, Sequence[str]]) -> str:
    """Which folder or notebook the query names.

    Raises:
        Unfit: several.
    """
    found = given.get(PROJECT, [""])
    if len(found) > 1:
        raise Unfit({PROJECT: "it is given more than once"}, "several projects are named", hint="name one")
    return found[0]


def query(route: Route, given: Mapping[str, Sequence[str]]) -> Entity:
    """The query as its entity.

    Raises:
        Unfit: a word is unknown, given more than once where one is asked for, or does not fit.
    """
    fields = route.query.model_fields
    taken: dict[str, Any] = {}
    for name, values in given.items():
        if name in _OURS:
            continue
        if name not in fields:
            hint = did_you_mean(name, [*fields, PROJECT])
            raise Unfit({name: "it is not known here"}, f"nothing is asked by {name[:100]!r} here", hint=hint)
        if _several(fields[name].annotation):
            taken[name] = tuple(values)
        elif len(values) > 1:
            raise Unfit(
                {name: "it is given more than once"}, f"{name} is given more than once", hint="give one"
            )
        else:
            taken[name] = values[0]
    return _made(route.query, taken)


def body(route: Route, sent: bytes, content_type: str) -> Entity | None:
    """The body as its entity; one that is empty is as an empty object.

    Raises:
        WrongType: it is not sent as JSON.
        Unfit: it is no JSON, or does not fit.
    """
    if sent and content_type.partition(";")[0].strip().lower() != "application/json":
        raise WrongType("a body is read as JSON only", hint="Content-Type: application/json")
    if not sent.strip():
        given: Any = {}
    else:
        try:
            given = json.loads(sent, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            said = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
            raise Unfit({}, f"the body is no JSON: {said[:200]}", hint="send an object") from None
    if not isinstance(given, dict):
        raise Unfit({}, "the body is no JSON object", hint="send an object, in braces")
    return None if route.body is None and not given else _made(route.body or Nothing, given, sent.strip())


def _made(kind: type[_E], given: dict[str, Any], sent: bytes | None = None) -> _E:
    try:
        # as JSON where it came so: there a date is a text, and a text is no number
        return kind.model_validate(given) if not sent else kind.model_validate_json(sent)
    except ValidationError as error:
        wrong: dict[str, str] = {}
        for each in error.errors(include_url=False, include_input=False, include_context=False):
            place = ".".join(map(str, each["loc"]))[:200]
            wrong.setdefault(place, str(each["msg"]).removeprefix("Value error, ")[:300])
            if len(wrong) == 20:
                break
        first = next(iter(wrong))
        shown = f"{first}: {wrong[first]}" if first else wrong[first]
        raise Unfit(wrong, f"the request will not do: {shown}", hint=_fields(kind)) from None


def _fields(kind: type[Entity]) -> str:
    known = ", ".join(kind.model_fields)
    return f"it may say: {known}" if known else "it takes no words"


def _several(annotation: Any) -> bool:
    if get_origin(annotation) in {Union, UnionType}:
        return any(_several(each) for each in get_args(annotation))
    return annotation is tuple or get_origin(annotation) is tuple


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
