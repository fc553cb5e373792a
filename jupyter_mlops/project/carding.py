"""The model card."""

from __future__ import annotations

from pathlib import Path

from jupyter_mlops.entities import Card
from jupyter_mlops.project.rooms import Rooms


class Carding(Rooms):
    """The model card."""

    def card(
        self,
        model: str,
        *,
        output: Path | str | None = None,
        purpose: str | None = None,
        limits: str | None = None,
        measure: bool = True,
    ) -> Card:
        """The model card of a version, from what is recorded of it; `Card.missing` names the sections that
        have nothing to tell.

        Args:
            model: ``NAME`` (its newest version), ``NAME@VERSION`` or ``NAME@ALIAS``.
            output: also write it there as Markdown, with its pictures in a folder beside.
            purpose: what the model is for, in Markdown; kept with the registered model.
            limits: what it is not for, likewise.
            measure: measure its metrics on the data that ``mlops.yaml`` names for the model, with intervals;
                without, only what is recorded is told and the model is not loaded.

        Raises:
            NotFound: no such model, version or alias.
            Refused: the file cannot be written, or ``mlops.yaml`` says purpose or limits.
        """
        from jupyter_mlops.promotion.card.keeping import refuse_unwritable, write_card
        from jupyter_mlops.promotion.card.making import keep_words, make_card

        if output is not None:
            refuse_unwritable(Path(output))
        if purpose is not None or limits is not None:
            keep_words(self.store, self.config, model, purpose=purpose, limits=limits)
        card = make_card(self.store, self.config, model, measuring=measure)
        if output is not None:
            write_card(card, Path(output))
        return card

    def keep_card(self, card: Card, page: str | None = None) -> tuple[str, ...]:
        """Keep the card with its version: among the artifacts of the run that made it, with `page`, its HTML,
        and a word in the version's description; the paths of what was kept.

        Raises:
            Refused: there is no such run any more.
        """
        from jupyter_mlops.promotion.card.keeping import keep_card

        return keep_card(self.store, card, page)

    def purpose(self, model: str) -> str:
        """What the model is for, in Markdown, as a person has told; "" where nobody has.

        Raises:
            NotFound: no such model, version or alias.
        """
        from jupyter_mlops.promotion.card.records import read_records

        return read_records(self.store, self.config, model).purpose
