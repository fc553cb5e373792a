"""Model cards, from the records of a real project."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from ruamel.yaml import YAML

from jupyter_mlops.cli import main
from jupyter_mlops.drawing.pages import fragment, page
from jupyter_mlops.entities import Card, CardSection, CellReplay, MetricReplay, Replay, ReplayVerdict
from jupyter_mlops.exceptions import NotFound, Refused, UsageError
from jupyter_mlops.project import Project
from jupyter_mlops.promotion.card.document import as_markdown
from jupyter_mlops.promotion.card.sections import TITLES
from jupyter_mlops.promotion.card.writing import ALARM
from jupyter_mlops.promotion.replaying.keeping import keep
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.registry import find_version
from tests.evaluation.registered import register


def of(card: Card, key: str) -> CardSection:
    return next(section for section in card.sections if section.key == key)


def configure(project: Project, text: str) -> Project:
    """The project with more in its ``mlops.yaml``, below ``models.churn``."""
    path = project.root / "mlops.yaml"
    lines = path.read_text(encoding="utf-8").replace("    target: churned\n", f"    target: churned\n{text}")
    path.write_text(lines, encoding="utf-8")
    return Project(project.root)


def front_of(document: str) -> dict[str, Any]:
    """The front matter, which both readers of YAML understand alike."""
    assert document.startswith("---\n")
    text = document.split("\n---\n")[0].removeprefix("---\n")
    found = yaml.safe_load(text)
    assert found == YAML(typ="safe").load(text)
    return dict(found)


def test_it_tells_what_is_recorded(churn_shared: Project) -> None:
    card = churn_shared.card("churn@2")
    assert [section.key for section in card.sections] == list(TITLES)
    assert [section.title for section in card.sections] == list(TITLES.values())
    assert "`train@1` | training | 400 |" in of(card, "data").text
    assert re.search(r"`xxh:[0-9a-f]{32}`", of(card, "data").text)
    assert "`tenure` float64" in of(card, "data").text
    assert "| `C` | `1.0` | float |" in of(card, "parameters").text
    assert "`scikit-learn==1.7.0`" in of(card, "environment").text
    assert re.search(r"`c0ffee0+` on `main`, clean", of(card, "environment").text)
    lineage = of(card, "lineage").text.splitlines()
    assert lineage[0].startswith("- `train@1`, 400 rows → run `train 2`")
    assert lineage[-1].endswith("→ model `churn@2` (made)")
    assert 'load_model("churn@2")' in of(card, "use").text
    assert "| `age` | double |" in of(card, "use").text


def test_metrics_have_intervals_that_hold_them(churn_shared: Project) -> None:
    text = of(churn_shared.card("churn@2"), "metrics").text
    rows = re.findall(r"\| `(\w+)` \| ([\d.]+) \| ([\d.]+) to ([\d.]+) \|", text)
    assert [name for name, *_ in rows] == ["accuracy", "precision", "recall", "f1", "roc_auc"]
    assert all(float(low) < float(value) < float(high) for _, value, low, high in rows)
    assert "Measured on `customers`, 500 rows:" in text
    recorded = churn_shared.models("churn")[1].metrics["accuracy"]
    assert f"| `accuracy` | {recorded:.4g} |" in text.partition("Recorded by its run:")[2]


def test_without_measuring_only_what_is_recorded_is_told(churn_shared: Project) -> None:
    card = churn_shared.card("churn@2", measure=False)
    assert "95 %" not in of(card, "metrics").text
    assert "without an interval" in of(card, "metrics").text
    assert "its metrics have no interval" in of(card, "limits").text
    assert "model-index" not in card.front  # on which data the run found its metrics is not recorded
    assert card.front["pipeline_tag"] == "tabular-classification"


def test_the_front_matter_is_of_the_form_that_hugging_face_reads(churn_shared: Project) -> None:
    found = front_of(as_markdown(churn_shared.card("churn@2")))
    assert found["library_name"] == "sklearn"
    assert found["pipeline_tag"] == "tabular-classification"
    assert found["datasets"] == ["train"]
    assert "accuracy" in found["metrics"]
    assert not {"license", "language"} & set(found)  # nobody has told
    (model,) = found["model-index"]
    (result,) = model["results"]
    assert model["name"] == "churn"
    assert set(result) == {"task", "dataset", "metrics"}
    assert result["task"] == {"type": "tabular-classification", "name": "Tabular Classification"}
    assert (result["dataset"]["type"], result["dataset"]["name"]) == ("customers", "customers")
    assert {type(metric["value"]) for metric in result["metrics"]} == {float}
    assert {metric["type"] for metric in result["metrics"]} >= {"accuracy", "f1"}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("MIT", {"license": "mit"}),
        ("CC BY 4.0", {"license": "cc-by-4.0"}),
        ("House Rules v2", {"license": "other", "license_name": "house-rules-v2"}),
    ],
)
def test_a_licence_is_what_a_tag_says(churn: Project, told: str, expected: dict[str, str]) -> None:
    churn.store.client().set_registered_model_tag("churn", "licence", told)
    churn.store.client().set_model_version_tag("churn", "2", "language", "- no\n- pt-BR")
    found = front_of(as_markdown(churn.card("churn@2", measure=False)))
    assert {key: found[key] for key in found if key.startswith("license")} == expected
    assert found["language"] == ["no", "pt-BR"]
    churn.store.client().set_model_version_tag("churn", "2", "language", "de, en")
    assert front_of(as_markdown(churn.card("churn@2", measure=False)))["language"] == ["de", "en"]


def test_the_purpose_is_kept_with_the_model(churn: Project) -> None:
    assert of(churn.card("churn@2", measure=False), "purpose").missing
    told = "Finds customers who leave.\n\n- *not* for prices"
    assert of(churn.card("churn@2", purpose=told, measure=False), "purpose").text == told
    assert of(Project(churn.root).card("churn@1", measure=False), "purpose").text == told
    assert of(churn.card("churn", limits="Not for firms.", measure=False), "limits").text.startswith(
        "Not for"
    )
    project = configure(churn, "    purpose: As the file says.\n")
    assert of(project.card("churn@2", measure=False), "purpose").text == "As the file says."
    with pytest.raises(UsageError, match=r"mlops.yaml: line \d: models.churn.purpose"):
        project.card("churn@2", purpose="something else")
    with pytest.raises(UsageError, match="--purpose is empty"):
        churn.card("churn@2", purpose="  ")
    with pytest.raises(Refused, match="6,000 characters are too many"):
        churn.card("churn@2", purpose="a" * 6000)


def test_slices_are_those_that_checks_and_gates_ask_for(churn: Project) -> None:
    asked = '    checks: ["accuracy >= 0.1 by region"]\n    gates: [{fairness: {metric: f1, by: gender}}]\n'
    project = configure(churn, asked)
    text = of(project.card("churn@2"), "slices").text
    assert re.search(r"`region` = `north` \| \d+ \| `accuracy` \| 0\.\d+ \| 0\.\d+ to 0\.\d+ \|", text)
    assert re.search(r"`gender` = `f` \| \d+ \| `f1` \|", text)
    few = project.root / "customers.csv"
    few.write_text("".join(few.read_text(encoding="utf-8").splitlines(keepends=True)[:41]), encoding="utf-8")
    card = project.card("churn@2")
    assert "too few rows (under 30)" in of(card, "slices").text
    assert re.search(r"not judged, being too small: region=\w+ \(\d+ rows\)", of(card, "limits").text)


def test_checks_and_explanations_are_told(churn: Project) -> None:
    churn.check("churn@2")
    explained = churn.explain("churn@2", data="customers")
    card = churn.card("churn@2")
    assert "no leakage" in of(card, "checks").text
    assert "on 500 rows of customers" in of(card, "checks").text
    assert re.search(
        r"\(run [0-9a-f]{8}, \d{4}-\d\d-\d\d \d\d:\d\d UTC\)\.", of(card, "checks").text.splitlines()[0]
    )
    assert "| check | 500 |" in of(card, "data").text
    top = max(explained.features, key=lambda each: each.importance)
    assert f"| `{top.feature}` | {top.importance:.4g} |" in of(card, "explanation").text
    assert set(card.pictures) == {"metrics.svg", "explanation.svg"}
    assert "![Importance" not in as_markdown(card)  # there is no file to refer to
    html = page(card)
    assert html.count("<svg") == 2
    assert f">{top.feature}</text>" in html


def test_metrics_of_checks_and_on_data_for_evaluation_are_told_where_nothing_is_measured(
    churn: Project,
) -> None:
    version = find_version(churn.store, "churn@2")
    held_out = churn.datasets.add(str(churn.root / "customers.csv"), name="held-out")
    Recorder(churn.store, str(version.run_id)).dataset(held_out.model_copy(update={"context": "test"}))
    churn.check("churn@2")
    card = churn.card("churn@2", measure=False)
    text = of(card, "metrics").text
    found = text.partition("Recorded by its run")[0]
    assert "Found by its checks on `customers`, without an interval:" in found
    assert "| `roc_auc` | 0.9" in found
    first, second = front_of(as_markdown(card))["model-index"][0]["results"]
    assert (first["dataset"]["type"], second["dataset"]["type"]) == ("held-out", "customers")
    assert {metric["type"] for metric in first["metrics"]} == {"accuracy", "f1"}
    assert "roc_auc" in {metric["type"] for metric in second["metrics"]}


def test_why_nothing_could_be_measured_is_told(churn: Project) -> None:
    (churn.root / "customers.csv").write_text("age,churned\n1,yes\n", encoding="utf-8")
    card = churn.card("churn@2")
    assert re.search(r"without an interval \(.*tenure.*\):", of(card, "metrics").text)
    assert re.search(r"its metrics have no interval: .*tenure", of(card, "limits").text)


def test_data_with_persons_in_it_and_code_in_no_commit_are_limits(churn: Project) -> None:
    churn.datasets.tag("train@1", {"pii": "yes", "owner": "growth"})
    card = churn.card("churn@2", measure=False)
    assert "`owner=growth`, `pii=yes`" in of(card, "data").text
    assert "train@1 is tagged pii=yes" in of(card, "limits").text


def test_a_card_is_written_with_its_pictures_beside(churn: Project) -> None:
    target = churn.root / "my card.md"
    churn.card("churn@2", output=target)
    text = target.read_text(encoding="utf-8")
    assert "![Metrics with their 95 % intervals](my%20card_files/metrics.svg)" in text
    picture = (churn.root / "my card_files" / "metrics.svg").read_text(encoding="utf-8")
    assert picture.startswith("<svg")
    assert "prefers-color-scheme" in picture
    assert 'class="ground"' in picture
    with pytest.raises(Refused, match="is a folder"):
        churn.card("churn@2", output=churn.root)
    with pytest.raises(Refused, match="there is no folder"):
        churn.card("churn@2", output=churn.root / "nowhere" / "card.md")


def test_a_card_is_kept_with_its_version(churn: Project) -> None:
    churn.promote("churn@2", override=True, reason="the first one")
    card = churn.card("churn@champion", purpose="Finds customers who leave.")
    kept = churn.keep_card(card, page(card))
    assert kept == ("card/churn-v2.md", "card/churn-v2_files/metrics.svg", "card/churn-v2.html")
    version = find_version(churn.store, "churn@2")
    assert version.tags["mlops.card"] == "card/churn-v2.md"
    assert set(kept) <= set(churn.show(str(version.run_id)).artifacts)
    told = churn.store.client().get_model_version("churn", "2").description
    assert told.startswith("## Model card\n\nFinds customers who leave.\n\nVersion `2` of `churn`")
    assert "`card/churn-v2.md`" in told


def test_the_top_tells_who_let_it_in(churn: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/x")
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    churn.approve("churn@2", reason="looks <b>good</b>")
    churn.promote("churn@2", reason="a year more of data")
    card = churn.card("churn@champion", measure=False)
    assert "in use as `champion`" in card.summary
    assert re.search(
        r"Let in as `champion` by ada \(jupyterhub\), .* UTC: a year more of data\.", card.summary
    )
    rows = [line for line in of(card, "approvals").text.splitlines() if "ada (jupyterhub)" in line]
    assert [re.split(r" \| ", row)[2] for row in rows] == ["approved", "promoted to `champion`"]
    assert "looks &lt;b>good&lt;/b>" in rows[0]
    assert ALARM not in as_markdown(card)
    assert "<b>" not in page(card)
    churn.promote("churn@3")
    assert (
        "version 3 took its place as `champion`" in of(churn.card("churn@2", measure=False), "approvals").text
    )


def test_an_override_is_red_ever_after(churn: Project) -> None:
    project = configure(churn, '    gates: ["accuracy >= 0.99"]\n')
    project.promote("churn@2", override=True, reason="hotfix | <i>now</i>")
    project.promote("churn@3", override=True, reason="again")
    card = project.card("churn@2", measure=False)
    told = rf"{ALARM} **Version 2 was promoted to champion in spite of its gates: accuracy >= 0.99"
    assert told in card.summary
    assert told in of(card, "approvals").text
    assert rf"{ALARM} **promoted in spite of a gate** to `champion`" in of(card, "approvals").text
    assert r"hotfix \| &lt;i>now&lt;/i>" in card.summary
    assert '<p class="alarm">' in page(card)
    assert "gates that it does not pass: accuracy >= 0.99" in of(card, "limits").text
    gate = next(line for line in of(card, "gates").text.splitlines() if "accuracy >= 0.99" in line)
    assert "| **failed** |" in gate


def test_a_gate_that_failed_was_judged_and_is_told_without_commands(churn: Project) -> None:
    import pandas as pd

    moved = pd.read_csv(churn.root / "customers.csv").assign(age=90)
    moved.to_csv(churn.root / "moved.csv", index=False)
    project = configure(churn, "    gates: [{drift: {current: moved.csv, reference: customers}}]\n")
    unjudged = of(project.card("churn@2", measure=False), "limits").text
    assert "whether the data have drifted since was not judged" in unjudged
    for _ in range(2):  # the second time it is told as it was judged
        report = project.gates("churn@2", judge=True)
    assert "--anew" in report.results[0].message
    card = project.card("churn@2", measure=False)
    (gate,) = [line for line in of(card, "gates").text.splitlines() if "| **failed** |" in line]
    assert re.search(r"\| drift in [^|(]* \| \d{4}-\d\d-\d\d \d\d:\d\d UTC \|$", gate)
    assert "(by default)" in of(card, "gates").text
    assert "have drifted since" not in of(card, "limits").text
    assert "gates that it does not pass: drift" in of(card, "limits").text


def test_rejections_and_aliases_moved_by_other_means_are_red(churn: Project) -> None:
    churn.promote("churn@2")
    churn.reject("churn@2", reason="too old")
    churn.store.client().set_registered_model_alias("churn", "champion", "1")
    card = churn.card("churn@2", measure=False)
    assert re.search(rf"{ALARM} \*\*Rejected by .*: too old\*\*", card.summary)
    assert f"{ALARM} **The ledger is contradicted: champion is at version 1" in card.summary
    churn.approve("churn@2")
    assert "Rejected by" not in churn.card("churn@2", measure=False).summary


@pytest.mark.parametrize("verdict", list(ReplayVerdict))
def test_a_replay_is_told_with_what_differs(churn: Project, verdict: ReplayVerdict) -> None:
    run_id = str(find_version(churn.store, "churn@2").run_id)
    reason = "cell 2 `fit` shows something else" if verdict is ReplayVerdict.DIFFERENT else ""
    found = Replay(
        run_id=run_id,
        label="churn@2",
        verdict=verdict,
        reason=reason,
        tolerance=1e-9,
        metrics=(MetricReplay(metric="accuracy", original=0.834, replayed=0.83400001, within=not reason),),
        cells=(CellReplay(index=1, number=2, source="fit(<b>)", diff="-1\n+2"),) if reason else (),
        when=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    )
    keep(churn.store, found)
    card = churn.card("churn@2", measure=False)
    text = of(card, "replay").text
    good = verdict in {ReplayVerdict.REPRODUCED, ReplayVerdict.WITHIN}
    assert text.startswith(f"**{verdict.value}**" if good else f"{ALARM} **{verdict.value}")
    assert "| run again | 2026-01-02 03:04 UTC |" in text
    assert "| `accuracy` | 0.834 | 0.83400001 |" in text
    assert ("cell 2 differs: fit(&lt;b>)" in text) is bool(reason)
    assert "it was never replayed" not in of(card, "limits").text
    assert ("replayed, it was" in of(card, "limits").text) is (verdict is not ReplayVerdict.REPRODUCED)


def test_a_model_of_numbers_is_a_regressor(churn: Project) -> None:
    import pandas as pd
    from sklearn.linear_model import LinearRegression

    random = np.random.default_rng(0)
    frame = pd.DataFrame({"a": random.normal(size=300), "b": random.normal(size=300)})
    frame["y"] = 3 * frame["a"] + random.normal(size=300)
    frame.to_csv(churn.root / "numbers.csv", index=False)
    example = frame[["a", "b"]]
    register(churn, "price", LinearRegression().fit(example, frame["y"]), example.head())
    (churn.root / "mlops.yaml").write_text(
        "models:\n  price: {data: numbers.csv, target: y}\n", encoding="utf-8"
    )
    card = Project(churn.root).card("price")
    found = front_of(as_markdown(card))
    assert found["pipeline_tag"] == "tabular-regression"
    assert found["metrics"] == ["mae", "rmse", "r_squared"]
    assert found["model-index"][0]["results"][0]["dataset"]["name"] == "numbers.csv"
    assert re.search(r"\| `r2` \| 0\.\d+ \| 0\.\d+ to 0\.\d+ \|", of(card, "metrics").text)
    assert "it is not recorded what it was trained on" in of(card, "limits").text


def _delete_run(project: Project) -> None:
    project.store.client().delete_run(str(find_version(project.store, "churn@2").run_id))


def _lose_artifacts(project: Project) -> None:
    shutil.rmtree(project.root / "mlruns")


@pytest.mark.parametrize(
    ("lose", "missing", "why"),
    [
        (_delete_run, {"data", "parameters", "environment", "lineage"}, "that made it was deleted"),
        (_lose_artifacts, {"use", "environment"}, "are gone"),
    ],
)
def test_what_is_gone_is_a_section_that_says_so(
    churn: Project, lose: Callable[[Project], None], missing: set[str], why: str
) -> None:
    lose(churn)
    card = churn.card("churn@2")
    assert missing <= {section.key for section in card.sections if section.missing}
    assert all(why in of(card, key).text for key in missing)
    assert why in of(card, "limits").text
    front_of(as_markdown(card))
    if lose is _delete_run:
        with pytest.raises(Refused, match="is gone, and so is the place"):
            churn.keep_card(card)


def test_there_is_no_card_of_what_is_not_there(churn_shared: Project, bare_folder: Path) -> None:
    with pytest.raises(NotFound, match="no version or alias '9'"):
        churn_shared.card("churn@9")
    with pytest.raises(NotFound, match="nothing was recorded yet"):
        Project(bare_folder).card("churn")
    assert not (bare_folder / "mlops.db").exists()


def test_the_command_prints_markdown_for_a_pipe(churn: Project, capsys: pytest.CaptureFixture[str]) -> None:
    long = "word " * 100
    assert main(["card", "churn@2", "--no-measure", "--purpose", long]) == 0
    out = capsys.readouterr().out
    assert out.startswith("---\n")
    assert f"\n{long.strip()}\n" in out  # no line is wrapped
    assert main(["card", "churn@2", "--no-measure", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["sections"][0]["text"] == long.strip()


def test_the_command_demands_sections(churn: Project, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["card", "churn@2", "--no-measure", "--output", "card.md", "--html", "card.html"]
    assert main([*words, "--require", "data", "metrics"]) == 0
    assert main([*words, "--require"]) == 3
    shown = capsys.readouterr()
    assert 'purpose: nothing to tell; to fill it in: jupyter mlops card churn@2 --purpose "..."' in shown.err
    assert "approvals: nothing to tell; to fill it in: jupyter mlops approve churn@2" in shown.err
    assert shown.out.startswith("churn@2: 6 of 14 sections are told; nothing to tell of: Purpose, ")
    assert (churn.root / "card.md").read_text(encoding="utf-8").startswith("---\n")
    assert (churn.root / "card.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert main(["card", "churn@2", "--output", "card.md", "--html", "card.md"]) == 2
    assert "cannot hold Markdown and HTML" in capsys.readouterr().err
    assert main(["card", "churn@2", "--html", "nowhere/card.html"]) == 2
    assert "there is no folder nowhere" in capsys.readouterr().err
    for option, name, good in (("--output", "card.txt", "card.md"), ("--html", "card.md", "card.html")):
        assert main(["card", "churn@2", "--no-measure", option, name]) == 2
        assert f"{option} {good}" in capsys.readouterr().err
    assert main(["card", "churn@2", "--require", "datta"]) == 2
    assert "did you mean 'data'?" in capsys.readouterr().err


def test_the_command_keeps_the_card(churn: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["card", "churn@2", "--no-measure", "--keep", "--output", "card.md"]) == 0
    assert "kept with churn@2: card/churn-v2.md, card/churn-v2.html" in capsys.readouterr().err


def test_a_notebook_shows_it_as_html(churn_shared: Project) -> None:
    from jupyter_mlops.views import bundled

    card = churn_shared.card("churn@2")
    found = bundled(card)
    assert found is not None
    assert found["text/html"] == fragment(card)
    assert found["text/plain"].startswith("---\n")


def test_a_live_notebook_shows_it_and_goes_on(churn: Project, Live: Any) -> None:
    live = Live(churn.root / "train.ipynb")
    try:
        shown = live.run("%mlops card churn@2 --no-measure")
        assert "# churn, version 2" in shown
        assert 'jupyter mlops card churn@2 --purpose "..."' in shown  # nobody is asked here
        assert "What is churn for?" not in shown
        shown = live.run("%mlops card churn@2 --no-measure --require purpose")
        assert "purpose: nothing to tell" in shown
        assert "ended with exit code 3" in shown
        shown = live.run("from jupyter_mlops import Project\nProject().card('churn@2', measure=False)")
        assert "# churn, version 2" in shown
    finally:
        live.close()
