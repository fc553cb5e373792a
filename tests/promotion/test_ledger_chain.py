"""The chain of entries: nothing can be changed, taken out, added, reordered or written anew unseen."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.entities import LedgerAction, LedgerEntry
from jupyter_mlops.promotion import chain
from jupyter_mlops.promotion.chain import Anchor
from jupyter_mlops.tracking.ledger import key_of

BEGAN = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
versions = st.integers(1, 9).map(str)
drafts = st.builds(
    LedgerEntry,
    model=st.just("churn"),
    number=st.just(0),
    action=st.sampled_from(LedgerAction),
    alias=st.sampled_from(["champion", "challenger"]),
    who=TEXT,
    identity=st.sampled_from(["system", "jupyterhub"]),
    when=st.integers(0, 10**9).map(lambda seconds: BEGAN + timedelta(seconds=seconds)),
    from_version=st.none() | versions,
    to_version=versions,
    gates=st.none() | TEXT,
    overridden=st.lists(TEXT, max_size=2).map(tuple),
    reason=st.none() | TEXT,
    host=TEXT,
    registered=st.none() | st.just(BEGAN),
)


def sealed(made: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    """The drafts as a chain."""
    entries: list[LedgerEntry] = []
    for number, draft in enumerate(made, 1):
        entries.append(chain.seal(draft, number, entries[-1].hash if entries else ""))
    return entries


def kept(entries: Sequence[LedgerEntry]) -> dict[str, str]:
    return {key_of(number): chain.written(entry) for number, entry in enumerate(entries, 1)}


chains = st.lists(drafts, min_size=1, max_size=6).map(sealed)


def kinds(texts: dict[str, str], *anchors: Anchor) -> list[str]:
    return [finding.kind for finding in chain.findings("churn", texts, anchors)]


@given(chains)
def test_a_chain_that_nobody_touched_is_whole_and_comes_back_as_it_was(entries: list[LedgerEntry]) -> None:
    texts = kept(entries)
    head = Anchor(len(entries), entries[-1].hash, "the tag")
    older = Anchor(1, entries[0].hash, "a machine")
    assert chain.findings("churn", texts, [head, older]) == ()
    assert chain.expected(texts, entries[-1].hash.upper()) == ()
    assert chain.entries_of(texts) == tuple(entries)
    assert chain.end_of(texts) == (len(entries), entries[-1].hash)


@given(chains, st.data())
def test_any_changed_value_is_found(entries: list[LedgerEntry], data: st.DataObject) -> None:
    texts = kept(entries)
    key = data.draw(st.sampled_from(sorted(texts)))
    fields = json.loads(texts[key])
    name = data.draw(st.sampled_from(sorted(fields)))
    other = data.draw(TEXT | st.none() | st.integers() | st.booleans() | st.lists(TEXT))
    if other == fields[name] and type(other) is type(fields[name]):
        return
    texts[key] = json.dumps(fields | {name: other}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert kinds(texts)


@given(chains, st.data())
def test_any_changed_character_is_found(entries: list[LedgerEntry], data: st.DataObject) -> None:
    texts = kept(entries)
    key = data.draw(st.sampled_from(sorted(texts)))
    text = texts[key]
    place = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 3))
    texts[key] = text[:place] + data.draw(TEXT) + text[place + cut :]
    if texts[key] != text:
        assert kinds(texts)


@given(chains, st.data())
def test_any_entry_taken_out_is_found(entries: list[LedgerEntry], data: st.DataObject) -> None:
    texts = kept(entries)
    for key in data.draw(st.sets(st.sampled_from(sorted(texts)), min_size=1)):
        del texts[key]
    head = Anchor(len(entries), entries[-1].hash, "the tag")
    assert "removed" in kinds(texts, head)
    if texts and max(texts) == key_of(len(entries)):  # not the end: the chain alone tells
        assert "removed" in kinds(texts)


@given(chains, st.data())
def test_entries_taken_out_and_closed_up_are_found(entries: list[LedgerEntry], data: st.DataObject) -> None:
    gone = data.draw(st.integers(0, len(entries) - 1))
    rest = [*entries[:gone], *entries[gone + 1 :]]
    head = Anchor(len(entries), entries[-1].hash, "the tag")
    assert kinds(kept(rest), head)
    if gone < len(rest):
        assert "reordered" in kinds(kept(rest))


@given(chains, st.randoms())
def test_entries_in_another_order_are_found(entries: list[LedgerEntry], random: object) -> None:
    shuffled = list(entries)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    if shuffled != entries:
        assert "reordered" in kinds(kept(shuffled))


@given(chains, drafts, st.data())
def test_a_chain_written_anew_contradicts_what_was_kept_elsewhere(
    entries: list[LedgerEntry], forged: LedgerEntry, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(entries) - 1))
    anew = sealed([*entries[:place], forged, *entries[place + 1 :]])
    if anew == entries:
        return
    texts, head = kept(anew), Anchor(len(entries), entries[-1].hash, "the tag")
    assert kinds(texts) == []  # it is a chain: alone it tells nothing
    assert kinds(texts, head) == ["rewritten"]
    assert [f.kind for f in chain.expected(texts, entries[-1].hash)] == ["rewritten"]


@given(chains, drafts)
def test_an_entry_changed_with_its_hash_breaks_the_chain(
    entries: list[LedgerEntry], forged: LedgerEntry
) -> None:
    if len(entries) < 2:
        return
    first = chain.seal(forged, 1, "")
    texts = kept([first, *entries[1:]])
    assert kinds(texts) == ([] if first == entries[0] else ["rewritten"])


@given(chains, st.text(max_size=30), TEXT)
def test_what_is_no_entry_is_told(entries: list[LedgerEntry], key: str, text: str) -> None:
    texts = kept(entries)
    if key not in texts:
        assert kinds(texts | {key: text}) != []


@given(st.dictionaries(st.text("0123456789x", max_size=8), TEXT | st.just("[1]") | st.just("{}"), max_size=5))
def test_anything_at_all_is_judged(texts: dict[str, str]) -> None:
    assert bool(kinds(texts)) == bool(texts)
    assert chain.entries_of(texts) == ()
    chain.end_of(texts)


def test_an_entry_of_another_models_ledger_is_found() -> None:
    entry = sealed([draft()])[0]
    assert [f.message for f in chain.findings("fraud", kept([entry]))] == ["entry 1 is one of model 'churn'"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda texts: texts.pop(key_of(2)), "entry 2 is missing"),
        (lambda texts: [texts.pop(key_of(2)), texts.pop(key_of(3))], "entries 2 to 3 are missing"),
        (
            lambda texts: [texts.pop(key_of(3)), texts.pop(key_of(4))],
            "entries 3 to 4 are missing, which the tag knows",
        ),
        (lambda texts: texts.update({key_of(2): "{"}), "entry 2 cannot be read"),
        (lambda texts: texts.update({"12": "{}"}), "'12' is no entry"),
        (lambda texts: texts.update({key_of(3): texts[key_of(2)]}), "entry 2 stands in the place of entry 3"),
    ],
)
def test_findings_say_which_entry(change: Callable[[dict[str, str]], object], message: str) -> None:
    entries = sealed([draft()] * 4)
    texts = kept(entries)
    change(texts)
    found = chain.findings("churn", texts, [Anchor(4, entries[-1].hash, "the tag")])
    assert message in [finding.message for finding in found]


def test_a_made_up_number_is_told_at_once_however_high() -> None:
    texts = kept(sealed([draft()])) | {"999999999999": "{}"}
    assert [f.message for f in chain.findings("churn", texts)] == [
        "entries 2 to 999999999998 are missing",
        "entry 999999999999 cannot be read",
    ]


def test_fields_of_a_later_version_are_passed_over_and_still_sealed() -> None:
    entry = sealed([draft()])[0]
    fields = json.loads(chain.written(entry)) | {"mood": "good"}
    del fields["hash"]
    from jupyter_mlops.entities.promotion import digest_of

    fields["hash"] = digest_of(fields)
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    assert chain.findings("churn", {key_of(1): text}) == ()
    (found,) = chain.entries_of({key_of(1): text})
    assert found.to_version == "1"
    assert kinds({key_of(1): text.replace("good", "bad")}) == ["changed"]


def draft() -> LedgerEntry:
    return LedgerEntry(
        model="churn",
        number=0,
        action=LedgerAction.PROMOTE,
        who="ada",
        identity="system",
        when=BEGAN,
        to_version="1",
    )
