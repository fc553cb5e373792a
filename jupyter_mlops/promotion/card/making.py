"""The card of a model version, from the records."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlops.config import CONFIG_NAME, Config, where
from jupyter_mlops.entities import Card, CardSection
from jupyter_mlops.exceptions import MLOpsError, UsageError
from jupyter_mlops.promotion.card import judged, origin, people, performance
from jupyter_mlops.promotion.card.front import front
from jupyter_mlops.promotion.card.measuring import Measured, measure
from jupyter_mlops.promotion.card.pictures import pictures
from jupyter_mlops.promotion.card.records import LIMITS_TAG, PURPOSE_TAG, Records, read_records
from jupyter_mlops.promotion.card.writing import paragraphs
from jupyter_mlops.tracking.described import tell
from jupyter_mlops.tracking.store import Store

NOT_MEASURED = "it was not asked for"


def make_card(store: Store, config: Config, reference: str, *, measuring: bool = True) -> Card:
    """All that is known of a version, as a card; what nothing is known of is a section that is missing.

    Args:
        store: the project's store.
        config: its configuration.
        reference: ``NAME`` (its newest version), ``NAME@VERSION`` or ``NAME@ALIAS``.
        measuring: measure the metrics, with their intervals, on the data that ``mlops.yaml`` names for the
            model, which loads it; without, only what is recorded is told.

    Raises:
        NotFound: no such model, version or alias.
    """
    records = read_records(store, config, reference)
    found, why = _measured(records) if measuring else (None, NOT_MEASURED)
    return Card(
        model=records.version.name,
        version=records.version.version,
        front=front(records, found),
        summary=paragraphs(*people.let_in(records)),
        sections=tuple(_sections(records, found, why)),
        pictures=pictures(found, records.explanation),
        created=records.now,
    )


def _measured(records: Records) -> tuple[Measured | None, str]:
    try:
        return measure(records), ""
    except MLOpsError as error:
        return None, str(error)


def _sections(records: Records, found: Measured | None, why: str) -> Iterator[CardSection]:
    yield people.purpose(records)
    yield people.use(records)
    yield origin.data(records)
    yield origin.parameters(records)
    yield performance.metrics(records, found, why)
    yield performance.slices(records, found)
    yield judged.checks(records)
    yield judged.gates(records)
    yield performance.explanation(records)
    yield people.approvals(records)
    yield judged.replay(records)
    yield origin.environment(records)
    yield origin.lineage(records)
    known = (*performance.unsure(records, found, why), *judged.doubtful(records), *origin.held(records))
    yield people.limits(records, (*known, *records.gone.values()))


def keep_words(
    store: Store, config: Config, reference: str, *, purpose: str | None = None, limits: str | None = None
) -> None:
    """Keep what a person says that the model is for, and what not, with the registered model.

    Raises:
        NotFound: no such model, version or alias.
        UsageError: there are no words, or ``mlops.yaml`` says it, which would win.
        Refused: they are too long.
    """
    records = read_records(store, config, reference)
    name, settings = records.version.name, records.settings
    given = (
        ("purpose", purpose, settings.purpose, PURPOSE_TAG),
        ("limits", limits, settings.limits, LIMITS_TAG),
    )
    for what, words, said, _ in given:
        if words is not None and not words.strip():
            raise UsageError(f"--{what} is empty", hint="say it in a sentence or two, in Markdown")
        if words is not None and said:
            place = where(store.root, ["models", name, what])
            raise UsageError(f"{place}: {CONFIG_NAME} says the {what} of {name}", hint="change it there")
    for _, words, _, tag in given:
        if words is not None:
            tell(store, name, tag, words.strip())
