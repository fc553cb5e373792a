"""What is read quickly of ``mlops.yaml`` is what the parser reads that knows all of YAML."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlops.config import CONFIG_NAME, Config, _plain, load_config, parse_yaml
from jupyter_mlops.config.quick import Unusual, read_usual
from jupyter_mlops.exceptions import ConfigError

USUAL = """\
# a comment
text: one   # another
quoted: ["a: b", 'c # d', "\\u00e4", "1"]
empty:
tilde: ~
yes: yes
flags: [true, False, NULL]
numbers: [0, -1, 12, 0.5, 1.5e-3, 1.0E+6]
lengths: {every: 6h, grace: 5m, day: 1d, cron: "0 2 * * *"}
day: 2026-01-31
texts: [1.2.3, 2026-01, -a, .b, +c, a_1, =a, 1d2h]
nested: {a: {b: [c, {d: e}]}, f: []}
"""


def known(path: Path, text: str) -> Any:
    path.write_text(text, encoding="utf-8")
    return _plain(parse_yaml(path))


def test_what_is_usual_is_read(tmp_path: Path) -> None:
    found = read_usual(USUAL)
    assert found == known(tmp_path / "a.yaml", USUAL)
    assert (found["yes"], found["day"], found["numbers"][3]) == ("yes", date(2026, 1, 31), 0.5)


@pytest.mark.parametrize(
    "text",
    [
        *("a: 1\na: 2", "a: &x 1", "a: &x [1]\nb: *x", "a: {<<: {b: 1}}", "a: !!str 1", "1: a", "%YAML 1.1"),
        *("a: 0x1F", "a: 012", "a: 0o14", "a: 1_000", "a: 1e3", "a: .5", "a: 5.", "a: +1", "a: .inf"),
        *("a: 2026-01-01T02:00:00", "a: 2026-1-1 02:00:00", "a: =", "a: 1\n---\nb: 2", "a:\tb", "a: \x85b"),
        *("{a", "a: |\n  b\n", "a: >\n  b\n"),
    ],
)
def test_what_is_not_is_left_to_who_knows_all(text: str) -> None:
    with pytest.raises(Unusual):
        read_usual(text)


def test_what_lies_deep_is_left_to_who_knows_all() -> None:
    with pytest.raises(Unusual):
        read_usual("[" * 200 + "]" * 200)


_PIECES = st.sampled_from(
    [
        *(
            "a",
            "b",
            "key",
            "1",
            "0",
            ".",
            "e",
            "_",
            "2026-01-31",
            "true",
            "~",
            "ä",
            " ",
            "\n",
            "\n  ",
            "\n    ",
            "\r\n",
        ),
        *(
            ": ",
            ":",
            "- ",
            "-",
            "{",
            "}",
            "[",
            "]",
            ", ",
            ",",
            "#",
            " #",
            "'",
            '"',
            "\\",
            "? ",
            "?",
            "|\n",
            ">-\n",
        ),
        *("...", "---\n", "@", "`", "%", "!", "&", "*", "<<"),
    ]
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_PIECES, max_size=14).map("".join) | st.text(max_size=20))
def test_any_text_is_read_as_by_the_one_that_knows_all(tmp_path: Path, text: str) -> None:
    try:
        found = read_usual(text)
    except Unusual:
        return
    try:
        expected = known(tmp_path / "a.yaml", text)
    except ConfigError as error:  # it cannot keep some comments, which do not matter here
        assert "overlap in comment" in str(error)
    else:
        assert repr(found) == repr(expected)  # 1, 1.0 and True are equal


def test_ten_thousand_schedules_are_read_without_nodes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f'  s{n}: {{notebook: n.ipynb, cron: "{n % 60} 2 * * *"}}' for n in range(10_000)]
    (tmp_path / CONFIG_NAME).write_text("\n".join(["schedules:", *lines, ""]), encoding="utf-8")
    monkeypatch.setattr("jupyter_mlops.config._parsed", None)
    assert len(load_config(tmp_path).schedules) == 10_000


def test_a_time_with_its_zone_is_that_moment(tmp_path: Path) -> None:
    text = (
        "schedules:\n  a: {notebook: n.ipynb, every: 1h, start: 2026-01-01T02:00:00+02:00, end: 2026-02-01}\n"
    )
    (tmp_path / CONFIG_NAME).write_text(text, encoding="utf-8")
    schedule = load_config(tmp_path).schedules["a"]
    assert schedule.start.isoformat() == "2026-01-01T02:00:00+02:00"  # type: ignore[union-attr]
    assert schedule.end == date(2026, 2, 1)
    assert load_config(tmp_path) != Config()
