"""What becomes of a model version that a run by itself registered."""

from __future__ import annotations

from datetime import UTC, datetime

from jupyter_mlops.entities import Event, LedgerEntry, ModelVersion, Notice
from jupyter_mlops.exceptions import CheckFailed, Refused, StoreError
from jupyter_mlops.project.promoting import Promoting
from jupyter_mlops.tracking import registry

CHALLENGER = "challenger"


class Challenging(Promoting):
    """What becomes of a model version that a run by itself registered."""

    def challenge(self, version: ModelVersion, schedule: str, *, auto_promote: bool = False) -> list[str]:
        """Make it the challenger, and with `auto_promote` the champion if its gates say so; what was done, in
        words. A gate that says no leaves it as challenger, and those whom ``notify:`` names are told which.
        One that was champion, or challenger, before and is no longer stays as whoever moved the alias left
        it.

        Raises:
            StoreError: the store does not take it.
        """
        label = f"{version.name}@{version.version}"
        entries = self.history(version.name).entries
        if registry.CHAMPION in version.aliases:
            return [f"{label} is champion already"]
        if (former := _stood_down(version, entries)) is not None:
            return [f"{label} was {former} before: it stays as it is"]
        reason = f"schedule {schedule}"
        try:
            self.promote(label, to=CHALLENGER, reason=reason)
        except StoreError:
            raise
        except (CheckFailed, Refused) as error:  # it was rejected
            return [f"{label}: {error}"]
        if not auto_promote:
            return [f"{label} is challenger"]
        try:
            self.promote(label, reason=reason)
        except StoreError:
            raise
        except CheckFailed as closed:
            self._tell_of_closed(label, schedule, closed)
            return [f"{label} is challenger: {closed}"]
        except Refused as error:  # somebody moved the alias meanwhile
            return [f"{label} is challenger: {error}"]
        return [f"{label} is champion"]

    def _tell_of_closed(self, label: str, schedule: str, closed: CheckFailed) -> None:
        from jupyter_mlops.notices.sending import tell

        report = getattr(closed, "report", None)
        said_no = [result for result in report.results if not result.open] if report is not None else []
        name, _, number = label.partition("@")
        notice = Notice(
            event=Event.SCHEDULE,
            subject=f"{label} waits as challenger: {_gates(len(said_no))} said no",
            text="\n".join(f"{each.name}: {each.message or each.status.value}" for each in said_no),
            when=datetime.now(UTC),
            facts={
                "schedule": schedule,
                "model": name,
                "version": number,
                "gates": ", ".join(each.name for each in said_no),
            },
        )
        tell(self.root, self.config.notify, notice)


def _stood_down(version: ModelVersion, entries: tuple[LedgerEntry, ...]) -> str | None:
    """The alias that the version had once, and was taken from it since."""
    from jupyter_mlops.promotion.standing import about

    moved = {entry.alias for entry in about(entries, version) if entry.moves}
    lost = [alias for alias in (registry.CHAMPION, CHALLENGER) if alias in moved - set(version.aliases)]
    return lost[0] if lost else None


def _gates(count: int) -> str:
    return f"{count} gate{'' if count == 1 else 's'}"
