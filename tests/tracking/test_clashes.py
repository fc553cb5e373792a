"""What autologging passes over is told once, in a line."""

from __future__ import annotations

from jupyter_mlops.tracking import clashes


def test_each_name_is_told_once_and_many_are_counted() -> None:
    assert clashes.told("r") is None
    clashes.note("r", ["C", "tol", "C"])
    clashes.note("other", ["x"])
    said = clashes.told("r")
    assert said is not None
    assert "first values of C, tol: several" in said
    assert "\n" not in said
    assert clashes.told("r") is None
    clashes.note("r", "abcde")
    assert "a, b, c and 2 more" in str(clashes.told("r"))
    assert "x" in str(clashes.told("other"))
