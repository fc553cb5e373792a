"""Verbs that tell others."""

from __future__ import annotations

from datetime import UTC, datetime

from jupyter_mlops.entities import Delivery, DriftReport, Event, Notice
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.project.rooms import Rooms


class Noticing(Rooms):
    """Verbs that tell others."""

    def notices(self) -> list[Delivery]:
        """What others are still to be told, and the last things that they were, oldest first."""
        from jupyter_mlops.notices.sending import deliveries, resume

        resume(self.root)
        return deliveries(self.root)

    def tell_of_drift(self, report: DriftReport) -> None:
        """Tell those whom ``notify:`` names that drift was found; does not wait for that."""
        from jupyter_mlops.notices.sending import tell

        facts = {"reference": report.reference, "current": report.current, "model": report.model or ""}
        drifted = [column.name for column in (*report.columns, *report.predictions) if column.drifted]
        decayed = [decay.metric for decay in report.decay if decay.decayed]
        notice = Notice(
            event=Event.DRIFT,
            subject=f"{report.model or report.current}: {report.verdict}",
            when=datetime.now(UTC),
            facts={**facts, "columns": ", ".join(drifted), "metrics": ", ".join(decayed)},
        )
        self.store.state_folder()
        tell(self.root, self.config.notify, notice)

    def test_notices(self) -> list[Delivery]:
        """Send a notice that says it is a test through every channel of ``notify:``; what came of each.

        Raises:
            Refused: ``mlops.yaml`` names no channel.
        """
        from jupyter_mlops.notices.sending import tell_now

        if not self.config.notify:
            raise Refused("mlops.yaml has no notify:", hint='e.g. notify: [{webhook: "https://..."}]')
        self.store.state_folder()
        subject = f"test: {self.root.name} tells you of its models here"
        notice = Notice(event=Event.TEST, subject=subject, when=datetime.now(UTC))
        return tell_now(self.root, self.config.notify, notice)
