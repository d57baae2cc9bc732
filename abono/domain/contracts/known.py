"""A contract as it was known at a moment: what was written by then, and nothing of what came after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from abono.domain.contracts.models import BatchLine, Contract, Move, Term
from abono.domain.contracts.states import State
from abono.domain.contracts.types import MoveInfo
from abono.kernel.ids import public


@dataclass(frozen=True, slots=True)
class Since:
    """From when something of a contract held, and by what.

    begins_at    None: with the contract
    written_at   when it was decided
    batch        public id of the move to newer versions that brought it; empty where none did
    """

    begins_at: datetime | None
    written_at: datetime
    actor: str
    batch: str = ""


def term(contract: Contract, at: datetime) -> Term:
    """What held at a moment, as it was known then."""
    return _held(contract, at)[-1]


def terms_within(contract: Contract, start: datetime, until: datetime) -> list[tuple[datetime, Term]]:
    """What came to hold in `(start, until]`, each from its moment on, in order."""
    before = {one.id for one in _held(contract, start)}
    found = [one for one in _held(contract, until) if one.id not in before]
    return [
        (one.written_at if one.begins_at is None else max(one.begins_at, one.written_at), one)
        for one in found
    ]


def plan_since(contract: Contract, at: datetime) -> Since:
    return _since(contract, at, "plan_id")


def package_since(contract: Contract, at: datetime) -> Since:
    return _since(contract, at, "package_id")


def licences_since(contract: Contract, at: datetime) -> Since:
    return _since(contract, at, "extra_licences")


def last_move(contract: Contract, at: datetime) -> MoveInfo | None:
    """By which move it came to its state at a moment; None where it was as it was signed."""
    row = Move.objects.filter(contract=contract, happened_at__lte=at).order_by("happened_at", "id").last()
    if row is None:
        return None
    return MoveInfo(State(row.from_state), State(row.to_state), row.actor, row.reason, row.happened_at)


def _held(contract: Contract, at: datetime) -> list[Term]:
    return [
        one
        for one in contract.timeline
        if one.written_at <= at and (one.begins_at is None or one.begins_at <= at)
    ]


def _since(contract: Contract, at: datetime, part: str) -> Since:
    """The first of the last terms that have the same plan, package or number of extra licences."""
    held = _held(contract, at)
    first = _first_of_the_last(held, part)
    line = None
    if first.begins_at is not None and part != "extra_licences":
        batches = BatchLine.objects.filter(contract=contract, begins_at=first.begins_at)
        after = {part.replace("_id", "_after_id"): getattr(first, part)}
        line = batches.filter(batch__applied_at__isnull=False, **after).select_related("batch").first()
    batch = "" if line is None else public("bat", line.batch_id)
    return Since(first.begins_at, first.written_at, first.actor, batch)


def _first_of_the_last(held: Sequence[Term], part: str) -> Term:
    first = held[-1]
    for one in reversed(held):
        if getattr(one, part) != getattr(first, part):
            break
        first = one
    return first
