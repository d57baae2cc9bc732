from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from abono.domain.statements.errors import (
    MovementDecided,
    NoSuchMovement,
    NoSuchStatement,
    NothingCame,
)
from abono.domain.statements.models import Movement, Statement
from abono.domain.statements.states import Did, Only
from abono.domain.statements.types import MovementInfo, StatementInfo
from abono.kernel.money import Money
from abono.kernel.ofx import plain_account, without_branch
from abono.platform.given import given
from abono.platform.sole import sole

_OPEN = Q(did="", amount_minor__gt=0)
_ONLY = {Only.OPEN: _OPEN, Only.DECIDED: ~Q(did=""), Only.OUT: Q(amount_minor__lte=0)}


def get(statement_id: UUID) -> StatementInfo:
    """Raises NoSuchStatement."""
    row = sole(Statement.objects.defer("content").filter(id=statement_id))
    if row is None:
        raise NoSuchStatement()
    return _infos([row])[0]


def content(statement_id: UUID) -> bytes:
    """As it came. Raises NoSuchStatement."""
    found = sole(Statement.objects.filter(id=statement_id).values_list("content", flat=True))
    if found is None:
        raise NoSuchStatement()
    return bytes(found)


def newest(*, before: UUID | None = None, limit: int = 50) -> list[StatementInfo]:
    """Newest first."""
    rows = Statement.objects.defer("content").filter(**given(id__lt=before)).order_by("-id")
    return _infos(rows[:limit])


def open_count() -> int:
    """Of how many movements somebody has to say what they are."""
    return Movement.objects.filter(_OPEN).count()


def movement(movement_id: UUID) -> MovementInfo:
    """Raises NoSuchMovement."""
    row = sole(Movement.objects.filter(id=movement_id))
    if row is None:
        raise NoSuchMovement()
    return _movement(row)


def payable(movement_id: UUID) -> MovementInfo:
    """One of which nobody said yet what it is. Raises NoSuchMovement, NothingCame, MovementDecided."""
    found = movement(movement_id)
    if not found.came:
        raise NothingCame()
    if not found.open:
        raise MovementDecided()
    return found


def movements(
    statement_id: UUID, *, only: Only | None = None, after: int = 0, limit: int = 100
) -> list[MovementInfo]:
    """Those that this statement told first, in its order: behind this place."""
    which = Q(statement_id=statement_id, place__gt=after) & (Q() if only is None else _ONLY[only])
    return [_movement(row) for row in Movement.objects.filter(which).order_by("place")[:limit]]


def led_to(receipt_ids: Collection[UUID]) -> set[UUID]:
    """Which of these receipts came of a movement."""
    found = Movement.objects.filter(receipt_id__in=receipt_ids).values_list("receipt_id", flat=True)
    return {one for one in found if one is not None}


def twins(those: Sequence[MovementInfo]) -> dict[UUID, MovementInfo]:
    """By the id of each of them: one of another statement with the same account, day, amount and text, that the bank gave another name."""
    days, sums = {one.day for one in those}, {one.amount.minor for one in those}
    rows = Movement.objects.filter(day__in=days, amount_minor__in=sums).order_by("id")
    others: dict[tuple[object, ...], list[MovementInfo]] = {}
    for row in map(_movement, rows[:1_000]):
        others.setdefault(_alike(row), []).append(row)
    found = {
        one.id: next(
            (two for two in others.get(_alike(one), ()) if two.statement_id != one.statement_id), None
        )
        for one in those
    }
    return {key: two for key, two in found.items() if two is not None}


def _alike(one: MovementInfo) -> tuple[object, ...]:
    return without_branch(plain_account(one.account)), one.day, one.amount, one.text


def _infos(rows: Sequence[Statement] | QuerySet[Statement]) -> list[StatementInfo]:
    told = (
        Movement.objects.filter(statement__in=[row.id for row in rows])
        .values_list("statement_id")
        .annotate(all=Count("id"), open=Count("id", filter=_OPEN))
    )
    counts = {statement: (own, still) for statement, own, still in told}
    return [_info(row, *counts.get(row.id, (0, 0))) for row in rows]


def _info(row: Statement, own: int, still_open: int) -> StatementInfo:
    return StatementInfo(
        id=row.id,
        name=row.name,
        movements=row.movements,
        known=row.movements - own,
        open=still_open,
        first_day=row.first_day,
        last_day=row.last_day,
        actor=row.actor,
        at=row.at,
    )


def _movement(row: Movement) -> MovementInfo:
    return MovementInfo(
        id=row.id,
        statement_id=row.statement_id,
        place=row.place,
        account=row.account,
        day=row.day,
        amount=Money(row.amount_minor, row.currency),
        name=row.name,
        text=row.text,
        did=Did(row.did) if row.did else None,
        why=row.why,
        receipt_id=row.receipt_id,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )
