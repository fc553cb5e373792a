"""Parameters for notebooks of other languages, written by Papermill's translators where these can be trusted.

A translator's escaping is not taken on trust: what it would write as another value, or as code, is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_mlops.entities import Parameter
from jupyter_mlops.exceptions import ParameterError, Refused, did_you_mean
from jupyter_mlops.execution.kernels import kernel_spec
from jupyter_mlops.notebooks.document import PARAMETERS_TAG, Notebook, code_cells, find_tagged
from jupyter_mlops.notebooks.injection import with_injected
from jupyter_mlops.notebooks.secrets import literal_text, parse_secret
from jupyter_mlops.notebooks.values import from_text

_DEEPEST = 50
_WIDE = "\u0100-\ud7ff\ue000-\uffff"  # Latin-1 is left out: it is written as \xHH, which means a byte to most


@dataclass(frozen=True)
class _Rules:
    """What one translator of Papermill 2.6 and 2.7 writes right; the rest it would change, or let run."""

    text: str = r"[A-Za-z0-9 _.,:/@+-]*"  # for a translator that nobody has looked at
    largest: float = 2**31 - 1  # of whole numbers
    no_numbers: bool = False  # nan and inf
    nothing: bool = True  # None
    inside: bool = True  # lists and dicts, and None in them
    mapping: bool = True


_RULES = {
    # shlex.quote is right; but a terminal lies between, which takes control characters for keys
    "BashTranslator": _Rules(
        "[^\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]*", math.inf, True, inside=False, mapping=False
    ),
    "RTranslator": _Rules(rf"[ -~\n\r\t{_WIDE}\U00010000-\U0010ffff]*", 2**53),
    # "$(...)" is run in a string of Julia's
    "JuliaTranslator": _Rules(rf"[ -#%-~\n\r\t{_WIDE}\U00010000-\U0010ffff]*", 2**63 - 1),
    "ScalaTranslator": _Rules(rf"[ -~\n\r\t{_WIDE}]*", 2**63 - 1),
    # the backslash is no escape in Matlab and PowerShell, and Papermill doubles it
    "MatlabTranslator": _Rules(r"[ -\[\]-~]*", 2**53, True, nothing=False),
    "PowershellTranslator": _Rules(r"[ -#%-\[\]-_a-~]*", 2**63 - 1, True),  # nor $ and `, which run
    "CSharpTranslator": _Rules(rf"[ -~\n\r\t{_WIDE}]*", 2**63 - 1, nothing=False),
    "FSharpTranslator": _Rules(rf"[ -~\n\r\t{_WIDE}]*", 2**63 - 1),
}

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BASH_LINE = re.compile(
    r"^[ \t]*(?:(?:export|declare|readonly|typeset)[ \t]+(?:-\w+[ \t]+)*)?(\w+)=(.*)$", re.MULTILINE
)
_LINE = re.compile(  # var x = 1; val x: Int = 1; [int]$x = 1; x <- 1
    r"^[ \t]*(?:[\w\[\]<>]+[ \t]+)*(?:\[\w+\])?\$?(\w+)[ \t]*(?:::?[^=\n]*?)?(?:<-|=)(?!=)(.*)$",
    re.MULTILINE,
)
# a name so declared is evaluated when it is assigned to: x='a[$(touch ran)]' runs
_BASH_EVALUATED = re.compile(r"\b(?:declare|typeset|local|readonly)\b[^\n;]*[ \t]-\w*[in]")
_BASH_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")  # 007 would be octal there
_NUMBER = re.compile(r"[-+]?(\d[\d_]*\.?\d*|\.\d+)([eE][-+]?\d+)?[LlfFdDmM]?")


def kernel_language(notebook: Notebook, kernel_name: str) -> str:
    """The language of the installed kernel; where its specification names none, what the notebook says."""
    known = kernel_spec(kernel_name).language
    return known or notebook["metadata"].get("kernelspec", {}).get("language") or "python"


def is_python(language: str) -> bool:
    """Whether parameters are read and written by our own rules."""
    return language.lower() in {"python", "ipython"}


def check_foreign(
    notebook: Notebook, kernel_name: str, language: str, text: Mapping[str, str], values: Mapping[str, Any]
) -> dict[str, Any]:
    """Every given value, if Papermill's translator for the kernel writes it right. `text` is read by the
    default in the parameters cell: as it is where that is text, and always in bash.

    Raises:
        Refused: Papermill has no translator for it.
        ParameterError: there is no parameters cell, a name is not assigned in it, or a value does not fit.
    """
    if not (text or values):
        return {}
    translator = _translator(kernel_name, language)
    defaults = _defaults(notebook, translator)
    given: dict[str, Any] = {}
    for name, words in text.items():
        given[name] = _from_text(_known(name, defaults), defaults[name], _plain(words), translator)
    for name, value in values.items():
        given[_known(name, defaults)] = _plain(value) if type(value) is str else value
    rules = _RULES.get(translator.__name__, _Rules())
    for name, value in given.items():
        problem = _problem(value, rules) or _problem_here(name, value, notebook, translator)
        if problem:
            raise ParameterError(
                f"parameter {name} cannot be passed to a {language} kernel: {problem}",
                hint="write it to a file that the notebook reads, or set it in the notebook",
            )
    return given


def inject_foreign(
    notebook: Notebook, values: Mapping[str, Any], kernel_name: str, language: str
) -> Notebook:
    """A copy of the notebook whose injected cell is written by Papermill's translator; none without values.

    Raises:
        ParameterError: the translator cannot write a value.
    """
    if not values:
        return with_injected(notebook, None)
    try:
        source = _translator(kernel_name, language).codify(dict(values))
    except NotImplementedError as error:
        raise ParameterError(
            f"Papermill cannot write one of {', '.join(values)} in {language}: {error}",
            hint="pass text or numbers",
        ) from None
    return with_injected(notebook, source)


def _translator(kernel_name: str, language: str) -> Any:
    from papermill.exceptions import PapermillException
    from papermill.translators import papermill_translators

    for spelt in (language, language.lower()):
        try:
            return papermill_translators.find_translator(kernel_name, spelt)
        except PapermillException:
            continue
    raise Refused(
        f"Papermill has no translator for the kernel {kernel_name!r} ({language}), "
        "so parameters cannot be injected",
        hint="run it without parameters, or let the notebook read them from a file or the environment",
    )


def _defaults(notebook: Notebook, translator: Any) -> dict[str, str]:
    """The source of each name's default, as far as the parameters cell can be read by line."""
    found = find_tagged(notebook, PARAMETERS_TAG)
    if found is None:
        raise ParameterError(
            "parameters were given, but no cell is tagged 'parameters'",
            hint="tag the cell that holds the defaults with 'parameters' (property inspector in JupyterLab)",
        )
    try:
        return {parameter.name: parameter.default for parameter in translator.inspect(found[1])}
    except NotImplementedError:  # of Papermill's own, all but Python's
        line = _BASH_LINE if translator.__name__ == "BashTranslator" else _LINE
        return {name: default.strip().rstrip(";") for name, default in line.findall(found[1]["source"])}


def _known(name: str, defaults: Mapping[str, str]) -> str:
    if not _NAME.fullmatch(name) or name not in defaults:
        raise ParameterError(
            f"unknown parameter {name!r}: the parameters cell assigns no such name on a line of its own",
            hint=did_you_mean(name, defaults),
        )
    return name


def _plain(text: str) -> str:
    secret = parse_secret(text)
    if secret is not None:
        raise ParameterError(
            f"{secret.reference} refers to a secret, which only Python notebooks can be given",
            hint=f"read it in the notebook itself; for the text write text:{text}",
        )
    return literal_text(text)


def _from_text(name: str, default: str, text: str, translator: Any) -> Any:
    """The value that `text` spells for a parameter with this default."""
    annotation = _kind(default)
    if translator.__name__ == "BashTranslator" and not default.startswith("("):
        annotation = "str"  # bash knows nothing else: 007 must stay what it is
    try:
        return from_text(Parameter(name=name, annotation=annotation, default_source=default), text)
    except ParameterError as error:
        raise ParameterError(
            str(error), hint=f"its default is {default}; give a value of that kind"
        ) from None


def _kind(default: str) -> str | None:
    if default[:1] in {'"', "'"}:
        return "str"
    if _NUMBER.fullmatch(default):
        return "int | float"
    return "bool" if default.lower().lstrip("$") in {"true", "false"} else None


def _problem_here(name: str, value: Any, notebook: Notebook, translator: Any) -> str | None:
    """What is wrong only for this name, or in this notebook."""
    if translator.__name__ == "RTranslator" and name.startswith("_"):
        return "R has no names that begin with _, and Papermill would drop it"
    evaluated = any(_BASH_EVALUATED.search(cell["source"]) for _, cell in code_cells(notebook))
    if translator.__name__ == "BashTranslator" and evaluated and not _BASH_WHOLE.fullmatch(str(value)):
        return "the notebook declares a name with -i or -n, which makes bash evaluate what it is given"
    return None


def _problem(value: Any, rules: _Rules, depth: int = 0) -> str | None:
    """Why this value would not arrive as it is; None if it will."""
    kind = type(value)
    if kind is str:
        return None if re.fullmatch(rules.text, value) else "the text holds characters that would be changed"
    if kind is int:
        return None if abs(value) <= rules.largest else f"{value:.3e} is beyond what is exact there"
    if kind is float:
        return None if rules.no_numbers or math.isfinite(value) else f"{value} cannot be written there"
    if kind is bool or (value is None and rules.nothing and (rules.inside or not depth)):
        return None
    if kind not in {list, dict} or (kind is dict and not rules.mapping) or (depth and not rules.inside):
        where = " inside of a list" if depth else ""
        return f"a value of type {kind.__name__}{where} cannot be written there"
    if depth > _DEEPEST:
        return f"it is nested deeper than {_DEEPEST} levels, or holds itself"
    if kind is dict and not all(type(key) is str and key for key in value):
        return "the keys of a dict must be text"
    items = [*value, *value.values()] if kind is dict else value
    return next((found for item in items if (found := _problem(item, rules, depth + 1))), None)
