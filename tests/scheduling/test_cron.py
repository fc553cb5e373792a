"""Lines of cron: what they name, and what is told of those that name nothing."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.exceptions import Refused
from jupyter_mlops.scheduling.cron import GRAMMAR, NAMED, parse_cron


def after(line: str, wall: str, count: int = 1) -> list[str]:
    found, moment = [], datetime.fromisoformat(wall)
    for _ in range(count):
        later = parse_cron(line).after(moment)
        assert later is not None
        found.append(f"{later:%m-%d %H:%M}")
        moment = later
    return found


@pytest.mark.parametrize(
    ("line", "wall", "expected"),
    [
        ("0 2 * * *", "2026-03-01T01:59", ["03-01 02:00", "03-02 02:00"]),
        ("0 2 * * *", "2026-03-01T02:00", ["03-02 02:00"]),
        ("*/20 8-9 * * *", "2026-03-01T08:20", ["03-01 08:40", "03-01 09:00", "03-01 09:20", "03-01 09:40"]),
        ("5,1 0 31 * *", "2026-03-31T00:05", ["05-31 00:01", "05-31 00:05"]),
        ("0 0 13 * FRI", "2026-03-01T00:00", ["03-06 00:00", "03-13 00:00", "03-20 00:00"]),  # either will do
        ("0 0 13 * 5", "2026-02-08T00:00", ["02-13 00:00", "02-20 00:00"]),
        ("0 0 * * 0", "2026-03-02T00:00", ["03-08 00:00"]),
        ("0 0 * * 7", "2026-03-02T00:00", ["03-08 00:00"]),
        ("0 0 * * sun", "2026-03-02T00:00", ["03-08 00:00"]),
        ("0 9 * * MON#2", "2026-03-01T00:00", ["03-09 09:00", "04-13 09:00"]),
        ("0 9 * * 5L", "2026-03-01T00:00", ["03-27 09:00", "04-24 09:00"]),
        ("0 9 L * *", "2026-02-01T00:00", ["02-28 09:00", "03-31 09:00"]),
        ("0 9 LW * *", "2026-02-01T00:00", ["02-27 09:00", "03-31 09:00"]),
        ("0 0 29 2 *", "2026-01-01T00:00", ["02-29 00:00"]),
        ("59 23 31 12 *", "2026-12-31T23:59", ["12-31 23:59"]),
        ("@daily", "2026-03-01T00:00", ["03-02 00:00"]),
        ("@hourly", "2026-03-01T00:10", ["03-01 01:00"]),
        ("@Weekly", "2026-03-02T00:00", ["03-08 00:00"]),
        ("@monthly", "2026-03-02T00:00", ["04-01 00:00"]),
        ("@yearly", "2026-03-02T00:00", ["01-01 00:00"]),
    ],
)
def test_a_line_names_local_times(line: str, wall: str, expected: list[str]) -> None:
    assert after(line, wall, len(expected)) == expected


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("61 2 * * *", 'cron "61 2 * * *": minute 61 is not 0-59; minute hour day month weekday'),
        ("0 24 * * *", "hour 24 is not 0-23"),
        ("0 0 0 * *", "day 0 is not 1-31, L or LW"),
        ("0 0 1 13 *", "month 13 is not 1-12 or JAN-DEC"),
        ("0 0 * * 8", "weekday 8 is not 0-7 or SUN-SAT, also MON#2 or 5L"),
        ("0 0 * * MON#6", "weekday MON#6 is not"),
        ("1,2,x * * * *", "minute x is not 0-59"),
        ("*/0 * * * *", "minute */0 is not"),
        ("5-1 * * * *", "minute 5-1 is not"),
        (", * * * *", "minute nothing is not"),
        ("0 0 30 2 *", "day 30 never comes in month 2"),
        ("0 2 * *", "4 fields, not 5; minute hour day month weekday"),
        ("0 0 2 * * *", "6 fields, not 5; seconds cannot be told"),
        ("", "0 fields, not 5"),
        ("@dayly", "unknown name"),
    ],
)
def test_a_bad_line_is_told_by_its_field_with_the_grammar(line: str, told: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_cron(line)
    assert told in str(caught.value)
    assert caught.value.hint
    assert caught.value.exit_code == 2
    if not line.startswith("@"):
        assert GRAMMAR in str(caught.value)


def test_a_misspelt_name_is_told_with_the_one_that_was_meant() -> None:
    with pytest.raises(Refused) as caught:
        parse_cron("@dayly")
    assert caught.value.hint == "did you mean '@daily'?"


_TERM = st.one_of(
    st.just("*"), st.from_regex(r"\d{1,2}([-/#]\d{1,2}){0,2}", fullmatch=True), st.text(max_size=4)
)


@given(st.lists(_TERM, min_size=4, max_size=6).map(" ".join) | st.text() | st.sampled_from(sorted(NAMED)))
def test_any_line_is_read_or_refused(line: str) -> None:
    try:
        cron = parse_cron(line)
    except Refused as error:
        assert "\n" not in str(error)
        assert error.hint
    else:
        wall = datetime(2026, 1, 1)
        found = cron.after(wall)
        assert found is not None
        assert found > wall
