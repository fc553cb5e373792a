"""Schemas as files: a mistake is told with its line, and nothing in them is executed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.checks.schema_file import CHECKS, read_schema
from jupyter_mlops.exceptions import ConfigError


def refused(tmp_path: Path, text: str) -> str:
    path = tmp_path / "customers.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_schema(path)
    assert str(caught.value).startswith(f"{path}")
    return f"{caught.value} ({caught.value.hint})".removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("columns:\n  a: {dtype: int64\n", 3, "not valid YAML"),
        ("- a\n", 1, "expected 'columns:'"),
        ("", 1, "expected 'columns:'"),
        ("colums:\n  a: {}\n", 1, "expected 'columns:'"),
        ("columns:\n  a:\n    dtype: int64\n    nulable: true\n", 4, "did you mean 'nullable'?"),
        ("columns:\n  a:\n    dtype: number\n", 3, "columns.a.dtype: it will not do"),
        ("columns:\n  a:\n    checks:\n      greater_then: 0\n", 4, "did you mean 'greater_than'?"),
        ("columns:\n  a:\n    checks:\n      - {options: {check_name: __init__}}\n", 4, "unknown check"),
        ("columns:\n  a:\n    in_range: {min_value: 5, max_value: 1}\n", 3, "columns.a.in_range"),
        ("columns:\n  a:\n    in_range: {least: 1}\n", 3, "columns.a.in_range"),
        ("columns:\n  a:\n    str_matches: '('\n", 3, "columns.a.str_matches"),
        ("columns:\n  a:\n    nullable: maybe\n", 3, "expected true or false, not 'maybe'"),
        ("columns:\n  a: int64\n", 2, "columns.a: expected demands"),
        ("columns:\n  a: {}\nunique: [b]\n", 3, "there is no column 'b'"),
        ("columns:\n  a: {}\n  a: {}\n", 3, "not valid YAML"),
        ("columns:\n  a: {eq: {value: 1, options: {statistics: 5}}}\n", 2, "unknown key 'statistics'"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    told = refused(tmp_path, text)
    assert told.startswith(f"line {line}: ")
    assert said in told


def test_python_s_objects_are_not_made(tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    for value in (
        f"!!python/object/apply:os.system ['touch {mark}']",
        f"!!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path ['{mark}']]",
        "!!python/name:os.system",
        "!mine {a: 1}",
    ):
        assert "is not read" in refused(tmp_path, f"columns:\n  a:\n    isin: {value}\n")
        assert "is not read" in refused(tmp_path, f"columns:\n  a:\n    dtype: {value}\n")
    assert not mark.exists()


def test_a_file_that_grows_without_end_is_refused(tmp_path: Path) -> None:
    levels = "\n".join(
        f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" if n else "l0: &l0 [1]" for n in range(12)
    )
    assert "without end" in refused(tmp_path, f"{levels}\ncolumns: {{a: {{isin: *l11}}}}\n")
    (tmp_path / "large.yaml").write_text("#" * 3_000_000, encoding="utf-8")
    with pytest.raises(ConfigError, match="larger than"):
        read_schema(tmp_path / "large.yaml")


def test_each_way_to_write_a_check_is_read(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(
        "columns:\n"
        "  short: {greater_than: 1}\n"
        "  named: {checks: {greater_than: 1}}\n"
        "  listed: {checks: [{value: 1, options: {check_name: greater_than, ignore_na: true}}]}\n"
        "  since: {dtype: 'datetime64[ns]', ge: 2020-01-01}\n"
        "  nothing:\n",
        encoding="utf-8",
    )
    columns = read_schema(path).table.columns
    said = {name: [str(check.error) for check in column.checks] for name, column in columns.items()}
    assert said == {
        **{key: ["greater_than(1)"] for key in ("short", "named", "listed")},
        "since": ["greater_than_or_equal_to(2020-01-01 00:00:00)"],
        "nothing": [],
    }


def test_checks_that_are_known_are_pandera_s(tmp_path: Path) -> None:
    from pandera.pandas import Check

    assert all(callable(getattr(Check, name, None)) for name in CHECKS)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        read_schema(path)
    except ConfigError as error:
        assert str(path) in str(error)
