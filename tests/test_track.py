"""The words of `%track`: split as a person means them, refused with a mend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops import track
from jupyter_mlops.exceptions import MLOpsError, UsageError
from jupyter_mlops.track import VERBS, expressions, pairs, split

plain = st.text(st.characters(exclude_characters="\"'[](){}"), min_size=1).filter(
    lambda word: not any(map(str.isspace, word))
)
quoted = st.text(st.characters(exclude_categories=["Cs"])).map(repr)
bracketed = st.lists(quoted | st.integers().map(str), max_size=3).flatmap(
    lambda parts: st.sampled_from(
        [f"d[{', '.join(parts)}]", f"f({', '.join(parts)})", f"{{{', '.join(parts)}}}"]
    )
)
word = st.builds("{}{}".format, plain, quoted | bracketed | st.just("")) | bracketed


@settings(deadline=None)
@given(st.lists(word), st.sampled_from([" ", "  ", "\t", " \t "]))
def test_words_joined_by_blanks_come_back(words: list[str], blank: str) -> None:
    assert split(blank.join(words)) == words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("   ", []),
        ('accuracy f1=scores["f 1"]', ["accuracy", 'f1=scores["f 1"]']),
        ("x=f(a, b) y", ["x=f(a, b)", "y"]),
        ("x=[1, [2, 3]] y", ["x=[1, [2, 3]]", "y"]),
        ("x=d['a ] b'] y", ["x=d['a ] b']", "y"]),
        (r"x='it\'s so' y", [r"x='it\'s so'", "y"]),
        (r"x=d['a\\'] y", [r"x=d['a\\']", "y"]),
        ("x) y", ["x)", "y"]),
        ("'open to the end", ["'open to the end"]),
        ("f(open to the end", ["f(open to the end"]),
    ],
)
def test_brackets_and_quotes_are_kept_together(line: str, words: list[str]) -> None:
    assert split(line) == words


@settings(deadline=None)
@given(st.text("ab=[](){}'\"\\ \t"))
def test_nothing_but_blanks_between_words_is_lost(line: str) -> None:
    assert "".join("".join(split(line)).split()) == "".join(line.split())


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["accuracy"], {"accuracy": "accuracy"}),
        (["f1=scores['f1']"], {"f1": "scores['f1']"}),
        (["ok=a==b"], {"ok": "a==b"}),
        (["val/loss=x", "top-1=y", "a.b=z"], {"val/loss": "x", "top-1": "y", "a.b": "z"}),
        (["größe=1"], {"größe": "1"}),
        ([], {}),
    ],
)
def test_a_word_is_a_name_and_its_expression(words: list[str], found: dict[str, str]) -> None:
    assert expressions(words) == found


@pytest.mark.parametrize("bad", ["=x", "x=", "a<=b", "scores['f1']", "x==y", "1+1", "-x=1", ""])
def test_a_word_without_a_name_is_refused(bad: str) -> None:
    with pytest.raises(UsageError, match="needs a name") as caught:
        expressions([bad])
    assert caught.value.hint


@pytest.mark.parametrize(
    ("given_word", "pair"),
    [
        ("owner=ana", ("owner", "ana")),
        ("note='a longer text'", ("note", "a longer text")),
        ('note="it\'s"', ("note", "it's")),
        ("note=", ("note", "")),
        ("note='", ("note", "'")),
        ("url=a=b", ("url", "a=b")),
    ],
)
def test_a_pair_is_name_and_text(given_word: str, pair: tuple[str, str]) -> None:
    assert pairs([given_word]) == dict([pair])


@pytest.mark.parametrize("bad", ["owner", "=ana", ""])
def test_a_word_that_is_no_pair_is_refused(bad: str) -> None:
    with pytest.raises(UsageError, match="is not NAME=VALUE") as caught:
        pairs([bad])
    assert caught.value.hint


class Told:
    """Keeps what a tracker would be told; what a verb does with it is tested in a real kernel."""

    def __init__(self) -> None:
        self.words: list[Any] = []

    def __getattr__(self, name: str) -> Callable[..., str]:
        def keep(*words: Any, **more: Any) -> str:
            self.words += [name, *words, *more.values()]
            return name

        return keep


def say(line: str) -> Told:
    told = Told()
    track.call_line(told, line)  # type: ignore[arg-type]
    return told


def test_an_unknown_verb_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(UsageError, match="no verb 'strat'") as caught:
        say("strat --experiment churn")
    assert caught.value.hint == "did you mean 'start'?"


@pytest.mark.parametrize(
    "line",
    [
        "metric",
        "metric a<b",
        "metric a --step one",
        "metric --what",
        "tag owner",
        "tag",
        "start a b",
        "stop now",
        "data",
        "model",
        "artifact",
        "start --tag owner",
        "param f(x)",
    ],
)
def test_words_a_verb_does_not_take_are_refused(line: str) -> None:
    with pytest.raises(UsageError) as caught:
        say(line)
    assert caught.value.hint
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("line", ["", "--params C", "a b", "run --unknown", "run --metrics a<b"])
def test_words_a_tracked_cell_does_not_take_are_refused(line: str) -> None:
    with pytest.raises(UsageError):
        track.call_cell(Told(), line, "x = 1")  # type: ignore[arg-type]


@settings(deadline=None)
@given(st.text())
def test_any_line_that_is_no_verb_is_refused(line: str) -> None:
    if not line.strip() or line.split()[0] in {verb.name for verb in VERBS}:
        return
    with pytest.raises(MLOpsError):
        say(line)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_is_explained(verb: track.Verb) -> None:
    assert verb.help
    assert verb.usage.split()[0] == verb.name
    assert f"%track {verb.usage}" in track.usage()
    for flag in verb.options:
        if flag.startswith("--"):
            assert flag in verb.usage


QUOTED = {
    "start 'my run'": "my run",
    "start --experiment 'my lab'": "my lab",
    'start --experiment="my lab"': "my lab",
    "data df --name 'my data'": "my data",
    "data df --source 'S 3'": "S 3",
    "data df --context 'hold out'": "hold out",
    "data 'a b.csv'": "a b.csv",
    "artifact fig --name 'a plot.png'": "a plot.png",
    "model clf --register 'my model'": "my model",
}


@pytest.mark.parametrize("line", QUOTED)
def test_quotes_around_a_text_are_not_part_of_it(line: str) -> None:
    assert QUOTED[line] in say(line).words


def test_a_line_without_words_is_the_status() -> None:
    assert say("").words == say("  ").words == say("status").words == ["status"]
