"""A day of the clearing accounts: what the journal says beside what suppliers said, which is the same, and why money still lies
there (PAY-6, PAY-7, PAY-12, PAY-13). It finds; it never repairs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from django.db import connection

from abono.domain.journal import told
from abono.domain.journal.errors import NoBookOfDay
from abono.domain.journal.types import Fact
from abono.domain.settings import queries as settings
from abono.domain.settings.known import SELLER_TIME_ZONE
from abono.kernel.ids import first_id
from abono.kernel.money import Money
from abono.kernel.periods import day_start, local_date
from abono.platform import use_case

FIRST = date(2000, 1, 1)  # no book is older
LOOKS_BACK = timedelta(days=60)  # for the days of what is not paid out; what is older is one row
DECIDES_WITHIN = timedelta(days=90)  # a payment that nobody booked, of one that began before its day
MOST = 200  # rows that are told one by one


class Move(Enum):
    """What a day does to a clearing account; `withheld` stands beside it."""

    CAME = "came"  # charges, receipts, and money of nobody
    BACK = "back"  # refunds, and money that went back otherwise
    CONTESTED = "contested"  # taken by the bank, or brought back by it
    ARRIVED = "arrived"  # in an account of ours
    FEES = "fees"  # kept on the way
    WITHHELD = "withheld"  # paid to the tax office in our name, beside what came


class Waits(Enum):
    """Why money lies on an account, or is still awaited there."""

    UNPAID = "unpaid"  # not paid out yet
    TO_SEND = "to_send"  # paid back, and not sent from an account of ours yet
    NOBODY = "nobody"  # money that matches nothing (PAY-12)
    CONTESTED = "contested"  # off the account until that ends (PAY-10)
    REFUND = "refund"  # on it until it went back
    UNKNOWN = "unknown"  # asked about, and not on it (PAY-7)


IN_BALANCE = (Waits.UNPAID, Waits.TO_SEND, Waits.NOBODY)  # these add up to the balance
_MOVES = {
    Fact.PAYMENT_RECEIVED: Move.CAME,
    Fact.PAYMENT_RECORDED: Move.CAME,
    Fact.MONEY_FOUND: Move.CAME,
    Fact.PAYMENT_WITHDRAWN: Move.BACK,
    Fact.REFUND_DONE: Move.BACK,
    Fact.REFUND_PAID_OUT: Move.BACK,
    Fact.MONEY_RETURNED: Move.BACK,
    Fact.DISPUTE_OPENED: Move.CONTESTED,
    Fact.DISPUTE_WON: Move.CONTESTED,
    Fact.MONEY_DISPUTED: Move.CONTESTED,
    Fact.PAYOUT_RECORDED: Move.ARRIVED,
    Fact.PAYOUT_WITHDRAWN: Move.ARRIVED,
}


@dataclass(frozen=True, slots=True)
class Moved:
    """What a day did, by the journal and by what suppliers said; above zero it came to the account."""

    move: Move
    booked: Money
    told: Money

    @property
    def difference(self) -> Money:
        return self.booked - self.told


@dataclass(frozen=True, slots=True)
class Waiting:
    """One reason of what lies on an account when the day ends. `since`: None where it is older than anybody looks back."""

    kind: Waits
    amount: Money
    since: date | None
    id: UUID | None
    invoice_id: UUID | None
    invoice_title: str


@dataclass(frozen=True, slots=True)
class AccountDay:
    """A clearing account on a day, in one currency. The balances are those of the journal."""

    name: str
    opening: Money
    closing: Money
    moved: tuple[Moved, ...]
    waiting: tuple[Waiting, ...]
    filed: Money | None  # what return files that came on this day say that was paid

    @property
    def agrees(self) -> bool:
        """But for what is in no row: see `Reconciliation.differences`."""
        return all(not one.difference for one in self.moved)


@dataclass(frozen=True, slots=True)
class Difference:
    """What nothing explains: of a fact, or, where that is None, of a line of a bank's return, whose file is `reference`.

    booked, told   None where the journal, or the supplier, knows nothing of it
    """

    account: str
    fact: Fact | None
    reference: UUID
    line: int
    booked: Money | None
    told: Money | None
    invoice_id: UUID | None
    invoice_title: str


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """`more`: what waits is more than is told one by one. `applying`: lines of returns that workers have not come to yet."""

    day: date
    accounts: tuple[AccountDay, ...]
    differences: tuple[Difference, ...]
    applying: int
    more: bool

    @property
    def agrees(self) -> bool:
        return not self.differences and all(one.agrees for one in self.accounts)


type _Asked = Mapping[str, date | datetime | UUID | int]
type _Key = tuple[str, str]


def yesterday(*, now: datetime) -> date:
    """Of the seller."""
    return today(now=now) - timedelta(days=1)


def today(*, now: datetime) -> date:
    return local_date(now, settings.snapshot().value(SELLER_TIME_ZONE, at=now))


def of_day(day: date, *, now: datetime) -> Reconciliation:
    """day   of the seller; of one that is not over, what there is so far. Raises NoBookOfDay."""
    if not FIRST <= day <= today(now=now):
        raise NoBookOfDay()
    use_case.write_gathered()
    zone = settings.snapshot().value(SELLER_TIME_ZONE, at=now)
    begins = day_start(day, zone)
    asked: _Asked = {
        "day": day,
        "first": day - LOOKS_BACK,
        "begins": begins,
        "ends": day_start(day + timedelta(days=1), zone),
        "since": first_id(begins - DECIDES_WITHIN),
        "limit": MOST,
    }
    moved, filed = _moved(asked), _filed(asked)
    balances = {
        (name, code): (opening or 0, closing) for name, code, opening, closing in _rows(told.BALANCES, asked)
    }
    waiting, more = _waiting(asked, balances, zone)
    unbooked = _rows(told.UNBOOKED, asked)
    keys = sorted(
        key
        for key in {*balances, *moved, *waiting, *((name, "BRL") for name in filed)}
        if key in moved or key in waiting or key[0] in filed or any(balances.get(key, (0, 0)))
    )
    return Reconciliation(
        day,
        tuple(_account(key, balances.get(key, (0, 0)), moved, waiting, filed) for key in keys),
        (*_different(asked), *(_line(row) for row in unbooked if not row[5])),
        sum(1 for row in unbooked if row[5]),
        more,
    )


def _account(
    key: _Key,
    balance: tuple[int, int],
    moved: Mapping[_Key, Mapping[Move, list[int]]],
    waiting: Mapping[_Key, Sequence[Waiting]],
    filed: Mapping[str, int],
) -> AccountDay:
    name, currency = key
    mine = moved.get(key, {})
    return AccountDay(
        name=name,
        opening=Money(balance[0], currency),
        closing=Money(balance[1], currency),
        moved=tuple(
            Moved(move, *(Money(minor, currency) for minor in mine[move]))
            for move in Move
            if any(mine.get(move, ()))
        ),
        waiting=tuple(sorted(waiting.get(key, ()), key=lambda one: list(Waits).index(one.kind))),
        filed=Money(filed[name], currency) if name in filed and currency == "BRL" else None,
    )


def _moved(asked: _Asked) -> dict[_Key, dict[Move, list[int]]]:
    """By account and move: what is booked, and what was told."""
    found: dict[_Key, dict[Move, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for name, currency, fact, booked, said, *beside in _rows(told.MOVED, asked):
        booked_fees, said_fees, booked_withheld, said_withheld = beside
        mine = found[name, currency]
        for move, ours, theirs in (
            (_MOVES[Fact(fact)], booked + booked_fees, said + said_fees),
            (Move.FEES, -booked_fees, -said_fees),
            (Move.WITHHELD, booked_withheld, said_withheld),
        ):
            mine[move][0] += ours
            mine[move][1] += theirs
    return found


def _filed(asked: _Asked) -> dict[str, int]:
    """What return files of the day say that was paid, by account."""
    return dict(_rows(told.FILED, asked))


def _different(asked: _Asked) -> Iterable[Difference]:
    for fact, reference, name, currency, booked, said, invoice_id, title in _rows(told.DIFFERENT, asked):
        yield Difference(
            account=name,
            fact=Fact(fact),
            reference=reference,
            line=0,
            booked=None if booked is None else Money(booked, currency),
            told=None if said is None else Money(said, currency),
            invoice_id=invoice_id,
            invoice_title=title,
        )


def _line(row: Sequence[Any]) -> Difference:
    """Of a bank's return, in reais: banks of other countries send none."""
    name, file_id, line, slip, minor, _waits, booked = row
    ours = None if booked is None else Money(booked, "BRL")
    return Difference(name, None, file_id, line, ours, Money(minor, "BRL"), None, slip)


def _waiting(
    asked: _Asked, balances: Mapping[_Key, tuple[int, int]], zone: str
) -> tuple[dict[_Key, list[Waiting]], bool]:
    """What was open when the day ended, by account, and whether there is more of it."""
    found: dict[_Key, list[Waiting]] = defaultdict(list)
    rows = _rows(told.WAITING, asked)
    for kind, name, currency, minor, since, key, invoice_id, title, _count in rows:
        found[name, currency].append(
            Waiting(Waits(kind), Money(minor, currency), local_date(since, zone), key, invoice_id, title)
        )
    days: dict[_Key, list[tuple[date, int, int]]] = defaultdict(list)
    for name, currency, day, came, went in _rows(told.BY_DAY, asked):
        days[name, currency].append((day, came or 0, went or 0))
    for key, (_opening, closing) in balances.items():
        nobodys = sum(one.amount.minor for one in found.get(key, ()) if one.kind is Waits.NOBODY)
        rest = unpaid(closing - nobodys, days.get(key, ()))
        kind = Waits.UNPAID if closing - nobodys > 0 else Waits.TO_SEND
        if rest:
            found[key] += [Waiting(kind, Money(minor, key[1]), day, None, None, "") for day, minor in rest]
    return found, bool(rows) and rows[0][-1] > len(rows)


def unpaid(balance_minor: int, days: Iterable[tuple[date, int, int]]) -> list[tuple[date | None, int]]:
    """The days of which a balance is, oldest first: what came first is paid out first. What no day explains is of before them.

    days   the newest first: what came, and what went, below zero
    """
    left, found = balance_minor, list[tuple[date | None, int]]()
    for day, came, went in days:
        if not left:
            break
        part = min(came, left) if left > 0 else max(went, left)
        if part:
            found.append((day, part))
            left -= part
    if left:
        found.append((None, left))
    return found[::-1]


def _rows(query: str, asked: _Asked) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, asked)
        return list(cursor.fetchall())
