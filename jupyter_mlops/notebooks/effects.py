"""What a statement changes in place, as far as its text tells: what the analysis of steps goes by."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator, Mapping

# Functions that only look at what they are given
_LOOKING_FUNCTIONS = {
    "print", "display", "len", "repr", "str", "sorted", "sum", "min", "max", "any", "all", "type", "id",
    "isinstance", "hasattr", "getattr", "dir", "help", "vars", "open", "iter", "list", "tuple", "set",
    "dict", "enumerate", "zip", "map", "filter", "range", "abs", "round", "format",
}  # fmt: skip
# Methods that only look at what they are called on and given
_LOOKING_METHODS = {
    "head", "tail", "describe", "info", "sample", "value_counts", "show", "plot", "hist", "boxplot",
    "corr", "mean", "std", "var", "median", "count", "unique", "nunique", "isna", "isnull",
    "memory_usage", "items", "keys", "values", "copy", "to_csv", "to_parquet", "to_json", "to_excel",
    "to_string", "to_html", "to_markdown", "predict", "predict_proba", "transform", "score",
    "get_params", "save", "savefig", "write", "write_text", "write_bytes",
}  # fmt: skip
# Methods that change what they are called on, and only read what they are given
_TAKING = {
    "fit", "partial_fit", "fit_transform", "append", "appendleft", "extend", "add", "insert", "update",
    "remove", "discard", "scatter", "bar", "barh", "imshow", "contour", "set", "set_title",
    "set_xlabel", "set_ylabel", "legend", "annotate", "text", "fill_between", "errorbar", "pie", "step",
    "violinplot",
}  # fmt: skip
# Methods that change what they are called on also where their result is used
_CHANGING = {"fit", "partial_fit", "fit_transform", "fit_predict", "pop", "popitem", "popleft", "setdefault"}
# Packages whose functions only look at what they are given
_LOOKING_PACKAGES = {
    "matplotlib", "seaborn", "plotly", "altair", "bokeh", "mlflow", "jupyter_mlops", "IPython",
    "joblib", "pickle", "dill", "json", "csv", "logging", "warnings", "pprint", "os", "sys", "time",
    "pathlib", "gc", "sklearn", "tqdm",
}  # fmt: skip
_WRAPPERS = {"partial", "vectorize", "wraps", "frompyfunc", "make_pipeline", "make_union", "compose"}


@dataclasses.dataclass(frozen=True)
class Imported:
    """A name that an import binds, to `of`, something of the package `root`; `module` where that is one."""

    root: str
    module: bool
    of: str


def changed_at(node: ast.AST, imported: Mapping[str, Imported]) -> Iterator[str]:
    """The variables that this very node, not what is inside it, changes in place.

    That is what an item or attribute is assigned to or deleted from; what a method is called on, and what a
    function is given, where the result is thrown away.
    """
    if isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
        name = base(node)
        if name and not (name in imported and imported[name].module):
            yield name
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
        name = base(node.func)
        if name and name not in imported:
            yield name
    elif isinstance(node, ast.Expr):
        call = node.value.value if isinstance(node.value, ast.Await) else node.value
        if isinstance(call, ast.Call):
            yield from _changed_by(call, imported)


def _changed_by(call: ast.Call, imported: Mapping[str, Imported]) -> Iterator[str]:
    """What a call whose result is thrown away changes."""
    root = call.func.id if isinstance(call.func, ast.Name) else base(call.func)
    words = {part.attr for part in ast.walk(call.func) if isinstance(part, ast.Attribute)}
    last = call.func.attr if isinstance(call.func, ast.Attribute) else root
    if words & _LOOKING_METHODS or (not words and root in _LOOKING_FUNCTIONS):
        return
    if root and root in imported:
        if imported[root].root in _LOOKING_PACKAGES:
            return
    elif root and words:
        yield root
    if last in _TAKING:
        return
    for given in (*call.args, *(word.value for word in call.keywords)):
        name = base(given.value if isinstance(given, ast.Starred) else given, through_calls=False)
        if name and name not in imported:
            yield name


def base(node: ast.expr, *, through_calls: bool = True) -> str | None:
    """The variable at the root of ``a.b[c].d``, and, unless told otherwise, of ``a.b().c``. What a function
    gives, as in ``f().c``, has none."""
    while isinstance(node, ast.Subscript | ast.Attribute) or (through_calls and isinstance(node, ast.Call)):
        if isinstance(node, ast.Call) and not isinstance(node.func, ast.Attribute):
            return None
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def shared_with(node: ast.expr) -> Iterator[str]:
    """The variables whose objects the value of the expression is, is a part of, or has as parts: `a` of
    ``a``, ``a[0].b``, ``[a]`` and ``Class(a.parts())``."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        for element in node.elts:
            yield from shared_with(element)
    elif isinstance(node, ast.Dict):
        for element in node.values:
            yield from shared_with(element)
    elif isinstance(node, ast.Starred):
        yield from shared_with(node.value)
    elif isinstance(node, ast.Call) and keeps_what_it_is_given(node.func):
        for given in (*node.args, *(word.value for word in node.keywords)):
            through = base(given)
            yield from [through] if through else shared_with(given)
    else:
        name = base(node, through_calls=False)
        if name:
            yield name


def keeps_what_it_is_given(function: ast.expr) -> bool:
    """Whether the result of the call holds what is given to it: it is a class, by its name, or the like."""
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name[:1].isupper() or name in _WRAPPERS
