"""What was arranged for one contract beside the catalog: prices of its own, and add-ons (CAT-11).

An arrangement is never changed: what ends it, or takes it back, is a later one in its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.contracts.errors import AlreadyArranged, ArrangementOver, NoSuchArrangement
from abono.domain.contracts.models import Arrangement, Contract
from abono.domain.contracts.states import Arranged
from abono.kernel.ids import public, uuid7
from abono.kernel.money import Money
from abono.kernel.rating import to_money
from abono.platform import events


@dataclass(frozen=True, slots=True)
class ArrangementInfo:
    """One that holds, held, or is to hold, for cycles that begin in `[since, until)`.

    of      code of the plan or package whose price it is; of an add-on its name
    until   None: until somebody ends it
    lapsed  the price of a plan that is paid for by another interval since, so that it counts no more
    """

    id: UUID
    public_id: str
    kind: Arranged
    of: str
    quantity: int
    price_micro: int
    currency: str
    since: datetime
    until: datetime | None
    why: str
    actor: str
    written_at: datetime
    lapsed: bool

    @property
    def price(self) -> Money:
        """Of one, where it is a whole amount."""
        return to_money(self.price_micro, self.currency)


def of_contract(contract_id: UUID) -> list[ArrangementInfo]:
    """Those that are not replaced by another, in the order in which they begin."""
    found = Arrangement.objects.filter(contract_id=contract_id, replaced_by=None).select_related(
        "contract__term"
    )
    return [_info(one) for one in found.order_by("since", "id")]


def known_at(contract_id: UUID, at: datetime) -> list[ArrangementInfo]:
    """Those that held at a moment, as it was known then."""
    written = Arrangement.objects.filter(contract_id=contract_id, written_at__lte=at, since__lte=at)
    found = written.exclude(replaced_by__written_at__lte=at).select_related("contract")
    return [_info(one, at) for one in found.order_by("since", "id") if one.until is None or at < one.until]


def info(arrangement_id: UUID) -> ArrangementInfo:
    """Of one that is there."""
    return _info(Arrangement.objects.select_related("contract__term").get(id=arrangement_id))


def contract_of(arrangement_id: UUID) -> UUID | None:
    """Whose it is; None where there is none."""
    return Arrangement.objects.filter(id=arrangement_id).values_list("contract_id", flat=True).first()


def read(contracts: Iterable[Contract]) -> None:
    """What holds of many contracts, in one statement."""
    of = {one.id: one for one in contracts}
    for contract in of.values():
        contract.__dict__["arrangements_now"] = []
    rows = Arrangement.objects.filter(contract_id__in=of, replaced_by=None)
    for row in rows.order_by("since", "id"):
        row.contract = of[row.contract_id]
        row.contract.arrangements_now.append(row)


def get(arrangement_id: UUID, *, contract_id: UUID) -> Arrangement:
    """Raises NoSuchArrangement."""
    found = Arrangement.objects.filter(id=arrangement_id, contract_id=contract_id).first()
    if found is None:
        raise NoSuchArrangement()
    return found


def arrange(
    contract: Contract,
    *,
    kind: Arranged,
    of: str,
    quantity: int,
    price_micro: int,
    since: datetime,
    until: datetime | None,
    why: str,
    actor: str,
    now: datetime,
    named: UUID | None = None,
) -> Arrangement:
    """The caller holds the contract, and has seen that all of it is right. Raises AlreadyArranged."""
    if kind is not Arranged.ADD_ON:
        _refuse_two(contract.arrangements_now, kind, of, since, until)
    row = Arrangement(
        id=named or uuid7(),
        contract=contract,
        kind=kind.value,
        of=of,
        quantity=quantity,
        price_micro=price_micro,
        since=since,
        until=until,
        why=why,
        actor=actor,
        written_at=now,
    )
    return _write(contract, row, "contract.arranged", now=now)


def end(
    contract: Contract, arrangement: Arrangement, *, until: datetime, why: str, actor: str, now: datetime
) -> Arrangement:
    """Let it hold until then; not at all where that is its beginning. The caller holds the contract. Raises
    ArrangementOver."""
    known = {one.id for one in contract.arrangements_now}
    if arrangement.id not in known or (arrangement.until is not None and arrangement.until <= until):
        raise ArrangementOver()
    row = _instead(arrangement, until=max(until, arrangement.since), why=why, actor=actor, now=now)
    return _write(contract, row, "contract.arrangement_ended", now=now)


def reopen(
    contract: Contract,
    arrangement: Arrangement,
    *,
    until: datetime | None,
    why: str,
    actor: str,
    now: datetime,
) -> Arrangement:
    """Let one that was to end hold until then again: what it ended for was taken back. The caller holds the contract, and
    has seen that nothing is in its place."""
    row = _instead(arrangement, until=until, why=why, actor=actor, now=now)
    return _write(contract, row, "contract.arranged", now=now)


def waits(contract: Contract, *, now: datetime) -> bool:
    """Whether a price of its own is to begin; `now` is what the customer's clock shows."""
    addon = Arranged.ADD_ON.value
    return any(
        one.kind != addon and one.since > now and one.until != one.since for one in contract.arrangements_now
    )


def _instead(
    arrangement: Arrangement, *, until: datetime | None, why: str, actor: str, now: datetime
) -> Arrangement:
    return Arrangement(
        contract=arrangement.contract,
        kind=arrangement.kind,
        of=arrangement.of,
        quantity=arrangement.quantity,
        price_micro=arrangement.price_micro,
        since=arrangement.since,
        until=until,
        why=why,
        actor=actor,
        written_at=now,
        replaces=arrangement,
    )


def _refuse_two(
    known: Iterable[Arrangement], kind: Arranged, of: str, since: datetime, until: datetime | None
) -> None:
    for one in known:
        apart = (one.until is not None and one.until <= since) or (until is not None and until <= one.since)
        if (one.kind, one.of) == (kind.value, of) and not apart and one.until != one.since:
            raise AlreadyArranged()


def _write(contract: Contract, row: Arrangement, name: str, *, now: datetime) -> Arrangement:
    row.save(force_insert=True)
    contract.__dict__.pop("arrangements_now", None)
    contract.may_be_arranged = True
    events.record(
        name=name,
        subject=("contract", contract.id),
        customer_id=contract.customer_id,
        actor=row.actor,
        now=now,
        why=row.why,
        data={
            "number": contract.number,
            "currency": contract.currency,
            "arrangement": public("arr", row.id),
            "kind": row.kind,
            "of": row.of,
            "quantity": row.quantity,
            "price_micro": row.price_micro,
            "since": row.since.isoformat(),
            "until": None if row.until is None else row.until.isoformat(),
        },
    )
    return row


def _info(row: Arrangement, at: datetime | None = None) -> ArrangementInfo:
    return ArrangementInfo(
        id=row.id,
        public_id=public("arr", row.id),
        kind=Arranged(row.kind),
        of=row.of,
        quantity=row.quantity,
        price_micro=row.price_micro,
        currency=row.contract.currency,
        since=row.since,
        until=row.until,
        why=row.why,
        actor=row.actor,
        written_at=row.written_at,
        lapsed=row.kind == Arranged.PLAN.value and _lapsed(row, at),
    )


def _lapsed(row: Arrangement, at: datetime | None) -> bool:
    contract, known = row.contract, at or row.contract.cycle_start
    if known is None or known < row.since:
        return False
    holds = contract.term if at is None else contract.at(at)
    return contract.at(row.since).interval != holds.interval
