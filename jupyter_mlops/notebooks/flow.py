"""Which variables the cells of a step read and write, in the order in which their code does so."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

from jupyter_mlops.notebooks.code import LINE, read_code
from jupyter_mlops.notebooks.effects import Imported, base, changed_at
from jupyter_mlops.notebooks.trace import Trace
from jupyter_mlops.notebooks.variables import Variable, class_reads, defined, held

_TIMED = re.compile(r"%(?:time|timeit|prun|memit)\s+(.*)", re.DOTALL)
_CAPTURED = re.compile(r"%%capture\s+(?:--?[\w-]+\s+)*([A-Za-z_]\w*)")
_SHELL = re.compile(r"\{\s*([A-Za-z_]\w*)|\$([A-Za-z_]\w*)")
_WORD = re.compile(r"[A-Za-z_]\w*")


class Flow(Trace, ast.NodeVisitor):
    """Follows the code of one step from cell to cell, in the order in which it runs."""

    def follow(self, source: str) -> bool:
        """Go through a cell; False where it is no Python, or nested too deep."""
        self.touched.append((set(), set()))
        tree = read_code(source)
        try:
            self._visit_each(tree)
        except RecursionError:
            return False
        return tree is not None

    # names

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.read(node.id)
        elif isinstance(node.ctx, ast.Store):
            self.write(node.id)
        else:
            self.read(node.id)
            self.forget(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.generic_visit(node)
        self._change_at(node)

    visit_Subscript = visit_Attribute  # type: ignore[assignment]  # both are a part of something

    def visit_Expr(self, node: ast.Expr) -> None:
        self.generic_visit(node)
        given = node.value.args if isinstance(node.value, ast.Call) else []
        self._change_at(node, given)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id == LINE:
            self._line(str(getattr(node.args[0], "value", "")))
            return
        self.generic_visit(node)
        self._change_at(node, node.args)

    def _change_at(self, node: ast.AST, given: Iterable[ast.AST] = ()) -> None:
        for name in changed_at(node, self.imported):
            variable = Variable()
            for each in given:
                variable |= held(each, self.known, self.imported).held()
            self.change(name, variable)

    # assignments

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self._assign(target, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self._assign(node.target, node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.read(node.target.id)
            self.visit(node.value)
            self.plain.discard(node.target.id)
            self.change(node.target.id, held(node.value, self.known, self.imported).held())
        else:
            self.visit(node.value)
            self.visit(node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        hidden, self._hidden = self._hidden, []  # it assigns outside of the comprehension
        self._assign(node.target, node.value)
        self._hidden = hidden
        if hidden:  # perhaps
            self._sure.discard(node.target.id)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        pairs = [(target, value)]
        if isinstance(target, ast.Tuple | ast.List):
            values = value.elts if isinstance(value, ast.Tuple | ast.List) else []
            alike = len(values) == len(target.elts)
            pairs = [(part, values[i] if alike else value) for i, part in enumerate(target.elts)]
        if isinstance(target, ast.Starred):
            pairs = [(target.value, value)]
        for part, given in pairs:
            if isinstance(part, ast.Tuple | ast.List | ast.Starred):
                self._assign(part, given)
                continue
            variable = held(given, self.known, self.imported)
            if isinstance(part, ast.Name):
                self.write(part.id, variable)
                self._alias(part.id, given)
                if _is_plain(given) and not self._branches:
                    self.plain.add(part.id)
            else:
                self.visit(part)
                name = base(part)
                if name:
                    self.change(name, variable.held())

    # definitions and imports

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for part in (*node.decorator_list, node.args.defaults, node.args.kw_defaults, node.returns):
            self._visit_each(part)
        arguments = node.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            self._visit_each(argument.annotation)
        for star in (arguments.vararg, arguments.kwarg):
            self._visit_each(star.annotation if star else None)
        variable = defined(node, self.imported)
        for decorator in node.decorator_list:
            variable |= held(decorator, self.known, self.imported).held()
        self.write(node.name, variable)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in (*node.decorator_list, *node.bases, *(word.value for word in node.keywords)):
            self.visit(part)
        for name in sorted(class_reads(node)):
            self.read(name)
        variable = defined(node, self.imported)
        for parent in node.bases:
            variable |= held(parent, self.known, self.imported).held()
        self.write(node.name, variable)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """One that is only passed on may be called there and then."""
        self._visit_each([*node.args.defaults, *node.args.kw_defaults])
        variable = defined(node, self.imported)
        for name in sorted(variable.later):
            self.read(name, named=False)
        self.plain -= variable.assigns
        for name in sorted(variable.changes | variable.assigns):
            self.change(name)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            root = alias.name.partition(".")[0]
            self._import(
                alias.asname or root, Imported(root, module=True, of=alias.name if alias.asname else root)
            )

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                self.star = f"from {'.' * node.level}{node.module or ''} import *"
                continue
            module = "." * node.level + (node.module or "")
            found = Imported(module.partition(".")[0], module=False, of=f"{module}:{alias.name}")
            self._import(alias.asname or alias.name, found)

    def _import(self, name: str, found: Imported) -> None:
        if name in self._common and self.imported.get(name) == found:
            self._sure.add(name)  # once more what the cells above all steps have imported
            return
        self.write(name)
        self.imported[name] = found

    def _visit_each(self, part: ast.AST | Iterable[ast.AST | None] | None) -> None:
        for node in [part] if isinstance(part, ast.AST) else part or ():
            if node is not None:
                self.visit(node)

    # branches and loops

    def _branch(self, *parts: Sequence[ast.AST]) -> set[str]:
        """Visit what may run or not; the names that are surely assigned after it, if it runs."""
        before = set(self._sure)
        self._branches += 1
        for part in parts:
            self._visit_each(part)
        self._branches -= 1
        after, self._sure = self._sure, before
        return after | self._perhaps if _leaves(parts[-1]) else after  # nothing comes after it

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        yes = self._branch(node.body)
        self._sure |= yes & self._branch(node.orelse)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self.visit(node.test)
        yes = self._branch([node.body])
        self._sure |= yes & self._branch([node.orelse])

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self.visit(node.values[0])
        self._branch(node.values[1:])

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        self._branch(node.body)
        self._branch(node.orelse)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        before = set(self._sure)
        self._branches += 1
        self._assign(node.target, node.iter)
        for part in ast.walk(node.target):
            if isinstance(part, ast.Name):
                for source in _iterated(node.iter):
                    self._alias(part.id, source)
        self._branches -= 1
        self._branch(node.body)
        self._sure = before
        self._branch(node.orelse)

    visit_AsyncFor = visit_For

    def visit_Try(self, node: ast.Try) -> None:
        body = self._branch(node.body, node.orelse)
        ends = [self._branch([handler]) for handler in node.handlers]
        self._sure |= body.intersection(*ends) if ends else body
        self._visit_each(node.finalbody)

    visit_TryStar = visit_Try  # type: ignore[assignment]  # they have the same fields

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._visit_each(node.type)
        kept = node.name in self.writes
        if node.name:
            self.write(node.name)
        self._visit_each(node.body)
        if node.name:
            self.forget(node.name)
            self._perhaps.discard(node.name)
            if not kept:
                self.writes.discard(node.name)

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        self._visit_each(node.items)
        if any("suppress" in ast.unparse(item.context_expr) for item in node.items):
            self._branch(node.body)
        else:
            self._visit_each(node.body)

    visit_AsyncWith = visit_With

    def visit_withitem(self, node: ast.withitem) -> None:
        self.visit(node.context_expr)
        if node.optional_vars is not None:
            self._assign(node.optional_vars, node.context_expr)

    def visit_Match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        ends = [self._branch([case]) for case in node.cases]
        last = node.cases[-1]
        if last.guard is None and isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None:
            self._sure |= set.intersection(*ends)  # there is a case for all else

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        self.generic_visit(node)
        if node.name:
            self.write(node.name)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.generic_visit(node)
        if node.rest:
            self.write(node.rest)

    # comprehensions

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        hidden: set[str] = set()
        first = True
        for part in node.generators:
            if first:
                self.visit(part.iter)  # outside
                self._hidden.append(hidden)
            else:
                self.visit(part.iter)
            first = False
            hidden |= {name.id for name in ast.walk(part.target) if isinstance(name, ast.Name)}
            self._visit_each(part.ifs)
        results = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
        self._visit_each(results)
        self._hidden.pop()

    visit_ListComp = _comprehension
    visit_SetComp = _comprehension
    visit_GeneratorExp = _comprehension
    visit_DictComp = _comprehension

    # lines of IPython

    def _line(self, text: str) -> None:
        """What a magic or shell line reads is told by its words, as far as they are variables."""
        timed = _TIMED.fullmatch(text)
        tree = read_code(timed[1]) if timed else None
        captured = _CAPTURED.match(text)
        if tree is not None:
            self._visit_each(tree.body)
        elif captured:
            self.write(captured[1])
        elif text.startswith("%run "):
            self.star = text  # what it defines cannot be told, either
        else:
            for name in sorted(_words(text)):
                self.read(name, named=False)


def _is_plain(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        return _is_plain(node.operand)
    told = isinstance(node, ast.Constant) and node.value is not None  # None may be a default for anything
    return told or isinstance(node, ast.JoinedStr)


def _leaves(nodes: Sequence[ast.AST]) -> bool:
    """Whether the last of the nodes leaves the statement that they are in."""
    last = nodes[-1] if nodes else None
    if isinstance(last, ast.ExceptHandler | ast.match_case):
        last = last.body[-1]
    return isinstance(last, ast.Raise | ast.Continue | ast.Break)


def _iterated(node: ast.expr) -> Iterator[ast.expr]:
    """What ``for`` takes its values from: `d` of ``d.items()``, `a` and `b` of ``zip(a, b)``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        yield from node.args
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield node.func.value


def _words(text: str) -> Iterator[str]:
    other_language = text.startswith("%%") and "\n" in text
    if text.startswith("!") or other_language:
        yield from (first or second for first, second in _SHELL.findall(text))
    else:
        yield from _WORD.findall(text)
