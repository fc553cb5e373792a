"""``mlops.yaml``: a mistake is told with file, line and key; the root is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlops.config import CONFIG_NAME, Config, find_root, line_of, load_config, parse_yaml
from jupyter_mlops.exceptions import ConfigError


def refused(root: Path, text: str) -> ConfigError:
    (root / CONFIG_NAME).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(root)
    assert str(root / CONFIG_NAME) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    assert caught.value.exit_code == 2
    return caught.value


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "{}"])
def test_an_empty_file_is_all_defaults(tmp_path: Path, text: str) -> None:
    (tmp_path / CONFIG_NAME).write_text(text, encoding="utf-8")
    assert load_config(tmp_path) == Config()


def test_no_file_is_all_defaults(tmp_path: Path) -> None:
    assert load_config(tmp_path) == Config()


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    text = """\
tracking: {uri: "sqlite:///x.db", experiment: churn}  # a comment
datasets:
  customers:
    source: data/customers.csv
    key: [id]
    tags: {owner: growth, pii: yes}
"""
    (tmp_path / CONFIG_NAME).write_text(text, encoding="utf-8")
    config = load_config(tmp_path)
    assert (config.tracking.uri, config.tracking.experiment) == ("sqlite:///x.db", "churn")
    customers = config.datasets["customers"]
    assert (customers.source, customers.key) == ("data/customers.csv", ("id",))
    assert customers.tags == {"owner": "growth", "pii": "yes"}


@pytest.mark.parametrize(
    ("text", "told", "hint"),
    [
        ("# c\ntrakcing: {}", "line 2: trakcing: unknown key 'trakcing'", "did you mean 'tracking'?"),
        (
            "tracking:\n  experiment: a\n  ury: x",
            "line 3: tracking.ury: unknown key 'ury'",
            "did you mean 'uri'?",
        ),
        (
            "datasets:\n  c:\n    source: a\n    kee: [id]",
            "line 4: datasets.c.kee: unknown key",
            "did you mean 'key'?",
        ),
        (
            "zzzzzz: 1",
            "line 1: zzzzzz: unknown key",
            f"there are: {', '.join(sorted(Config.model_fields))}",
        ),
    ],
)
def test_an_unknown_key_is_told_with_the_one_that_was_meant(
    tmp_path: Path, text: str, told: str, hint: str
) -> None:
    error = refused(tmp_path, text)
    assert told in str(error)
    assert error.hint == hint


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tracking:\n  uri: 5", "line 2: tracking.uri: it must be a text"),
        ("tracking: text", "line 1: tracking:"),
        ("datasets:\n  a: {source: x}\n  c: {}", "line 3: datasets.c.source: Field required"),
        ("datasets:\n  c:\n    source: a\n    key:\n      - id\n      - 1", "line 6: datasets.c.key.1:"),
        ("datasets:\n  c:\n    source: a\n    tags:\n      pii: true", "line 5: datasets.c.tags.pii:"),
        ("datasets:\n  c: [a]", "line 2: datasets.c:"),
    ],
)
def test_a_wrong_value_is_told_with_line_and_key(tmp_path: Path, text: str, told: str) -> None:
    assert told in str(refused(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("tracking: {uri: a", 1),
        ("tracking:\n\turi: a", 2),
        ("a: 1\na: 2", 2),
        ("a: b: c", 1),
        ("x: *y", 1),
        ("a: 'open", 1),
        ("a: 1\n---\nb: 1", 2),
    ],
)
def test_bad_yaml_is_told_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    assert f"line {line}: not valid YAML" in str(refused(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "told", "hint"),
    [
        ("notify:\n  - command: notify-send hi", "notify.0.command: it must be a list", "[notify-send, hi]"),
        ("models:\n  churn:\n    gates: clean git", "churn.gates: it must be a list", "[clean git]"),
        ("models:\n  churn:\n    gates:\n      - 5", "gates.0: it must be a text", "in quotes"),
        ("models: churn", "models: it must have keys and values", "key: value"),
        ("datasets:\n  c: {}", "datasets.c.source: Field required", "write source: ... below datasets.c"),
        (
            "datasets:\n  c: {source: a, order: any}",
            "order: Input should be 'fixed' or 'free'",
            "one of those",
        ),
        ("drift: {threshold: much}", "drift.threshold: it must be a number", "0.1"),
        ("- a", "expected keys and values", "tracking"),
    ],
)
def test_a_mistake_is_told_with_what_may_be_written(tmp_path: Path, text: str, told: str, hint: str) -> None:
    error = refused(tmp_path, text)
    assert told in str(error)
    assert hint in str(error.hint)


def test_a_key_of_a_model_that_is_left_empty_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    (tmp_path / "mlops.yaml").write_text("models:\n  churn:\n    gates:\n    data:\n  other:\n")
    config = load_config(tmp_path)
    assert config.models["churn"].gates == config.models["other"].gates == ()


@pytest.mark.parametrize("text", ["- a\n- b", "text", "5"])
def test_a_file_that_holds_no_keys_is_refused(tmp_path: Path, text: str) -> None:
    assert "expected keys" in str(refused(tmp_path, text))


def test_a_control_character_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, "tracking:\n  uri: a\x07b\n")


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / CONFIG_NAME).write_bytes("tracking: {uri: ü}".encode("latin-1"))
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path)


def test_a_folder_of_that_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / CONFIG_NAME).mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path)


def test_a_tag_of_yaml_executes_nothing(tmp_path: Path) -> None:
    refused(tmp_path, f"tracking: !!python/object/apply:os.system ['touch {tmp_path}/ran']")
    assert not (tmp_path / "ran").exists()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | st.text("tracking:ursdae{}[]&*!-'\" \n", max_size=40))
def test_any_text_is_read_or_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / CONFIG_NAME).write_text(text, encoding="utf-8")
    try:
        load_config(tmp_path)
    except ConfigError as error:
        assert "\n" not in str(error)
        assert error.hint


@pytest.mark.parametrize("marker", ["mlops.yaml", ".git", ".mlops"])
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_the_root_is_the_nearest_folder_upward_with_a_marker(tmp_path: Path, marker: str, kind: str) -> None:
    (tmp_path / ".git").mkdir()
    root = tmp_path / "project"
    deep = root / "a" / "b"
    deep.mkdir(parents=True)
    if kind == "folder":
        (root / marker).mkdir()
    else:
        (root / marker).touch()
    assert find_root(deep) == root
    assert find_root(root) == root


def test_without_a_marker_the_root_is_where_one_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    assert find_root(deep) == deep
    monkeypatch.chdir(deep)
    assert find_root(Path()) == deep


def test_a_headless_kernel_is_told_its_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told, other = tmp_path / "told", tmp_path / "other"
    told.mkdir()
    (other / ".git").mkdir(parents=True)
    monkeypatch.setenv("JUPYTER_MLOPS_PROJECT", str(told))
    assert find_root(other) == told
    monkeypatch.setenv("JUPYTER_MLOPS_PROJECT", str(tmp_path / "gone"))
    assert find_root(other) == other


def test_a_file_is_parsed_once_until_it_changes(tmp_path: Path) -> None:
    path = tmp_path / CONFIG_NAME
    path.write_text("models: {a: {}}\n", encoding="utf-8")
    first = parse_yaml(path)
    assert parse_yaml(path) is first
    path.write_text("\nmodels: {a: {}}\n", encoding="utf-8")
    assert [line_of(parse_yaml(path), ["models"]), line_of(first, ["models"])] == [2, 1]
