"""Gates put into mlops.yaml and taken out of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.config import load_config
from jupyter_mlops.exceptions import ConfigError, MLOpsError, NotFound, Refused, UsageError
from jupyter_mlops.promotion import gate_edits
from jupyter_mlops.promotion.gate_edits import name_of, read_written

LONG = """\
# all that is configured
datasets:
    customers:   {source: customers.csv, key: [id]}   # in braces,  with spaces

models:
    churn:
        data: "customers"      # with labels
        gates:
        # the first
        - accuracy >= 0.8   # of the year
        # the second
        - 'f1  >= 0.5'
        - drift:
            # why not
            current: x.csv   # so
        # the end of it
        target: 'churned'
    # another
    other: {data:  customers}
drift:   {threshold: 0.20}
"""


def gates(root: Path, model: str = "churn") -> list[str]:
    return [name_of(gate) for gate in load_config(root).models[model].gates]


def add_gate(root: Path, model: str, gate: str) -> str:
    return gate_edits.add_gate(root, load_config(root), model, gate)


def remove_gate(root: Path, model: str, gate: str) -> str:
    return gate_edits.remove_gate(root, load_config(root), model, gate)


def written(root: Path, text: str) -> Path:
    (root / "mlops.yaml").write_bytes(text.encode())
    return root / "mlops.yaml"


def test_a_gate_is_a_line_more_and_taken_out_a_line_less(tmp_path: Path) -> None:
    path = written(tmp_path, LONG)
    assert add_gate(tmp_path, "churn", "size <= 10MB") == "size <= 10MB"
    assert path.read_text() == LONG.replace(
        "current: x.csv   # so\n", "current: x.csv   # so\n        - size <= 10MB\n"
    )
    assert remove_gate(tmp_path, "churn", "size <=  10MB") == "size <= 10MB"
    assert path.read_text() == LONG


def test_a_gate_goes_with_what_is_in_it_and_its_neighbours_stay(tmp_path: Path) -> None:
    path = written(tmp_path, LONG)
    remove_gate(tmp_path, "churn", "accuracy >= 0.8")
    assert path.read_text() == LONG.replace("        - accuracy >= 0.8   # of the year\n", "")
    remove_gate(tmp_path, "churn", "drift: {current: x.csv}")
    remove_gate(tmp_path, "churn", "f1 >= 0.5")
    assert (
        "        gates: []\n        # the first\n        # the second\n        # the end" in path.read_text()
    )
    assert gates(tmp_path) == []


@pytest.mark.parametrize(
    ("text", "made"),
    [
        (None, "models:\n  churn:\n    gates:\n      - clean git\n"),
        ("", "models:\n  churn:\n    gates:\n      - clean git\n"),
        ("# mine\n", "# mine\nmodels:\n  churn:\n    gates:\n      - clean git\n"),
        ("models:\n", "models:\n  churn:\n    gates:\n    - clean git\n"),
        (
            "models:\n    churn:\n        data:  x # y\n\n# end\n",
            "models:\n    churn:\n        data:  x # y\n        gates:\n          - clean git\n\n# end\n",
        ),
        (
            "# c\n---\nmodels:\n  b:\n    data: x\n",
            "# c\n---\nmodels:\n  b:\n    data: x\n  churn:\n    gates:\n      - clean git\n",
        ),
        ("models: {churn: {data: x}}\n", "models: {churn: {data: x, gates: [clean git]}}\n"),
        ("models:\n  churn:\n    gates: []\n", "models:\n  churn:\n    gates:\n    - clean git\n"),
        (
            "models:\n  churn:\n    gates: [a >= 1, 'b >= 2']\n",
            "models:\n  churn:\n    gates: [a >= 1, 'b >= 2', clean git]\n",
        ),
        (
            "models:\n  churn:\n    gates:\n    - a >= 1",
            "models:\n  churn:\n    gates:\n    - a >= 1\n    - clean git\n",
        ),
        (
            "models:\r\n  churn:\r\n    gates:\r\n    - a >= 1\r\n    data: x\r\n",
            "models:\r\n  churn:\r\n    gates:\r\n    - a >= 1\r\n    - clean git\r\n    data: x\r\n",
        ),
    ],
)
def test_wherever_gates_are_to_stand_one_is_put_there(tmp_path: Path, text: str | None, made: str) -> None:
    path = tmp_path / "mlops.yaml" if text is None else written(tmp_path, text)
    add_gate(tmp_path, "churn", "clean git")
    assert path.read_bytes().decode() == made
    assert gates(tmp_path)[-1] == "clean git"
    assert remove_gate(tmp_path, "churn", "clean git") == "clean git"
    assert "clean git" not in gates(tmp_path)


def test_mappings_are_typed_as_yaml(tmp_path: Path) -> None:
    for typed in ("{replay: {tolerance: 1e-9}}", "approvals: 2, author: no", "checks: a b.ipynb"):
        add_gate(tmp_path, "churn", typed)
    text = (tmp_path / "mlops.yaml").read_text()
    assert text.splitlines()[3:] == [
        "      - {replay: {tolerance: 1e-9}}",
        "      - {approvals: 2, author: no}",
        "      - {checks: a b.ipynb}",
    ]
    assert gates(tmp_path) == ["replay: {tolerance: 1e-09}", "approvals: 2, author: no", "checks: a b.ipynb"]
    remove_gate(tmp_path, "churn", "{replay: {env: no, tolerance: 1.0e-9}}")  # the same in other words
    assert gates(tmp_path) == ["approvals: 2, author: no", "checks: a b.ipynb"]


def test_a_replay_is_waived_and_wanted_again(tmp_path: Path) -> None:
    assert add_gate(tmp_path, "churn", "replay: no") == "replay: no"
    assert remove_gate(tmp_path, "churn", "{replay: no}") == "replay: no"


@pytest.mark.parametrize(
    ("gate", "kind", "said"),
    [
        ("clean gti", UsageError, "did you mean 'clean git'?"),
        ("f1 >= 0.50", UsageError, "'f1 >= 0.50' is there already"),
        ("{drift: {curent: x}}", UsageError, "did you mean 'current'?"),
        ("{drift: ", UsageError, "is no YAML mapping"),
        ("{!!python/object/apply:os.getcwd []}", UsageError, ""),
    ],
)
def test_what_is_no_gate_changes_nothing(
    tmp_path: Path, gate: str, kind: type[MLOpsError], said: str
) -> None:
    path = written(tmp_path, LONG)
    with pytest.raises(kind) as caught:
        add_gate(tmp_path, "churn", gate)
    assert said in f"{caught.value} ({caught.value.hint})"
    assert path.read_text() == LONG


def test_what_is_not_there_is_not_removed(tmp_path: Path) -> None:
    path = written(tmp_path, LONG)
    with pytest.raises(NotFound) as caught:
        remove_gate(tmp_path, "churn", "f1 >= 0.6")
    assert str(caught.value) == "churn has no gate 'f1 >= 0.6' in mlops.yaml"
    assert caught.value.hint == "did you mean 'f1 >= 0.5'?"
    with pytest.raises(NotFound):
        remove_gate(tmp_path, "nobody", "f1 >= 0.6")
    with pytest.raises(NotFound) as caught:
        remove_gate(tmp_path, "churn", "replay")
    assert "gate add churn 'replay: no'" in str(caught.value.hint)
    assert path.read_text() == LONG


def test_a_broken_file_is_left_alone(tmp_path: Path) -> None:
    path = written(tmp_path, "models: [\n")
    with pytest.raises(ConfigError, match="line 2"):
        add_gate(tmp_path, "churn", "clean git")
    assert path.read_text() == "models: [\n"


def test_what_cannot_be_kept_is_refused(tmp_path: Path) -> None:
    text = "models:\n  churn: &all\n    gates: &these\n    - clean git\n  other:\n    gates: *these\n"
    path = written(tmp_path, text)
    with pytest.raises(Refused, match="without losing"):
        add_gate(tmp_path, "other", "signature")  # `churn` would have it, too
    assert path.read_text() == text


def test_the_file_keeps_its_mode_and_its_place(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    target = written(tmp_path / "shared", "models: {}\n")
    target.chmod(0o664)
    (tmp_path / "mlops.yaml").symlink_to(target)
    add_gate(tmp_path, "churn", "clean git")
    assert (tmp_path / "mlops.yaml").is_symlink()
    assert target.stat().st_mode & 0o777 == 0o664
    made = tmp_path / "new"
    made.mkdir()
    before = os.umask(0o022)
    try:
        add_gate(made, "churn", "clean git")
    finally:
        os.umask(before)
    assert (made / "mlops.yaml").stat().st_mode & 0o777 == 0o644


TEXTS = st.text("abc:#'\"{}[]&*!|>%@`,-? <=0.1", min_size=1, max_size=12)


@settings(deadline=None, max_examples=50)
@given(name=TEXTS, model=TEXTS.filter(str.strip))
def test_whatever_is_added_is_there_and_gone_again(
    tmp_path_factory: pytest.TempPathFactory, name: str, model: str
) -> None:
    if "`" in name or not name.strip():
        return
    root = tmp_path_factory.mktemp("project")
    path = written(root, LONG)
    gate = f"`{name}` >= 0.5"
    try:
        added = add_gate(root, model, gate)
    except Refused:
        assert path.read_text() == LONG
        return
    assert gates(root, model) == [added]
    assert gates(root)[0] == "accuracy >= 0.8"
    assert set(LONG.splitlines()) <= set(path.read_text().splitlines())
    assert remove_gate(root, model, gate) == added
    assert gates(root, model) == []


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=30))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    try:
        assert read_written(text) is not None
    except UsageError as error:
        assert error.hint
