"""The report as a person reads it."""

from __future__ import annotations

import pytest

from jupyter_mlops.entities import CheckReport, CheckResult, CheckStatus
from jupyter_mlops.views import show


def result(name: str, status: CheckStatus, place: str = "", message: str = "", *details: str) -> CheckResult:
    kind = "schema" if place.startswith("s.yaml") else "model"
    return CheckResult(name=name, kind=kind, status=status, place=place, message=message, details=details)


def test_all_that_fails_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    odd = "[red]a[/b]"
    show(
        CheckReport(
            subject=odd,
            results=(
                result(f"{odd}: dtype int64", CheckStatus.PASSED, f"s.yaml {odd}"),
                result(f"{odd}: not null", CheckStatus.PASSED, f"s.yaml {odd}"),
                result(f"{odd}: >= 0", CheckStatus.FAILED, f"s.yaml {odd}", odd, f"row 1: {odd}", "row 2: b"),
                result("no leakage", CheckStatus.SKIPPED, "mlops.yaml", "too few"),
            ),
            notes=(odd,),
            run_id="0123456789",
        )
    )
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "CHECK STATUS TIME WHERE MESSAGE",
        f"{odd}: dtype int64, not null passed s.yaml {odd}",
        f"{odd}: >= 0 failed s.yaml {odd} {odd}",
        "no leakage skipped mlops.yaml too few",
        f"{odd}: >= 0",
        f"row 1: {odd}",
        "row 2: b",
        odd,
        f"{odd}: 2 passed, 1 failed, 1 skipped",
        "recorded: jupyter mlops show 01234567",
    ]
