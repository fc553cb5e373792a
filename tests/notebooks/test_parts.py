"""A notebook's steps, run one by one, come to the same as the notebook run as a whole."""

from __future__ import annotations

import contextlib
import gc
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dill
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from jupyter_mlops.exceptions import NotebookError
from jupyter_mlops.notebooks.code import code_digests
from jupyter_mlops.notebooks.document import source_digest, tags
from jupyter_mlops.notebooks.parts import GENERATED_TAGS, Part, part_notebook, read_parts

Document = dict[str, Any]


def cell(source: str, *words: str, kind: str = "code") -> Document:
    return {"cell_type": kind, "metadata": {"tags": list(words)} if words else {}, "source": source}


def notebook(*sources: str | tuple[str, str]) -> Document:
    """Each cell is its source, or (step, source)."""
    made = [cell(s) if isinstance(s, str) else cell(s[1], f"step:{s[0]}") for s in sources]
    return {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def reads(document: Document) -> dict[str, dict[str, str]]:
    return {part.name: dict(part.reads) for part in read_parts(document)}


@contextlib.contextmanager
def kernel() -> Iterator[dict[str, Any]]:
    """The namespace of a fresh ``__main__``, also for dill."""
    module = types.ModuleType("__main__")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "__main__", module)
        patch.setattr(dill._dill, "_main_module", module)
        yield module.__dict__


def run(document: Document, namespace: dict[str, Any]) -> None:
    for each in document["cells"]:
        if each["cell_type"] == "code":
            exec(compile(each["source"], "<cell>", "exec"), namespace)


def run_whole(document: Document) -> dict[str, Any]:
    with kernel() as namespace:
        run(document, namespace)
    return namespace


def run_parts(document: Document, folder: Path) -> dict[str, dict[str, Any]]:
    """The namespace that each step ends with."""
    ended: dict[str, dict[str, Any]] = {}
    for part in read_parts(document):
        load = {name: folder / source / name for name, source in part.reads.items()}
        save = {name: folder / part.name / name for name in part.passes}
        with kernel() as namespace:
            run(part_notebook(document, part, load=load, save=save), namespace)
        assert not [name for name in namespace if name.startswith("_jupyter_mlops")]
        ended[part.name] = namespace
    return ended


def only(document: Document, name: str) -> Part:
    return next(part for part in read_parts(document) if part.name == name)


def test_cells_belong_to_the_tagged_one_above_and_those_above_all_to_each() -> None:
    document = notebook("import os", "c = 1", ("a", "x = c"), "y = x", ("b", "z = y"), ("a", "w = 1"))
    a, b = read_parts(document)
    assert (a.name, a.common, a.cells, b.cells) == ("a", (0, 1), (2, 3, 5), (4,))
    assert (dict(a.reads), a.passes, dict(b.reads), b.passes) == ({}, ("y",), {"y": "a"}, ())
    assert read_parts(notebook("x = 1")) == ()


# (what the cells above do, what step a does, what step b does, what b reads from a)
PASSED: list[tuple[str, str, str, str]] = [
    ("", "x = 1", "print(x)", "x"),
    ("", "x = 1", "x = 2\nprint(x)", ""),
    ("", "x = 1", "x += 1", "x"),
    ("", "x = 1", "if 0:\n    x = 2\nprint(x)", "x"),
    ("", "x = 1", "if 0:\n    x = 2\nelse:\n    x = 3\nprint(x)", ""),
    ("", "x = 1", "try:\n    x = 2\nexcept E:\n    x = 3\nprint(x)", ""),
    ("", "x = 1", "try:\n    x = 2\nexcept ValueError:\n    raise\nprint(x)", ""),
    ("", "x = 1", "try:\n    x = 2\nexcept ValueError:\n    pass\nprint(x)", "x"),
    ("", "x = 1", "for x in []: pass\nprint(x)", "x"),
    ("", "x = 1", "for x in [1]: print(x)", ""),
    ("", "x = 1", "for i in [1]:\n    if i: continue\n    else: x = 2\n    print(x)", ""),
    ("", "x = 1", "while False: x = 2\nprint(x)", "x"),
    ("", "x = 1", "import x\nprint(x)", ""),
    ("", "x = 1", "import a.b as x\nprint(x)", ""),
    ("", "a = 1; b = 2", "import a.b\nprint(a, b)", "b"),
    ("", "x = 1", "from a import b as x\nprint(x)", ""),
    ("", "x = 1", "with f() as x: print(x)", ""),
    ("", "x = 1; y = 2", "with f() as (x, [*y]): print(x, y)", ""),
    ("", "e = 1", "try: pass\nexcept E as e: print(e)", ""),
    ("", "x = 1", "print((x := 2), x)", ""),
    ("", "x = 1", "print(0 and (x := 2), x)", "x"),
    ("", "x = 1", "print([x for x in range(3)])", ""),
    ("", "x = 1", "print([i for i in x])", "x"),
    ("", "x = 1", "print([x for x in x])", "x"),
    ("", "x = 1; y = 2", "print({x: y for x in [1] for y in [x]})", ""),
    ("", "x = 1", "print(list(i * x for i in [1]))", "x"),
    ("", "x = 1", "print((lambda x: x)(1))", ""),
    ("", "x = 1", "print((lambda y: x)(1))", "x"),
    ("", "x = 1", "print((lambda y=x: y)())", "x"),
    ("", "x = 1", "def f(x): return x", ""),
    ("", "x = 1", "def f(): return x\nf()", "x"),
    ("", "x = 1", "def f(): return x", ""),
    ("", "x = 1", "def f(): return x\nx = 2\nf()", ""),
    ("", "x = 1", "def f(y: x): pass", "x"),
    ("", "x = 1", "def f(y=x): pass", "x"),
    ("", "x = 1", "def f(*, y=x): pass", "x"),
    ("", "x = 1", "def f() -> x: pass", "x"),
    ("", "x = 1", "@x\ndef f(): pass", "x"),
    ("", "x = 1", "async def f():\n    async for x in y: pass", ""),
    ("", "x = 1", "class A:\n    y = x", "x"),
    ("", "x = 1", "class A(x): pass", "x"),
    ("", "x = 1", "class A(metaclass=x): pass", "x"),
    ("", "x = 1", "class A:\n    x = 1\n    print(x)", ""),
    ("", "x = 1", "class A:\n    def f(self): return x\nA()", "x"),
    ("", "x = 1", "class A:\n    x = 1\n    def f(self): return x\nA()", "x"),
    ("", "x = 1", "y: x = 2", "x"),
    ("", "x = 1", "x: int\nprint(x)", "x"),
    ("", "x = 1", "print(f'{x}')", "x"),
    ("", "x = 1; w = 2", "print(f'{1:{w}}')", "w"),
    ("", "x = 1", "match 1:\n    case x: print(x)", ""),
    ("", "x = 1; y = 1; z = 1", "match 1:\n    case [x, *y, {'a': 1, **z}]: print(x, y, z)", ""),
    ("", "x = 1", "match x:\n    case 1 | 2: pass", "x"),
    ("", "x = 1", "del x", "x"),
    ("", "x = 1; d = {}", "d[x] = 1", "d x"),
    ("", "x = 1\ndel x", "print(x)", ""),
    ("", "x = 1", "def f():\n    global x\n    x = 2\nf()", "x"),
    ("", "def f(): return 1", "f()", "f"),
    ("", "y = 1\ndef f(): return y", "f()", "f y"),
    ("", "y = 1\ndef g(): return y\ndef f(): return g()", "f()", "f g y"),
    ("", "y = 1\ndef f(): return y", "y = 2\nf()", "f"),
    ("", "y = 1\nf = lambda: y", "f()", "f y"),
    ("", "y = 1\ndef f(): return y\nd = {'f': f}", "d['f']()", "d y"),
    ("", "y = 1\ndef f(): return y\nd = []\nd.append(f)", "d[0]()", "d y"),
    ("", "y = 1\ndef make():\n    def f(): return y\n    return f\ng = make()", "g()", "g y"),
    ("", "y = 1\ndef f(): return y\nx = f()", "x", "x"),
    ("", "class A: pass\na = A()", "a", "A a"),
    ("", "class A: pass\na = [A() for i in range(3)]", "a", "A a"),
    ("", "class A: pass\ndef f(): return A()\na = f()", "a", "A a"),
    ("", "class A: pass\nclass B(A): pass\nb = B()", "b", "A B b"),
    ("class A: pass", "a = A()", "a", "a"),
    ("def f(): return m", "m = 1", "f()", "m"),
    ("c = []", "c.append(1)", "print(c)", "c"),
    ("c = []", "c[0:] = [1]", "print(c)", "c"),
    ("c = []", "c += [1]", "print(c)", "c"),
    ("c = []", "c[0].a.b = 1", "print(c)", "c"),
    ("c = []", "del c[0]", "print(c)", "c"),
    ("c = []", "c = [1]", "print(c)", "c"),
    ("c = []", "shuffle(c)", "print(c)", "c"),
    ("import random\nc = []", "random.shuffle(c)", "print(c)", "c"),
    ("c = []", "rng.shuffle(x=c)", "print(c)", "c"),
    ("c = []", "y = c.pop()", "print(c)", "c"),
    ("c = f()", "c.drop('a', inplace=True)", "print(c)", "c"),
    ("c = f(); X = f()", "c.fit(X)", "print(c, X)", "c"),
    ("c = f(); X = f()", "d = c.fit(X)", "print(c, X)", "c"),
    ("c = f()", "print(c)\ndisplay(c)\nlen(c)\nc", "print(c)", ""),
    ("c = f()", "c.head()\nc.plot.scatter()\nc.groupby(1).mean()", "print(c)", ""),
    ("import json as j\nc = f()", "j.dump(c, file)", "print(c)", ""),
    ("from matplotlib import pyplot as plt\nc = f()", "plt.hist(c)\nplt.show()", "print(c, plt)", ""),
    ("c = []", "for x in c: x['a'] = 1", "print(c)", "c"),
    ("c = {}", "for k, v in c.items(): v.append(1)", "print(c)", "c"),
    ("c = {}", "d = c['a']\nd.append(1)", "print(c)", "c"),
    ("c = []\ndef f(): c.append(1)", "f()", "print(c)", "c"),
    ("n = 0\ndef f():\n    global n\n    n += 1", "f()", "print(n)", "n"),
    ("n = 0\ndef f():\n    n = 1", "f()", "print(n)", ""),
    ("import os", "import os", "os", ""),
    ("C = 1.0", "m = SVC(C=C)\nm.fit(X)\nuse(C)", "print(C)", ""),
    ("C = None", "use(C)", "print(C)", "C"),
    ("C = 1.0", "C += 1", "print(C)", "C"),
    ("net = Net()", "o = SGD(net.parameters())\no.step()", "print(net)", "net"),
    ("m = SVC()", "p = make_pipeline(S(), m)\np.fit(X, y)", "print(m)", "m"),
    ("t = T()", "d = {'a': [t]}\nd['a'][0].drop(inplace=True)", "print(t)", "t"),
    ("class N(M):\n    def __init__(self): super().__init__()", "n = N()", "n, N, super", "n"),
    ("def f(): return []", "f().append(1)", "f()", ""),
    ("", "import os", "os", "os"),
    ("import os", "os = 1", "import os\nos", ""),
    ("", "x = 1", "%time y = x", "x"),
    ("", "%time x = 1", "print(x)", "x"),
    ("", "x = !ls", "print(x)", "x"),
    ("", "x = 1", "!echo {x} y", "x"),
    ("", "x = 1; y = 2", "%track metric x z=y+1", "x y"),
    ("", "x = 1; y = 2", "%%bash\necho $x {y} x", "x y"),
    ("", "x = 1", "%%time\nprint(x)", "x"),
    ("", "%%capture x\n1", "print(x)", "x"),
    ("", "max = 1", "print(max)", "max"),
    ("", "x = 1", "print('x')  # x", ""),
    ("", "ä = 1", "print(ä)", "ä"),
]  # fmt: skip


@pytest.mark.parametrize(("above", "first", "second", "expected"), PASSED)
def test_what_is_passed_on(above: str, first: str, second: str, expected: str) -> None:
    document = notebook(above, ("a", first), ("b", second))
    assert sorted(reads(document)["b"]) == expected.split()
    assert list(only(document, "a").passes) == expected.split()


def test_a_variable_comes_from_the_last_step_above_that_wrote_it() -> None:
    document = notebook(("a", "x = 1; y = 1"), ("b", "x = 2"), ("c", "print(x, y)\ny = 2"), ("d", "x, y"))
    assert reads(document) == {"a": {}, "b": {}, "c": {"x": "b", "y": "a"}, "d": {"x": "b", "y": "c"}}


def test_a_step_that_perhaps_writes_a_variable_passes_on_what_it_was_given() -> None:
    document = notebook(("a", "x = 1; c = 0"), ("b", "if c:\n    x = 2"), ("c", "print(x)"))
    assert reads(document)["b"] == {"c": "a", "x": "a"}
    assert reads(document)["c"] == {"x": "b"}


def test_a_class_is_loaded_before_what_is_of_it() -> None:
    document = notebook(("a", "class B: pass\nclass A(B): pass\na = A()"), ("b", "a"))
    assert list(only(document, "b").reads) == ["B", "A", "a"]


def test_a_cell_that_is_not_run_counts_for_nothing() -> None:
    document = notebook(("a", "x = 1"), ("b", ""), "print(x)")
    document["cells"][2]["metadata"]["tags"] = ["skip-execution"]
    assert reads(document)["b"] == {}


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([("a b", "x = 1")], "cell 1 is tagged 'step:a b', which names no step"),
        ([("", "x = 1")], "'step:', which names no step"),
        ([("ä", "x = 1")], "which names no step"),
        ([("if", "x = 1")], "reserved"),
        ([("a", "print(x)"), ("b", "x = 1")], "step a reads `x`, which only step b, below it, writes"),
        ([("a", "from m import *"), ("b", "x")], "step b reads `x`, which may come from `from m import .`"),
        (
            ["class C: pass", ("a", "x = C()"), ("b", "x\nclass C: pass"), ("c", "x")],
            "steps below a read `x`, some where `C` is one class and some where it is another",
        ),
        ([("a", "x = ")], "cell 1, of step a, is not valid Python"),
        (["x = ", ("a", "")], "cell 1, above the steps, is not valid Python"),
        ([("a", "x = 1"), ("b", "x"), ("a", "x = 2")], "step a goes on below step b, in cell 3, .* `x`"),
        ([("a", "x = 1"), ("b", "x = 2"), ("a", "x = 3"), ("c", "x")], "step a goes on below step b, .* `x`"),
        ([("a", "x = 1"), ("b", "y = 1"), ("a", "y")], "step a goes on below step b, in cell 3, .* `y`"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_apart_is_refused(cells: list[Any], message: str) -> None:
    with pytest.raises(NotebookError, match=message) as refused:
        read_parts(notebook(*cells))
    assert refused.value.hint


def test_what_is_not_known_but_may_be_right_is_not_refused() -> None:
    fine = [
        [("a", "print(x)")],
        [("a", "from m import *\nprint(x)"), ("b", "x = 1")],
        ["from m import *", ("a", "print(x)"), ("b", "x = 1")],
        [("a", "for i in range(3): print(i)"), ("b", "i = 1")],
        [("a", "if c:\n    x = 1\nprint(x)"), ("b", "x = 1")],
        [("a", "def f(): return x"), ("b", "x = 1\nf()")],
        [("a", "max(1, 2)"), ("b", "max = 1")],
        [("a", "for i in [1]: print(i)"), ("b", "for i in [1]: print(i)"), ("a", "for i in [1]: print(i)")],
    ]
    for cells in fine:
        assert read_parts(notebook("c = 1", *cells))


def test_one_cell_of_two_steps_parameters_in_a_step_and_other_languages_are_refused() -> None:
    document = notebook(("a", "x = 1"), "y = 1")
    document["cells"][1]["metadata"]["tags"] = ["step:b", "step:c"]
    with pytest.raises(NotebookError, match="cell 2 is tagged for several steps: b, c"):
        read_parts(document)
    document["cells"][1]["metadata"]["tags"] = ["parameters"]
    with pytest.raises(NotebookError, match=r"the parameters cell \(cell 2\) lies in step a"):
        read_parts(document)
    document = notebook(("a", "x <- 1"))
    document["metadata"]["kernelspec"] = {"language": "R"}
    with pytest.raises(NotebookError, match="written in R"):
        read_parts(document)


def test_the_notebook_of_a_step_holds_what_is_its_own_and_says_what_was_generated() -> None:
    document = notebook("c = 1", ("a", "x = c"), ("b", "y = x"), ("c", "print(y)"))
    document["cells"].insert(2, cell("# Of b", kind="markdown"))
    document["cells"].insert(0, cell("# Of all", kind="markdown"))
    before = repr(document)
    part = only(document, "b")
    made = part_notebook(document, part, load={"x": "a/x"}, save={"y": Path("b/y")})
    assert [(each["cell_type"], tags(each)) for each in made["cells"]] == [
        ("markdown", ()),
        ("code", ()),
        ("code", ("step-inputs",)),
        ("markdown", ()),
        ("code", ("step:b",)),
        ("code", ("step-outputs",)),
    ]
    assert "'a/x'" in made["cells"][2]["source"]
    assert "'b/y'" in made["cells"][5]["source"]
    plain = part_notebook(document, part, load={}, save={})
    assert code_digests(plain) == code_digests(made)
    assert source_digest(plain) != source_digest(made)
    assert {tag for each in made["cells"] for tag in tags(each)} >= GENERATED_TAGS
    assert repr(document) == before


FAITHFUL = {
    "functions read the globals of where they are": (
        ("a", "y = 1\ndef f(): return y\nd = {'f': f}"),
        ("b", "y = 2\nr = f(), d['f']()"),
    ),
    "objects are of the class above the steps": (
        "class C: pass\nclass D(C):\n    def __eq__(self, o): return type(o) is D",
        ("a", "x = [D(), D()]"),
        ("b", "r = [isinstance(i, C) for i in x], x[0] == D()"),
    ),
    "objects are of the class of a step": (
        ("a", "class C:\n    n = 1\nx = [C()]"),
        ("b", "x.append(C())\nC.n = 2"),
        ("c", "r = [type(i) is C for i in x], [i.n for i in x]"),
    ),
    "a class that a later step defines anew": (
        "class C: pass",
        ("a", "x = C()"),
        ("b", "class C: pass\ny = C()"),
        ("c", "r = isinstance(x, C), isinstance(y, C), type(x).__name__"),
    ),
    "enums and dataclasses": (
        "import enum, dataclasses\nclass E(enum.Enum): A = 1\n@dataclasses.dataclass\nclass P:\n    e: E",
        ("a", "p = P(E.A)\n@dataclasses.dataclass\nclass Q:\n    n: int = 2\nq = Q()"),
        ("b", "r = p == P(E.A), p.e is E.A, q == Q()"),
    ),
    "two classes that know each other": (
        ("a", "class A:\n    def b(self): return B()\nclass B:\n    def a(self): return A()\nx = A()"),
        ("b", "r = type(x) is A, type(x.b()) is B, type(B().a()) is A"),
    ),
    "functions above the steps that change what is there": (
        "items = []\nn = 0\ndef add(i):\n    global n\n    n += 1\n    items.append(i)",
        ("a", "add(1)"),
        ("b", "add(2)"),
        ("c", "r = n, items"),
    ),
    "modules, closures and what holds functions": (
        ("a", "import math, functools\ndef make(k):\n    return lambda x: math.floor(x) + k"),
        ("b", "g = make(1)\nh = functools.partial(g, 2.5)"),
        ("c", "r = g(1.5), h()"),
    ),
    "a table changed in place": (
        "import pandas as pd",
        ("a", "df = pd.DataFrame({'x': [1, 2], 'y': [3, 4]})\ngroups = {'all': df}"),
        ("b", "df.insert(0, 'z', 5)\ndf.loc[0, 'x'] = 9"),
        ("c", "r = df.to_dict('list')"),
    ),
    "a model fitted in a step of its own": (
        "import numpy as np\nfrom sklearn.linear_model import LinearRegression",
        ("data", "X = np.arange(6.0).reshape(-1, 1); y = 2 * X[:, 0]\nmodel = LinearRegression()"),
        ("train", "model.fit(X, y)"),
        ("test", "r = round(float(model.predict(X)[-1]), 6)"),
    ),
    "buffers": (
        "import io",
        ("a", "b = io.BytesIO(b'abc')\nb.read(1)"),
        ("b", "r = b.read()"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("cells", FAITHFUL.values(), ids=FAITHFUL.keys())
def test_in_parts_it_comes_to_the_same(cells: tuple[Any, ...], tmp_path: Path) -> None:
    document = notebook(*cells)
    whole = run_whole(document)["r"]
    *_, last = run_parts(document, tmp_path).values()
    assert last["r"] == whole


@pytest.mark.parametrize(
    ("source", "name", "message"),
    [
        (
            "import sqlite3\nconnection = sqlite3.connect(':memory:')",
            "connection",
            r"step prepare passes on `connection` \(sqlite3.Connection\), which cannot be pickled: "
            r"TypeError: .*sqlite3.Connection.*; make it in the step that uses it",
        ),
        ("log = open(__file__)", "log", r"`log` \(_io.TextIOWrapper\), which cannot .*: an open file"),
        ("d = {'f': open(__file__)}", "d", r"`d` \(dict\), which cannot be pickled: .*holds an open file"),
        ("g = (i for i in [1])", "g", r"`g` \(generator\), which cannot be pickled"),
        (
            "class C:\n    def __reduce__(self): return int, ('x',)\nc = C()",
            "c",
            r"`c` \(C\), which cannot be pickled: ValueError",
        ),
        (
            "import enum\nclass E(enum.Enum):\n    A = 1",
            "E",
            r"`E` \(enum.EnumType\), which cannot be pickled: .*; define it above the first cell",
        ),
        ("if False:\n    x = 1", "x", "step prepare passes on `x`, but has not assigned it in this run"),
    ],
)
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the cell leaves its file open, as users do
def test_what_cannot_be_pickled_is_refused_by_name(
    source: str, name: str, message: str, tmp_path: Path
) -> None:
    document = notebook(
        f"__file__ = {__file__!r}", ("prepare", f"fine = 1\n{source}"), ("use", f"fine, {name}")
    )
    with pytest.raises(RuntimeError, match=message):
        run_parts(document, tmp_path)
    assert not (tmp_path / "prepare" / name).exists()
    gc.collect()  # the open file is warned of here, where that is expected, not in a later test


def test_each_variable_that_cannot_be_pickled_is_named(tmp_path: Path) -> None:
    document = notebook(("a", "x = (i for i in [])\nz = (i for i in [])\ny = 1"), ("b", "x, y, z"))
    with pytest.raises(RuntimeError, match="`x`.*\n.*`z`"):
        run_parts(document, tmp_path)


def test_without_dill_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = notebook(("a", "x = 1"), ("b", "x"))
    monkeypatch.setitem(sys.modules, "dill", None)
    for part in read_parts(document):
        made = part_notebook(document, part, load={"x": tmp_path / "x"}, save={"x": tmp_path / "x"})
        with pytest.raises(ImportError, match="dill, which is not installed in the kernel's environment"):
            run(made, {})


# random notebooks of steps. No two variables share an object: that is not passed on.
NAMES = st.sampled_from(["u", "v", "w"])
TEMPLATES = st.sampled_from(
    [
        "{a} = {n}", "{a} = {b} * 2 + {n}", "{a} += {b} + 1", "{l}.append({a})", "{l} = [{a}, {b}]",
        "{l} += [{a}]", "{a} = len({l}) + {b}", "if {a} > {n}:\n    {b} = {n}",
        "for {a} in range({n} % 3): {b} += {a}",
        "{f} = lambda: {a} + {n}", "def {f}(): return {a} + len({l})", "{a} = {f}()", "{f}()",
        "def {f}():\n    global {a}\n    {a} = {n}\n    return 1",
        "def {f}(k=2):\n    {l}.append({a})\n    return k",
        "{a} = sum({b} for {b} in {l})", "{a} = ({b} := {n}) + 1",
        "try:\n    {a} = {l}[{n}]\nexcept IndexError:\n    {b} = 1",
        "{d}['k'] = {a}", "{d}['f'] = {f}", "{a} = {d}['k']", "{d} = {{'k': {n}, 'f': {f}}}",
        "{a} = {d}['f']()",
        "del {a}\n{a} = {n}", "match {n} % 2:\n    case 0: {a} = 0\n    case {b}: pass",
        "{o} = Box({a})", "{a} = {o}.v",
        "{o}.v = {a}", "{a} = int(isinstance({o}, Box))", "while {a} > 50: {a} -= 50",
        "class Box(Base):\n    extra = {n}", "{l} = sorted({l}, key=lambda i: i % ({n} + 1))",
        "{a} %= 100", "{l} = {l}[-5:]",
    ]
)  # fmt: skip
STATEMENTS = st.builds(
    lambda text, a, b, list_, function, mapping, thing, n: text.format(
        a=a, b=b, l=list_, f=function, d=mapping, o=thing, n=n
    ),
    TEMPLATES, NAMES, NAMES, st.sampled_from("lm"), st.sampled_from("fg"), st.sampled_from(["d"]),
    st.sampled_from(["o"]), st.integers(0, 5),
)  # fmt: skip
ABOVE = (
    "class Base:\n    def __init__(self, v): self.v = v\nclass Box(Base): pass\n"
    "u = 1; v = 2; w = 3; l = []; m = [1]; d = {'k': 1, 'f': lambda: 7}; o = Box(4)\n"
    "def f(): return 5\ndef g(): return f() + u\n"
)
ALL = ["u", "v", "w", "l", "m"]
LOOK = (
    "r = [u, v, w, l, m, d['k'], o.v]\nfor call in (f, g, d['f']):\n    try: r.append(call())\n"
    "    except RecursionError: r.append('endless')\nr += [u, v, w, l, m, isinstance(o, Base)]\n"
)


@given(st.lists(st.lists(STATEMENTS, min_size=1, max_size=4), min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_any_notebook_in_parts_comes_to_the_same(
    tmp_path_factory: pytest.TempPathFactory, steps: list[list[str]]
) -> None:
    cells = [(f"s{number}", "\n".join(lines)) for number, lines in enumerate(steps)]
    document = notebook(ABOVE, *cells, ("look", LOOK))
    note("\n".join(f"# {name}\n{source}" for name, source in cells))
    try:
        whole = run_whole(document)["r"]
    except (RecursionError, TypeError, NameError, MemoryError):  # no notebook that anyone would run
        return
    try:
        ended = run_parts(document, tmp_path_factory.mktemp("parts"))
    except NotebookError as refused:
        assert "some where `Box` is one class" in str(refused)
        return
    assert ended["look"]["r"] == whole


@given(st.lists(st.text("abx=:()[]\n .%!{}fordefinlambda*", max_size=40), max_size=4))
@settings(max_examples=200)
def test_any_text_in_the_cells_is_read_or_refused(sources: list[str]) -> None:
    with contextlib.suppress(NotebookError):
        read_parts(notebook(*((f"s{number}", source) for number, source in enumerate(sources))))
