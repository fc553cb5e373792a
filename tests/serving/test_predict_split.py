"""Keys are dealt to versions by a hash: alike wherever they lie, about as many as asked for, and for good."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from jupyter_mlops.cli import main
from jupyter_mlops.exceptions import NotFound, Refused, UsageError
from jupyter_mlops.project import Project
from jupyter_mlops.serving.splitting import Split, canonical, check_shares, places
from tests.evaluation.registered import customers, register
from tests.serving.scoring import NUMBERS, loaded, people, saved

KEYS = st.lists(st.one_of(st.integers(-(2**62), 2**62), st.text()), min_size=1, unique=True)
SHARE = st.floats(0, 1)


def at(keys: list[Any], model: str = "churn") -> np.ndarray[Any, Any]:
    found: np.ndarray[Any, Any] = places(model, pd.DataFrame({"id": pd.Series(keys, dtype=object)}), ["id"])
    return found


@given(KEYS, st.randoms(use_true_random=False))
def test_a_key_has_one_place_in_whatever_order_and_company(keys: list[Any], random: Any) -> None:
    alone = [float(at([key])[0]) for key in keys]
    assert at(keys).tolist() == alone
    order = random.sample(range(len(keys)), len(keys))
    assert at([keys[place] for place in order]).tolist() == [alone[place] for place in order]
    assert all(0 <= place < 1 for place in alone)


@given(st.integers(-(10**30), 10**30))
def test_a_whole_number_is_the_same_key_in_every_form(number: int) -> None:
    forms: list[Any] = [str(number), f"{number}.0", f" {number} ", Decimal(number)]
    if -(2**63) <= number < 2**63:
        forms.append(np.int64(number))
    if abs(number) < 2**53:
        forms += [float(number), np.float64(number)]
    if abs(number) < 2**24:
        forms += [np.float32(number), np.int32(number)]
    if number >= 0:
        forms += [f"00{number}", f"+{number}"]
    whole = [form for form in forms if not (isinstance(form, str) and "." in form and abs(number) >= 2**53)]
    assert {canonical(form) for form in [number, *whole]} == {str(number)}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_the_same_key_as_its_text(number: float) -> None:
    assert canonical(number) == canonical(repr(number)) == canonical(np.float64(number))
    small = np.float32(number) if abs(number) < 1e38 else np.float32(0)
    assert canonical(small) == canonical(str(small))


@given(st.datetimes(min_value=dt.datetime(1900, 1, 1), max_value=dt.datetime(2200, 1, 1)))
def test_a_time_is_the_same_key_as_its_text(time: dt.datetime) -> None:
    forms = [time, pd.Timestamp(time), time.isoformat(), time.isoformat(" "), str(pd.Timestamp(time))]
    assert len({canonical(form) for form in forms}) == 1
    zone = dt.timezone(dt.timedelta(hours=2))
    aware = time.replace(tzinfo=zone)
    told = {canonical(form) for form in (aware, aware.astimezone(dt.UTC), aware.isoformat())}
    assert len(told) == 1
    assert told != {canonical(time)}


def test_other_values_are_keys_too() -> None:
    day = dt.date(2024, 2, 29)
    assert canonical(day) == canonical("2024-02-29") == canonical(pd.Timestamp(day)) == "2024-02-29"
    assert canonical(True) == canonical(np.True_) == canonical("TRUE") == "true"
    assert canonical("2024-02-31 10:00") == "2024-02-31 10:00"  # no day
    assert canonical(math.inf) == "inf"
    assert canonical("9" * 5000) == "9" * 5000
    assert len({canonical(each) for each in ("A12", "a12", "A 12", "Ä", "1e", "")}) == 6
    assert canonical(Decimal("7.50")) == "7.5"


@given(SHARE, SHARE, KEYS)
def test_who_had_the_challenger_keeps_it_while_its_share_grows(
    one: float, other: float, keys: list[Any]
) -> None:
    low, high = sorted((one, other))
    few = Split("champion", {"challenger": low}).dealt(at(keys))["challenger"]
    more = Split("champion", {"challenger": high}).dealt(at(keys))["challenger"]
    assert not (few & ~more).any()


@given(st.lists(st.floats(0, 0.25), min_size=1, max_size=4), SHARE, KEYS)
def test_every_key_is_answered_by_one_and_the_last_share_grows_alone(
    shares: list[float], grown: float, keys: list[Any]
) -> None:
    split = Split("champion", {str(number): share for number, share in enumerate(shares)})
    dealt = split.dealt(at(keys))
    assert (np.sum(list(dealt.values()), axis=0) == 1).all()
    last = str(len(shares) - 1)
    wider = {**split.shares, last: max(split.shares[last], min(grown, 1 - sum(shares[:-1])))}
    after = Split("champion", wider).dealt(at(keys))
    assert not (dealt[last] & ~after[last]).any()
    for name in list(split.shares)[:-1]:
        assert (dealt[name] == after[name]).all()


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
def test_shares_are_as_large_as_asked_for(share: float) -> None:
    rows = 20_000
    for keys in (list(range(rows)), [f"customer-{number}@example.org" for number in range(rows)]):
        for model in ("churn", "spent"):
            found = int(Split("main", {"challenger": share}).dealt(at(keys, model))["challenger"].sum())
            # within 4.5 standard deviations: of 12 draws one lies beyond in 1 of 12,000 such hashes
            assert abs(found - rows * share) < 4.5 * math.sqrt(rows * share * (1 - share))


def test_models_deal_their_keys_apart_and_several_columns_are_one_key() -> None:
    keys = list(range(2000))
    both = (at(keys, "churn") < 0.5) & (at(keys, "spent") < 0.5)
    assert 400 < both.sum() < 600
    frame = pd.DataFrame({"a": ["x", "x", "xy"], "b": ["yz", "y", "z"], "other": [1, 2, 3]})
    one = places("churn", frame, ["a", "b"])
    assert len(set(one)) == 3
    assert (places("churn", frame.drop(columns="other"), ["b", "a"]) == one).all()


def test_a_key_that_is_missing_is_told_by_row() -> None:
    for gap in (None, np.nan, pd.NaT, pd.NA):
        frame = pd.DataFrame({"id": pd.Series([1, gap, 3, gap], dtype=object)})
        with pytest.raises(Refused, match="key 'id' is missing in rows 11, 13"):
            places("churn", frame, ["id"], first=10)


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        ({"a": 1.1}, "a: 1.1 is no share"),
        ({"a": -0.1}, "a: -0.1 is no share"),
        ({"a": float("nan")}, "no share"),
        ({"a": 0.6, "b": 0.5}, r"more than 1: 0.6 \+ 0.5"),
    ],
)
def test_shares_that_are_none_are_refused(shares: dict[str, float], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        check_shares(shares)
    check_shares({"a": 0.7, "b": 0.2, "c": 0.1})


@pytest.fixture(scope="module")
def project(shared_project: Project) -> Project:
    """churn@1 tells no probabilities and is the champion, churn@2 does and is the challenger."""
    frame = customers(400, 1)
    X, y = frame[NUMBERS], frame["churned"]
    register(shared_project, "churn", LinearSVC().fit(X, y), X.head())
    register(shared_project, "churn", LogisticRegression(max_iter=1000).fit(X, y), X.head())
    coded = LogisticRegression(max_iter=1000).fit(X, (y == "yes").astype(int))
    register(shared_project, "churn", coded, X.head())
    client = shared_project.store.client()
    client.set_registered_model_alias("churn", "champion", "1")
    client.set_registered_model_alias("churn", "challenger", "2")
    return shared_project


def by_key(path: Path) -> dict[int, str]:
    rows = loaded(path)
    return dict(zip(rows["id"].astype(int), rows["model_version"], strict=True))


def test_each_customer_is_answered_by_the_same_version_in_every_file(
    project: Project, tmp_path: Path
) -> None:
    frame = people(400)
    shuffled = frame.sample(frac=1, random_state=1)
    shares = {"challenger": 0.3}
    files = {
        "a.csv": frame,
        "b.parquet": frame.astype({"id": "int32"}),
        "c.jsonl": frame.astype({"id": "float64"}),
        "d.parquet": shuffled.assign(id=shuffled["id"].map("{:08d}".format))[["id", *NUMBERS]],
    }
    told = []
    for number, (name, content) in enumerate(files.items()):
        data, out = saved(content, tmp_path / name), tmp_path / f"out-{name}"
        chunk = 10**number * 3
        found = project.predict(
            "churn@champion", str(data), out, split=shares, key=["id"], chunk=chunk, record=False
        )
        told.append(by_key(out))
        assert sum(found.answered.values()) == 400
        assert found.answered == {label: list(told[0].values()).count(label) for label in found.answered}
    assert all(each == told[0] for each in told)
    assert set(told[0].values()) == {"churn@1", "churn@2"}
    rows = loaded(tmp_path / "out-b.parquet")
    challenged = rows["model_version"] == "churn@2"
    assert rows.loc[challenged, "probability_yes"].notna().all()
    assert rows.loc[~challenged, "probability_yes"].isna().all()
    assert rows["id"].tolist() == frame["id"].tolist()


def test_a_dataset_has_its_key_and_other_data_need_one(project: Project, tmp_path: Path) -> None:
    frame = people(60)
    data = project.datasets.add(frame, name="people", key=["id"])
    share = {"challenger": 0.5}
    found = project.predict("churn@champion", data.label, tmp_path / "a.csv", split=share, record=False)
    assert set(found.answered) == {"churn@1", "churn@2"}
    with pytest.raises(Refused, match="has no key") as caught:
        project.predict("churn@champion", frame, tmp_path / "b.csv", split=share, record=False)
    assert caught.value.hint == "name its columns: --key id"
    with pytest.raises(NotFound, match="no column 'ID' for a key") as caught:
        project.predict("churn", frame, tmp_path / "b.csv", split=share, key=["ID"], record=False)
    assert "'id'" in str(caught.value.hint)
    with pytest.raises(NotFound, match="no version or alias 'rival'"):
        project.predict("churn", frame, tmp_path / "b.csv", split={"rival": 0.1}, key=["id"], record=False)
    assert not (tmp_path / "b.csv").exists()


def test_answers_of_two_kinds_are_refused_and_one_version_twice_is_told(
    project: Project, tmp_path: Path
) -> None:
    frame = people(60)
    with pytest.raises(Refused, match="one column cannot hold both"):
        project.predict("churn@1", frame, tmp_path / "a.csv", split={"3": 0.5}, key=["id"], record=False)
    assert not list(tmp_path.iterdir())
    found = project.predict(
        "churn@champion", frame, tmp_path / "a.csv", split={"1": 0.5}, key=["id"], record=False
    )
    assert found.answered == {"churn@1": 60}
    assert found.notes == ("1 is churn@1, too: it answers all the same",)


def test_the_command_shows_who_answered_how_many(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root)
    data = saved(people(50), tmp_path / "new.csv")
    words = [
        "predict",
        "churn@champion",
        "--in",
        str(data),
        "--out",
        str(tmp_path / "out.csv"),
        "--no-record",
    ]
    assert main([*words, "--split", "challenger=40%", "--key", "id"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    count = list(by_key(tmp_path / "out.csv").values()).count("churn@2")
    assert f"churn@2 {count} {count / 50:.1%}" in shown
    assert main([*words, "--split", "challenger=40%"]) == 2
    assert "has no key" in capsys.readouterr().err
