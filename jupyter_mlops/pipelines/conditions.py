"""`when:` of a step: a condition on what steps before it found, parsed and never run as Python.

``prepare.rows > 100 and not train.accuracy < 0.8``: metrics, else parameters, of a step by name
(``train["val/loss"]`` where a name is no word), the pipeline's own parameters alone by theirs, numbers,
texts, ``and or not``, ``in``, comparisons and arithmetic.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jupyter_mlops.exceptions import Refused

Values = Mapping[str, Any]

_LONGEST = 2000  # characters
_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}
_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_MEND = 'write e.g. when: prepare.rows > 100 and train["val/loss"] < 0.3'


class Condition:
    """A condition that can be read.

    Raises:
        Refused: it cannot.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        if len(text) > _LONGEST:
            raise Refused("the condition is too long", hint=_MEND)
        try:
            self._tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise Refused(f"the condition cannot be read: {text}", hint=_MEND) from None
        self.steps = frozenset(name for name, _ in _references(self._tree))
        self.names = frozenset(_names(self._tree))

    def holds(self, steps: Mapping[str, Values], parameters: Values) -> bool:
        """Whether it is true.

        Args:
            steps: metrics and parameters of each step that it names.
            parameters: the pipeline's own.

        Raises:
            Refused: a step found no such value, or values cannot be compared.
        """
        try:
            return bool(_value(self._tree, steps, parameters))
        except (TypeError, ZeroDivisionError, OverflowError, MemoryError) as error:
            raise Refused(f"the condition {self.text!r} cannot be told: {error}", hint=_MEND) from None


def _references(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """(step, name) of every value of a step; whatever else is not allowed is refused."""
    if isinstance(tree, ast.Attribute) and isinstance(tree.value, ast.Name):
        yield tree.value.id, tree.attr
        return
    match tree:
        case ast.Subscript(value=ast.Name(id=step), slice=ast.Constant(value=str(name))):
            yield step, name
            return
    allowed = (
        ast.BoolOp,
        ast.boolop,
        ast.UnaryOp,
        ast.Not,
        ast.USub,
        ast.Compare,
        ast.Constant,
        ast.Name,
        ast.Load,
        ast.List,
        ast.Tuple,
        ast.BinOp,
        *_COMPARE,
        *_ARITHMETIC,
    )
    if not isinstance(tree, allowed):
        raise Refused(f"the condition may not hold {ast.unparse(tree)!r}", hint=_MEND)
    for child in ast.iter_child_nodes(tree):
        yield from _references(child)


def _names(tree: ast.AST) -> Iterator[str]:
    """Names that stand alone."""
    if isinstance(tree, ast.Attribute | ast.Subscript):
        return
    if isinstance(tree, ast.Name):
        yield tree.id
    for child in ast.iter_child_nodes(tree):
        yield from _names(child)


def _value(tree: ast.expr, steps: Mapping[str, Values], parameters: Values) -> Any:
    def of(node: ast.expr) -> Any:
        return _value(node, steps, parameters)

    match tree:
        case ast.Constant():
            return tree.value
        case ast.List() | ast.Tuple():
            return [of(item) for item in tree.elts]
        case ast.Name():
            return parameters[tree.id]
        case ast.Attribute() | ast.Subscript():
            step, name = next(_references(tree))
            return _found(steps, step, name)
        case ast.BoolOp(op=ast.And()):
            return all(of(value) for value in tree.values)
        case ast.BoolOp():
            return any(of(value) for value in tree.values)
        case ast.UnaryOp(op=ast.Not()):
            return not of(tree.operand)
        case ast.UnaryOp():
            return -of(tree.operand)
        case ast.BinOp():
            return _ARITHMETIC[type(tree.op)](of(tree.left), of(tree.right))
        case ast.Compare():
            values = [of(tree.left), *map(of, tree.comparators)]
            pairs = zip(tree.ops, values, values[1:], strict=False)
            return all(_COMPARE[type(op)](left, right) for op, left, right in pairs)
    raise Refused(f"the condition may not hold {ast.unparse(tree)!r}", hint=_MEND)


def _found(steps: Mapping[str, Values], step: str, name: str) -> Any:
    values = steps[step]
    if name not in values:
        known = ", ".join(sorted(values)) or "none"
        raise Refused(f"step {step} has no metric or parameter {name!r}", hint=f"there are: {known}")
    return values[name]
