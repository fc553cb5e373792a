"""Verbs that move an alias, or say why not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from jupyter_mlops.entities import GateResult, History, Promotion
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.letters import harmless
from jupyter_mlops.project.rooms import Rooms
from jupyter_mlops.tracking import guard, registry

if TYPE_CHECKING:
    from jupyter_mlops.promotion.judging import Done

_HASH = re.compile("[0-9a-fA-F]{8,64}")
_Tell = Callable[[str], None]


def _silent(line: str) -> None:
    """Nobody listens."""


class Promoting(Rooms):
    """Verbs that move an alias, or say why not."""

    def promote(
        self,
        model: str,
        *,
        to: str = registry.CHAMPION,
        reason: str | None = None,
        override: bool = False,
        dry_run: bool = False,
        report: _Tell = _silent,
        done: Done | None = None,
    ) -> Promotion:
        """Point the alias `to` at ``NAME`` (its newest version), ``NAME@VERSION`` or ``NAME@ALIAS``, if all
        gates say yes.

        Gates stand before every alias but ``challenger``, which any version may have that was not rejected.

        Args:
            model: which version.
            to: the alias.
            reason: kept in the ledger, at most 1,000 characters.
            override: promote in spite of gates that say no; needs a reason, and shows in red ever after.
            dry_run: judge only. `Promotion.gates` tells what was found; nothing moves.
            report: told in a line how far it is.
            done: called with each gate's result, its number and how many there are.

        Raises:
            CheckFailed: a gate says no; its `report` is the `entities.GateReport`.
            NotFound: no such model, version or alias; or the version's files are gone.
            Refused: no reason for an override; MLflow does not allow the alias; the version's run was
                deleted; or the alias was moved, or the version rejected, while gates were judged.
            StoreError: the store does not take it.
        """
        if (still := self._in_replay(model)) is not None:
            return still
        from jupyter_mlops.promotion import moving

        told = _reason(reason, needed_for="an override" if override else None)

        def judged(result: GateResult, number: int, count: int) -> None:
            report(f"gate {number}/{count} {result.status.value}: {result.name}")

        self.store.check_answers()
        candidate = moving.judge(self.store, self.config, model, to, report, done or judged)
        if dry_run:
            return Promotion(version=candidate.version, gates=candidate.report, notes=candidate.notes)
        return self._told(moving.promote(self.store, candidate, told, override=override))

    def approve(self, model: str, *, reason: str | None = None) -> Promotion:
        """Note in the ledger that you hold the version to be good. One that was rejected is open again.

        Raises:
            NotFound: no such model, version or alias.
            StoreError: the store does not take it.
        """
        if (still := self._in_replay(model)) is not None:
            return still
        from jupyter_mlops.promotion import moving

        told = _reason(reason)
        self.store.check_answers()
        return self._told(moving.approve(self.store, self.config, model, told))

    def reject(self, model: str, *, reason: str) -> Promotion:
        """Close the version until somebody approves it. An alias that it has it keeps.

        Raises:
            NotFound: no such model, version or alias.
            Refused: no reason.
            StoreError: the store does not take it.
        """
        if (still := self._in_replay(model)) is not None:
            return still
        from jupyter_mlops.promotion import moving
        from jupyter_mlops.provenance.identity import identity

        told = _reason(reason, needed_for="a rejection") or ""
        self.store.check_answers()
        return self._told(moving.reject(self.store, model, identity(), told))

    def rollback(self, model: str, *, to: str = registry.CHAMPION, reason: str | None = None) -> Promotion:
        """Point the alias `to` at the version that it was at before the present one; done again, it goes
        further back. No gates are asked.

        Raises:
            NotFound: no such model; or the version before, or its files, are gone.
            Refused: there was none before; it was rejected since; or the alias was moved meanwhile.
            StoreError: the store does not take it.
        """
        if (still := self._in_replay(model)) is not None:
            return still
        from jupyter_mlops.promotion import moving

        told = _reason(reason)
        name, _, which = model.partition("@")
        if which:
            raise Refused(f"a rollback is of a model, not of {model}", hint=f"rollback {name}")
        self.store.check_answers()
        return self._told(moving.rollback(self.store, self.config, name, to, told))

    def history(self, model: str, *, verify: bool = False, expect: str | None = None) -> History:
        """The model's ledger, oldest entry first.

        Args:
            model: its name.
            verify: also look whether an entry was changed, removed, reordered or written anew, and whether
                aliases are where the ledger says: `History.findings`.
            expect: the hash that some entry must have, such as an earlier `History.head` that was kept
                elsewhere, or its first characters, at least 8; implies `verify`.

        Raises:
            NotFound: there is no such model.
            Refused: `model` names a version; or `expect` is no hash, or begins those of several entries.
            StoreError: the store cannot be read.
        """
        from jupyter_mlops.promotion import ledger

        name, _, which = model.partition("@")
        if which:
            raise Refused(f"a ledger is of a model, not of {model}", hint=f"history {name}")
        if expect is not None and not _HASH.fullmatch(expect):
            raise Refused(
                f"{expect!r} is no hash", hint="the head that history shows, or its first 8 characters"
            )
        self.store.check_answers()
        if verify or expect is not None:
            return ledger.verify(self.store, name, expect)
        return ledger.history(self.store, name)

    def _in_replay(self, model: str) -> Promotion | None:
        """In a replay, whose notebook may decide of models, nothing moves and nothing is noted."""
        if not guard.replaying():
            return None
        version = registry.find_version(self.store, model)
        return Promotion(version=version, notes=("this is a replay: nothing moves",))

    def _told(self, promotion: Promotion) -> Promotion:
        """Tell those whom ``notify:`` in ``mlops.yaml`` names; does not wait for that."""
        from jupyter_mlops.notices.sending import tell
        from jupyter_mlops.promotion.telling import notice_of

        if promotion.entry is not None:
            tell(self.root, self.config.notify, notice_of(promotion.entry))
        return promotion


def _reason(reason: str | None, needed_for: str | None = None) -> str | None:
    from jupyter_mlops.promotion.moving import LONGEST_REASON

    told = harmless(" ".join((reason or "").split()))
    if not told and needed_for:
        raise Refused(f"{needed_for} needs a reason", hint='e.g. --reason "hotfix for the billing bug"')
    if len(told) > LONGEST_REASON:
        raise Refused(
            f"the reason has {len(told)} characters", hint=f"at most {LONGEST_REASON}; name a ticket instead"
        )
    return told or None
