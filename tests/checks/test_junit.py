"""The report as XML that a CI server reads."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.checks.junit import junit, refuse_unwritable, write_junit
from jupyter_mlops.entities import CheckReport, CheckResult, CheckStatus
from jupyter_mlops.exceptions import MLOpsError, Refused

REPORT = CheckReport(
    subject="checks.ipynb",
    run_id="abc",
    notes=("cell 9 stopped it",),
    results=(
        CheckResult(
            name="fine", kind="cell", status=CheckStatus.PASSED, place="checks.ipynb cell 2", seconds=1.5
        ),
        CheckResult(
            name="ages <&>",
            kind="cell",
            status=CheckStatus.FAILED,
            place="checks.ipynb cell 3",
            message="\x1b[31mno\x1b[0m\x00 'way'",
            details=("row 1", "row 2"),
        ),
        CheckResult(name="age: not null", kind="schema", status=CheckStatus.ERROR, message="why"),
        CheckResult(name="late", kind="cell", status=CheckStatus.SKIPPED, message="not run"),
    ),
)


def test_each_check_is_a_case_that_names_its_cell() -> None:
    (suite,) = ElementTree.fromstring(junit(REPORT))
    assert suite.attrib == {
        "name": "checks.ipynb",
        "tests": "4",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
        "time": "1.500",
    }
    cases = suite.findall("testcase")
    assert {case.get("classname") for case in cases} == {"checks.ipynb"}
    assert [case.get("name") for case in cases] == [
        *("cell 2: fine", "cell 3: ages <&>", "age: not null", "late")
    ]
    assert [[child.tag for child in case] for case in cases] == [[], ["failure"], ["error"], ["skipped"]]
    failure = cases[1][0]
    assert failure.get("message") == "no 'way'"
    assert (failure.text or "").splitlines() == ["checks.ipynb cell 3", "no 'way'", "row 1", "row 2"]
    assert suite.findtext("system-out") == "cell 9 stopped it"
    assert suite.find("properties/property").attrib == {"name": "run", "value": "abc"}  # type: ignore[union-attr]


@given(st.text(), st.text(), st.sampled_from(CheckStatus), st.lists(st.text(), max_size=2))
def test_any_text_is_xml(name: str, message: str, status: CheckStatus, details: list[str]) -> None:
    result = CheckResult(
        name=name, kind="model", status=status, place=message, message=message, details=tuple(details)
    )
    suite = ElementTree.fromstring(junit(CheckReport(subject=name, results=(result,), notes=(message,))))
    assert len(suite.findall(".//testcase")) == 1


def test_a_file_that_cannot_be_written_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="there is no folder"):
        refuse_unwritable(tmp_path / "none" / "checks.xml")
    with pytest.raises(Refused, match="is a folder"):
        refuse_unwritable(tmp_path)
    refuse_unwritable(tmp_path / "checks.xml")


def test_a_file_that_could_not_be_written_after_all(tmp_path: Path) -> None:
    with pytest.raises(MLOpsError, match="could not be written") as caught:
        write_junit(REPORT, tmp_path)
    assert caught.value.exit_code == 4
    write_junit(REPORT, tmp_path / "checks.xml")
    assert (tmp_path / "checks.xml").read_bytes() == junit(REPORT)
