"""What cells show is compared without what differs from one run to the next whatever is computed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.promotion.replaying.shown import difference, shown

RUN, OTHER = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
MODELS = "m-" + "0a" * 16, f"m-{OTHER}"


def printed(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def result(**data: Any) -> dict[str, Any]:
    names = {kind.replace("_", "/", 1): content for kind, content in data.items()}
    return {"output_type": "execute_result", "data": names, "metadata": {}, "execution_count": 1}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("<object at 0x7f03a1b2c3d4>", "<object at 0x55d0c0ffee00>"),
        ("[<f at 0x7f03a1b2c3d4>, <g at 0x7f03a1b2c3d5>]", "[<f at 0x55d0c0ffee00>, <g at 0x55d0c0ffee01>]"),
        (f"run {RUN}", f"run {OTHER}"),
        (f"run {RUN[:8]}, of 2", f"run {OTHER[:8]}, of 2"),
        (f"models:/{MODELS[0]}", f"models:/{MODELS[1]}"),
        ("1f0e7c1e-9a53-4b52-8d3c-0b6f3a2b1c0d", "2f0e7c1e-9a53-4b52-8d3c-0b6f3a2b1c0e"),
        ("see http://127.0.0.1:5000/#/experiments/1", "see http://localhost:8080/#/experiments/7"),
        ("/tmp/ipykernel_12/34.py:3: UserWarning", "/var/x/ipykernel_9/8.py:3: UserWarning"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("logged A as b, registered as churn version 3", "logged A as b, not registered: this is a replay"),
        ("x\n2026/11/29 19:55:08 INFO mlflow: hm", "x\n2026/11/29 19:56:01 INFO mlflow: hm"),
        ("2026-11-29 19:55:08,123 - root - INFO - hm", "2026-11-29 19:55:09,456 - root - INFO - hm"),
        ("recording to run 1234abcd (churn); ...\nx", "joined the headless run 9876fedc (churn)\nx"),
        ("run 1234abcd FINISHED; %mlops show 1234abcd\nx", "left the headless run 9876fedc\nx"),
        ("CPU times: user 3 ms\nWall time: 4 ms\n1", "CPU times: user 9 ms\nWall time: 1 s\n1"),
        (" 10%|█         | 1/10 [00:00<00:01, 8.1it/s]", "100%|██████████| 10/10 [00:01<00:00, 9.7it/s]"),
        ("\r0it [00:00, ?it/s]\r7it [00:00, 61.2it/s, loss=0.3]\n", "\r0it [00:00, ?it/s]\n"),
        ("fit:  50%|█████     | 1.0k/2.0k [00:01<00:01, 1.21s/batch]\rdone", "done"),
        (
            "\x1b[1m1/2\x1b[0m \x1b[32m━━━\x1b[0m \x1b[1m0s\x1b[0m 44ms/step - loss: 0.70\b\b\r"
            "\x1b[1m2/2\x1b[0m \x1b[32m━━━━\x1b[0m \x1b[1m1s\x1b[0m 12ms/step - loss: 0.51\n",
            "2/2 ━━━━ 0s 5ms/step - loss: 0.51\n",
        ),
    ],
)  # fmt: skip
def test_what_no_computation_decides_does_not_differ(left: str, right: str) -> None:
    known = (RUN, MODELS[0]), (OTHER, MODELS[1])
    assert difference(shown([printed(left)], known[0]), shown([printed(right)], known[1])) == ""


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ([printed("accuracy 0.91")], [printed("accuracy 0.92")]),
        ([printed("| a |   | 1/2 |")], [printed("| a |   | 3/4 |")]),
        ([printed("run 12345678 steps")], [printed("run 12345679 steps")]),
        ([printed("d41d8cd98f00b204e9800998ecf8427e")], [printed("0cc175b9c0f1b6a831c399e269772661")]),
        ([printed("state 0x1f3a5c7e9b")], [printed("state 0x1f3a5c7e9c")]),
        ([printed("speed-up: 0.123456 it/s")], [printed("speed-up: 0.654321 it/s")]),
        ([printed("0.123456%|done|")], [printed("0.654321%|done|")]),
        ([printed("2026-11-29 12:00:00 is best")], [printed("2026-11-30 12:00:00 is best")]),
        ([printed("a\rok")], [printed("b\rok")]),
        ([printed("a\r\n")], [printed("b\r\n")]),
        ([printed("2/2 ━━━━ 0s 5ms/step - loss: 0.51")], [printed("2/2 ━━━━ 0s 5ms/step - loss: 0.52")]),
        ([printed("x")], [printed("x", "stderr"), printed("y")]),
        ([result(text_plain="1")], [result(text_plain="2")]),
        ([result(text_plain="<Figure>", image_png="AAA")], [result(text_plain="<Figure>", image_png="AAB")]),
        ([result(text_plain="x", text_html="<b>1</b>")], [result(text_plain="x", text_html="<b>2</b>")]),
        ([{"output_type": "error", "ename": "E", "evalue": "1", "traceback": []}], []),
    ],
)
def test_what_is_computed_does(left: list[dict[str, Any]], right: list[dict[str, Any]]) -> None:
    assert difference(shown(left), shown(right)) != ""


def test_the_beginning_of_a_run_s_id_is_left_out_too() -> None:
    text = f"see {RUN[:8]}"
    assert shown([printed(text)], [RUN]) == ["see <id>"]


def test_prints_are_the_same_however_they_were_cut() -> None:
    assert shown([printed("a"), printed("b\n")]) == shown([printed("ab\n")]) == ["ab"]


def test_a_picture_is_told_by_its_digest_and_a_widget_as_one() -> None:
    (plain, picture) = shown([result(text_plain="<Figure>", image_png="A" * 100_000)])
    assert plain == "<Figure>"
    assert len(picture) < 40
    widget = {
        "text/plain": "IntSlider(value=3)",
        "application/vnd.jupyter.widget-view+json": {"model_id": "x"},
    }
    assert shown([{"output_type": "display_data", "data": widget}]) == ["<widget>"]


def test_a_long_difference_is_cut() -> None:
    told = difference([str(number) for number in range(9000)], [])
    assert len(told.splitlines()) == 61
    assert told.endswith("more lines")


outputs = st.lists(
    st.one_of(
        st.builds(printed, st.text(), st.sampled_from(["stdout", "stderr"])),
        st.builds(lambda text: result(text_plain=text), st.text()),
        st.builds(lambda text: result(image_png=text), st.text()),
    ),
    max_size=4,
)


@given(outputs)
def test_the_same_outputs_never_differ(found: list[dict[str, Any]]) -> None:
    assert difference(shown(found), shown(found)) == ""


@given(st.text(alphabet="xyz \n", max_size=30), st.text(alphabet="xyz \n", max_size=30))
def test_words_that_differ_are_told(left: str, right: str) -> None:
    same = [line.rstrip() for line in left.strip("\n").split("\n")] == [
        line.rstrip() for line in right.strip("\n").split("\n")
    ]
    told = difference(shown([printed(left)]), shown([printed(right)]))
    assert (told == "") is (same or left.split() == right.split() == [])
