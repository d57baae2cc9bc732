"""Take statements, and say once what each movement of them is (PAY-6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import connection

from abono.domain.statements import queries
from abono.domain.statements.errors import MovementDecided, MovementOpen
from abono.domain.statements.models import Movement, Statement
from abono.domain.statements.rules import key, other_key
from abono.domain.statements.states import Did
from abono.domain.statements.types import MovementInfo, StatementInfo
from abono.kernel.ofx import Entry
from abono.platform import events

_TOGETHER = 1_000
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('abono:bank_statements'))"


def keep(
    *, name: str, content: bytes, entries: Sequence[Entry], actor: str, real: datetime
) -> tuple[StatementInfo, bool]:
    """Write down all that it tells and no earlier one told. Returns it, and whether it is new: the same one again changes nothing."""
    days = [entry.day for entry in entries]
    row, new = Statement.objects.get_or_create(
        digest=sha256(content).hexdigest(),
        defaults={
            "name": name[:100],
            "content": content,
            "movements": len(entries),
            "first_day": min(days, default=None),
            "last_day": max(days, default=None),
            "actor": actor,
            "at": real,
        },
    )
    if new:
        known = _known_otherwise(entries)
        told = ((place, entry) for place, entry in enumerate(entries, 1) if place not in known)
        rows = [_row(row, place, entry) for place, entry in told]
        rows.sort(key=lambda one: one.key)  # in one order, whoever writes beside
        Movement.objects.bulk_create(rows, batch_size=_TOGETHER, ignore_conflicts=True)
    found = queries.get(row.id)
    if new:
        events.record(
            name="bank_statement.taken",
            subject=("bank_statement", row.id),
            customer_id=None,
            actor=actor,
            now=real,
            data={"movements": found.movements, "known": found.known, "open": found.open},
        )
    return found, new


def _known_otherwise(entries: Sequence[Entry]) -> set[int]:
    """Places of those that stand already under their account with its branch, or without. Who takes another statement waits."""
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME)
    days = [entry.day for entry in entries]
    same_days = (
        Movement.objects.filter(day__range=(min(days), max(days))) if days else Movement.objects.none()
    )
    accounts = list(same_days.values_list("account", flat=True).distinct())
    others = {place: other_key(entry, accounts) for place, entry in enumerate(entries, 1)}
    keys = [other for other in others.values() if other is not None]
    stand = set(Movement.objects.filter(key__in=keys).values_list("key", flat=True)) if keys else set()
    return {place for place, other in others.items() if other in stand}


def pay(movement_id: UUID, *, receipt_id: UUID, actor: str, real: datetime) -> MovementInfo:
    """It pays by that receipt. Raises NoSuchMovement, NothingCame, MovementDecided."""
    return _decide(movement_id, Did.PAID, actor=actor, real=real, receipt_id=receipt_id)


def leave_out(movement_id: UUID, *, why: str, actor: str, real: datetime) -> MovementInfo:
    """It is booked already, or none of ours. Raises NoSuchMovement, NothingCame, MovementDecided."""
    return _decide(movement_id, Did.LEFT_OUT, actor=actor, real=real, why=why)


def look_again(movement_id: UUID, *, actor: str, real: datetime) -> MovementInfo:
    """It was left out by mistake. Raises NoSuchMovement, MovementOpen."""
    queries.movement(movement_id)
    if not _open_again(Movement.objects.filter(id=movement_id, did=Did.LEFT_OUT.value).first(), actor, real):
        raise MovementOpen()
    return queries.movement(movement_id)


def receipt_withdrawn(receipt_id: UUID, *, actor: str, real: datetime) -> None:
    """What it paid was recorded by mistake: somebody has to say anew what the movement is, if it came by one."""
    _open_again(Movement.objects.filter(receipt_id=receipt_id).first(), actor, real)


def _decide(movement_id: UUID, did: Did, *, actor: str, real: datetime, **said: object) -> MovementInfo:
    """One conditional statement: of two who say it at the same moment one does."""
    queries.payable(movement_id)
    mine = Movement.objects.filter(id=movement_id, did="")
    if not mine.update(did=did.value, decided_by=actor, decided_at=real, **said):
        raise MovementDecided()
    done = queries.movement(movement_id)
    _note(done, did.value, why=done.why, actor=actor, real=real)
    return done


def _open_again(row: Movement | None, actor: str, real: datetime) -> bool:
    if row is None:
        return False
    nothing = {"did": "", "receipt_id": None, "why": "", "decided_by": "", "decided_at": None}
    if not Movement.objects.filter(id=row.id, did=row.did, receipt_id=row.receipt_id).update(**nothing):
        return False
    _note(queries.movement(row.id), "open", why="", actor=actor, real=real)
    return True


def _note(one: MovementInfo, what: str, *, why: str, actor: str, real: datetime) -> None:
    events.record(
        name=f"bank_movement.{what}",
        subject=("bank_movement", one.id),
        customer_id=None,
        actor=actor,
        now=real,
        why=why,
        data={
            "statement": str(one.statement_id),
            "amount_minor": one.amount.minor,
            "currency": one.amount.currency,
            "day": one.day.isoformat(),
            **({} if one.receipt_id is None else {"receipt": str(one.receipt_id)}),
        },
    )


def _row(statement: Statement, place: int, entry: Entry) -> Movement:
    return Movement(
        statement=statement,
        place=place,
        account=entry.account,
        key=key(entry),
        day=entry.day,
        amount_minor=entry.amount.minor,
        currency=entry.amount.currency,
        name=entry.name,
        text=entry.text,
    )
