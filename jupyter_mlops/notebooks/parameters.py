"""The parameters cell as typed declarations, read from its source without running it."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_mlops.entities import Parameter
from jupyter_mlops.exceptions import NotebookError
from jupyter_mlops.notebooks.document import PARAMETERS_TAG, Notebook, code_cells, find_tagged
from jupyter_mlops.notebooks.types import UNREADABLE, UnknownType, bounds, metadata, python_type

_BOUNDS = ("ge", "gt", "le", "lt")
_BUILTIN = {"int", "float", "str", "bytes", "list", "dict", "tuple", "set", "frozenset"}
_MAKERS = _BUILTIN | {"Path", "Decimal", "date", "datetime", "time", "timedelta"}


def read_parameters(notebook: Notebook) -> tuple[Parameter, ...] | None:
    """The declarations of the cell tagged ``parameters``, in order; None where no cell bears the tag.

    A name assigned twice counts once, as last assigned.

    Raises:
        NotebookError: that cell is not valid Python.
    """
    found = find_tagged(notebook, PARAMETERS_TAG)
    if found is None:
        return None
    index, cell = found
    source = without_magics(cell["source"])
    try:
        tree = ast.parse(source)
    except UNREADABLE as error:
        where = f"line {error.lineno}: {error.msg}" if isinstance(error, SyntaxError) else str(error)
        raise NotebookError(
            f"the parameters cell (cell {index + 1}) is not valid Python: {where}",
            hint="mend that cell",
        ) from None
    enums = enum_classes(notebook, upto=index)
    comments = _comments(source)
    declared: dict[str, Parameter] = {}
    for name, annotation, value in _assignments(tree):
        last = value or annotation
        line = (last.end_lineno or 0) if last else 0
        if name in declared and annotation is None:
            annotation = _annotation_of(declared[name])
        declared[name] = _parameter(name, annotation, value, enums, comments.get(line, ""), set(declared))
    return tuple(declared.values())


def without_magics(source: str) -> str:
    """The source with IPython's magic and shell lines blanked, so that `ast` can read the rest."""
    try:
        ast.parse(source)
    except UNREADABLE:
        pass
    else:
        return source  # a line of text or of an expression may begin with % or !
    lines = [
        " " * (len(line) - len(line.lstrip())) + "pass" if line.lstrip().startswith(("%", "!")) else line
        for line in source.split("\n")
    ]
    return "\n".join(lines)


def _assignments(tree: ast.Module) -> Iterator[tuple[str, ast.expr | None, ast.expr | None]]:
    """(name, annotation, value) of every top-level assignment to plain names."""
    for statement in tree.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield statement.target.id, statement.annotation, statement.value
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                yield from _unpack(target, statement.value)


def _unpack(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, None, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, None, value
    elif isinstance(target, ast.Tuple | ast.List):
        values = value.elts if isinstance(value, ast.Tuple | ast.List) else []
        if len(values) == len(target.elts):
            for part, element in zip(target.elts, values, strict=True):
                yield from _unpack(part, element)


def _parameter(
    name: str,
    annotation: ast.expr | None,
    value: ast.expr | None,
    enums: Mapping[str, Mapping[str, Any]],
    comment: str,
    earlier: set[str],
) -> Parameter:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        annotation = _parsed(annotation.value) or annotation  # a quoted annotation
    text = ast.unparse(annotation) if annotation else None
    default, literal = _default(value)
    inferred = _made_by(value) if default is None else type(default).__name__
    used = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)} if value else set()
    named = _enums_named(text, enums)
    of = value.value.id if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name) else ""
    if annotation is None and of in enums:
        # ``colour = Colour.RED`` declares its type as well as an annotation would
        inferred, named = of, {of: enums[of]}
    final = text or inferred
    return Parameter(
        name=name,
        annotation=final,
        declared=annotation is not None,
        default=default,
        default_source=ast.unparse(value) if value else "",
        derived=not literal and bool(used & earlier),
        choices=_choices(final, named),
        nullable=_nullable(final, named) or (annotation is None and literal and default is None),
        help=comment,
        enums=named,
        **_numeric_bounds(annotation),
    )


def _annotation_of(parameter: Parameter) -> ast.expr | None:
    if not parameter.declared or parameter.annotation is None:
        return None
    return _parsed(parameter.annotation)


def _parsed(annotation: str) -> ast.expr | None:
    try:
        return ast.parse(annotation, mode="eval").body
    except UNREADABLE:
        return None


def _default(value: ast.expr | None) -> tuple[Any, bool]:
    """(the value, whether it is a literal); ``float("nan")`` counts as one."""
    if value is None:
        return None, False
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "float" and len(value.args) == 1:
        try:
            return float(ast.literal_eval(value.args[0])), True
        except (TypeError, ValueError, OverflowError):
            return None, False
    try:
        return ast.literal_eval(value), True
    except (ValueError, TypeError):
        return None, False


def _made_by(value: ast.expr | None) -> str | None:
    """The type that a default such as ``Path("data")`` or ``datetime.date(2024, 5, 6)`` shows, if any."""
    if not isinstance(value, ast.Call):
        return None
    module, _, called = ast.unparse(value.func).rpartition(".")
    if module not in {"", "datetime", "dt", "decimal", "pathlib"} or called not in _MAKERS:
        return None
    return called if value.args or called in _BUILTIN else None  # ``time()`` is more often that of `time`


def _numeric_bounds(annotation: ast.expr | None) -> dict[str, float]:
    found: dict[str, float] = {}
    for piece in metadata(annotation) if annotation else ():
        found.update({w: v for w, v in bounds(piece).items() if w in _BOUNDS and isinstance(v, int | float)})
    return found


def _choices(annotation: str | None, enums: Mapping[str, Mapping[str, Any]]) -> tuple[Any, ...] | None:
    """What may be chosen from: the values of a ``Literal``, the member names of an ``Enum``."""
    import enum
    from typing import Annotated, Literal, get_args, get_origin

    hint = _type_or_none(annotation, enums)
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if hint is not None and type(None) in get_args(hint) and len(get_args(hint)) == 2:
        hint = next(part for part in get_args(hint) if part is not type(None))
    if get_origin(hint) is Literal:
        return get_args(hint)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return tuple(hint.__members__)
    return None


def _nullable(annotation: str | None, enums: Mapping[str, Mapping[str, Any]]) -> bool:
    from typing import get_args

    hint = _type_or_none(annotation, enums)
    return hint is not None and (type(None) in get_args(hint) or None in get_args(hint))


def _type_or_none(annotation: str | None, enums: Mapping[str, Mapping[str, Any]]) -> Any:
    if annotation is None:
        return None
    try:
        return python_type(annotation, enums)
    except UnknownType:
        return None


def _enums_named(
    annotation: str | None, enums: Mapping[str, Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    if annotation is None:
        return {}
    names = set(re.findall(r"\w+", annotation))  # a part of the annotation may be quoted
    return {name: members for name, members in enums.items() if name in names}


def enum_classes(notebook: Notebook, *, upto: int) -> dict[str, dict[str, Any]]:
    """Enum classes written in the notebook at or above cell `upto`, with literal members."""
    found: dict[str, dict[str, Any]] = {}
    for index, cell in code_cells(notebook):
        if index > upto:
            break
        try:
            tree = ast.parse(without_magics(cell["source"]))
        except UNREADABLE:
            continue
        for statement in tree.body:
            if isinstance(statement, ast.ClassDef) and any(
                "Enum" in ast.unparse(base) for base in statement.bases
            ):
                found[statement.name] = _members(statement)
    return {name: members for name, members in found.items() if members}


def _members(definition: ast.ClassDef) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for statement in definition.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
            try:
                members[name] = ast.literal_eval(statement.value)
            except (ValueError, TypeError):  # auto() and the like: the name is what counts
                members[name] = name.lower() if "StrEnum" in ast.unparse(definition) else len(members) + 1
    return members


def _comments(source: str) -> dict[int, str]:
    """Comment at the end of each line, by line number."""
    found: dict[int, str] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                found[token.start[0]] = token.string.lstrip("# ").strip()
    except (tokenize.TokenError, IndentationError):
        pass
    return found
