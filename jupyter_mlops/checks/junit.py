"""A check report as JUnit XML, which CI servers read."""

from __future__ import annotations

import os
import re
from pathlib import Path
from xml.etree import ElementTree

from jupyter_mlops.entities import CheckReport, CheckResult, CheckStatus
from jupyter_mlops.exceptions import MLOpsError, Refused

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2
_CELL = re.compile(r" cell (\d+)$")


def refuse_unwritable(path: Path) -> None:
    """See before any work that a report can be put there.

    Raises:
        Refused: it cannot.
    """
    folder = path.absolute().parent
    if path.is_dir():
        raise Refused(f"--junit {path} is a folder", hint="name a file in it, such as checks.xml")
    if not folder.is_dir():
        raise Refused(f"--junit {path}: there is no folder {folder}", hint="make it first")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise Refused(f"--junit {path} cannot be written", hint="mend permissions, or name another file")


def write_junit(report: CheckReport, path: Path) -> None:
    """Write the report to `path`.

    Raises:
        MLOpsError: it cannot be written.
    """
    try:
        path.write_bytes(junit(report))
    except OSError as error:
        raise MLOpsError(
            f"the JUnit file {path} could not be written: {error.strerror or error}",
            hint="the report is shown, and kept with the run" if report.run_id else None,
        ) from None


def junit(report: CheckReport) -> bytes:
    """The report as JUnit XML: the suite bears the subject's name, a case is a check; times are seconds."""
    counted = {
        "tests": str(len(report.results)),
        "failures": str(_count(report, CheckStatus.FAILED)),
        "errors": str(_count(report, CheckStatus.ERROR)),
        "skipped": str(_count(report, CheckStatus.SKIPPED)),
        "time": f"{sum(result.seconds for result in report.results):.3f}",
    }
    name = _clean(report.subject)
    suites = ElementTree.Element("testsuites", {"name": "jupyter mlops check", **counted})
    suite = ElementTree.SubElement(suites, "testsuite", {"name": name, **counted})
    if report.run_id:
        properties = ElementTree.SubElement(suite, "properties")
        ElementTree.SubElement(properties, "property", {"name": "run", "value": report.run_id})
    for result in report.results:
        _case(suite, name, result)
    if report.notes:
        ElementTree.SubElement(suite, "system-out").text = _clean("\n".join(report.notes))
    ElementTree.indent(suites)
    return bytes(ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)) + b"\n"


def _case(suite: ElementTree.Element, subject: str, result: CheckResult) -> None:
    cell = _CELL.search(result.place)
    name = f"cell {cell[1]}: {result.name}" if cell else result.name
    about = {"classname": subject, "name": _clean(name), "time": f"{result.seconds:.3f}"}
    case = ElementTree.SubElement(suite, "testcase", about)
    kinds = {CheckStatus.FAILED: "failure", CheckStatus.ERROR: "error", CheckStatus.SKIPPED: "skipped"}
    if result.status in kinds:
        said = ElementTree.SubElement(case, kinds[result.status], {"message": _clean(result.message)})
        if result.status is not CheckStatus.SKIPPED:
            said.set("type", result.kind)
            said.text = _clean("\n".join((result.place, result.message, *result.details)))
    elif result.details:
        ElementTree.SubElement(case, "system-out").text = _clean("\n".join(result.details))


def _count(report: CheckReport, status: CheckStatus) -> int:
    return sum(result.status is status for result in report.results)


def _clean(text: str) -> str:
    """The text without what XML cannot hold: control characters, colours, halves of characters."""
    return _NOT_XML.sub("", _ANSI.sub("", text))
