"""Check cells of several asserts: each is tried, and all that say no are told together."""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.execution.asserted import ASK_TIME, SHOW, always_true, asserted, parts
from jupyter_mlops.execution.schema_errors import schema_errors

if TYPE_CHECKING:
    from jupyter_mlops.execution.client import CellClient

LONGEST = 300  # characters of what one assert says
_ASSERT = re.compile(r"^assert\b", re.MULTILINE)
_NOT_PYTHON = re.compile(r"^[%!].*$", re.MULTILINE)  # a line of IPython's
_HELPER = "__jupyter_mlops_asserts__"  # among the builtins, while the cell runs


def try_all(client: CellClient, source: str) -> bool:
    """Have the kernel try every assert at the top level of the cell that it runs next, and raise at the
    cell's end what they said: that of the one that failed, or ``AssertionError: 2 of 3 asserts: ...``. All
    other statements run as usual, and an exception of theirs ends the cell.

    Returns:
        Whether it will: the cell has several, and the kernel is IPython's.
    """
    if len(_ASSERT.findall(source)) < 2 or client.kernel.info.get("implementation") != "ipython":
        return False
    told: dict[int, tuple[str, list[str]]] = {}
    with contextlib.suppress(SyntaxError, ValueError, RecursionError):
        for node in ast.parse(_NOT_PYTHON.sub("pass", source)).body:
            if isinstance(node, ast.Assert):
                told[node.lineno] = " ".join(ast.unparse(node.test).split()), parts(node.test)
    if len(told) < 2:
        return False
    with contextlib.suppress(MLOpsError):
        client.ask(
            "None", f"(lambda space: (exec({_CODE!r}, space), space['arm']({told!r})))({{}})", ASK_TIME
        )
        return True
    return False


def check_error(client: CellClient, source: str, fields: Mapping[str, Any], several: bool) -> str | None:
    """What a check cell said no by, if it did: of an assert the expression and its values, of pandera's
    ``SchemaErrors`` a line for each column and check, of several asserts (see `try_all`) all that failed. Of
    one that said yes by an assert that cannot say no, that.

    Args:
        client: what ran the cell; its kernel is asked while it is at rest.
        source: of the cell.
        fields: of the cell's record: ``error``, ``traceback`` and ``execution_count``.
        several: what `try_all` returned for it.
    """
    error = fields.get("error")
    if error is not None:
        schema = str(error).startswith("SchemaErrors:")
        error = schema_errors(client, error) if schema else asserted(client, source, fields)
    found = _failed_before(client, error) if several else error
    return always_true(source) if found is None else found


def _failed_before(client: CellClient, error: str | None) -> str | None:
    """The error, with the asserts that had failed before it in the cell."""
    found: dict[str, Any] = {}
    with contextlib.suppress(MLOpsError, SyntaxError, ValueError, TypeError):
        found = client.ask(f"__import__('builtins').{_HELPER}.told()", timeout=ASK_TIME) or {}
    if error is None or not found.get("said") or found.get("ended"):
        return error
    count = len(found["said"])
    said = ";\n".join([error, f"before it {count} of {found['total']} asserts failed", *found["said"]])
    return client.redacted(said)


_CODE = f"""{SHOW}
import ast, builtins, sys

class Asserts:
    def __init__(self, table):
        self.table, self.failed, self.said, self.ended = table, [], [], False

    def told(self):
        del builtins.{_HELPER}
        return json.dumps(dict(said=self.said, total=len(self.table), ended=self.ended))

    def no(self, line, names):
        error = sys.exc_info()[1]
        text = " ".join(str(error).split())[:{LONGEST}]
        if not text and line in self.table:
            text, parts = self.table[line]
            values = json.loads(show(names, parts))
            text += (", where " + ", ".join(k + " = " + v for k, v in values.items())) if values else ""
        self.failed.append(error)
        self.said.append("line %d: %s" % (line, text))

    def end(self, shown=None):
        __tracebackhide__ = True
        if not self.failed:
            return shown
        self.ended = True
        sys.displayhook(shown)
        if len(self.failed) == 1:
            raise self.failed[0]
        counted = "%d of %d asserts:\\n" % (len(self.failed), len(self.table))
        raise AssertionError(counted + ";\\n".join(self.said)) from self.failed[0]

def placed(code, node):
    new = ast.parse(code).body[0]
    for part in ast.walk(new):
        ast.copy_location(part, node)
    return new

class Several(ast.NodeTransformer):
    def visit(self, tree):
        shell = get_ipython()
        shell.ast_transformers = [each for each in shell.ast_transformers if each is not self]
        body = []
        for node in tree.body:
            if isinstance(node, ast.Assert):
                code = "try: pass\\nexcept AssertionError: {_HELPER}.no(%d, globals())" % node.lineno
                tried = placed(code, node)
                tried.body = [node]
                node = tried
            body.append(node)
        end = placed("{_HELPER}.end()", body[-1])
        if isinstance(body[-1], ast.Expr):  # its value is shown
            end.value.args = [body.pop().value]
        tree.body = body + [end]
        return tree

def arm(table):
    builtins.{_HELPER} = Asserts(table)
    shell = get_ipython()
    shell.ast_transformers = shell.ast_transformers + [Several()]
"""
