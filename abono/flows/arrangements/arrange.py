"""Give one contract a price of its own, or an add-on; end one; see its next invoice before (ACC-5, CAT-11, CAT-13)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from abono.domain.contracts import arrangements
from abono.domain.contracts.errors import ArrangementWrong, ContractNotRunning, PriceKept
from abono.domain.contracts.models import Arrangement, Contract
from abono.domain.contracts.states import RENEWED, Arranged, State
from abono.domain.contracts.types import YEAR
from abono.domain.settings.known import SECOND_PERSON_PRICES
from abono.flows import locks, second_person
from abono.flows.billing.preview import Preview, preview
from abono.flows.charges.cycles import cycle_of
from abono.flows.charges.held import at_prices, held
from abono.flows.charges.rises import Rises, prices, rise_day
from abono.flows.tell import tell
from abono.kernel.ids import public
from abono.kernel.money import Money, micro_per_minor
from abono.kernel.periods import day_start, local_date
from abono.kernel.rating import div_half_up, to_money
from abono.kernel.written import readable
from abono.platform.idempotency import Ask

MOST_PRICE_MICRO = 10**15
MOST_OF_ONE = 100_000
FARTHEST = timedelta(days=3_660)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be arranged, in the customer's local days.

    name    of an add-on; a price of its own is of the plan, or the package, that the contract has
    since   for cycles that begin on that day or later
    until   and on that day at the latest; None: until somebody ends it
    once    an add-on on one invoice only: of the first cycle from `since` on
    named   by whoever asks: what has this name already is the result
    """

    kind: Arranged
    price_micro: int
    since: date
    why: str
    until: date | None = None
    name: str = ""
    quantity: int = 1
    once: bool = False
    named: UUID | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """What an act would make of the next invoice, and how much more or less a month it is; of which plan or package, or of
    which add-on."""

    invoice: Preview
    a_month: Money
    of: str


def arrange(
    *,
    contract_id: UUID,
    asked: Asked,
    actor: str,
    now: datetime,
    ask: Ask | None = None,
    approved: bool = False,
) -> UUID:
    """Returns its id. `now` is real time. `ask` notes what it led to.

    approved   a second person has agreed (`flows.approvals`)

    Raises NoSuchContract, ContractNotRunning, ArrangementWrong, AlreadyArranged, PriceKept, SecondPersonNeeded.
    """
    with locks.contract(contract_id) as contract:
        if asked.named is not None and arrangements.contract_of(asked.named) == contract_id:
            return asked.named
        return _once(ask, lambda: _arrange(contract, asked, approved=approved, actor=actor, now=now))


def preview_arranged(*, contract_id: UUID, asked: Asked, now: datetime) -> Looked:
    """What `arrange` would make of the next invoice; nothing is kept. Raises as that, whoever has to agree."""

    def act(contract: Contract) -> tuple[Money, str]:
        made = _arrange(contract, asked, approved=True, actor="system", now=now)
        return _a_month(contract, asked, made.since), made.of

    return _looked(contract_id, act)


def end(
    *,
    contract_id: UUID,
    arrangement_id: UUID,
    last: date,
    why: str,
    actor: str,
    now: datetime,
    ask: Ask | None = None,
    approved: bool = False,
) -> UUID:
    """Let one hold for cycles that begin up to and on that local day; one that has not begun never does. Returns the id of
    what takes its place.

    approved   a second person has agreed (`flows.approvals`)

    Raises NoSuchContract, NoSuchArrangement, ArrangementWrong, ArrangementOver, PriceKept, SecondPersonNeeded.
    """
    with locks.contract(contract_id) as contract:

        def act() -> Arrangement:
            return _end(contract, arrangement_id, last, why=why, approved=approved, actor=actor, now=now)

        return _once(ask, act)


def _once(ask: Ask | None, act: Callable[[], Arrangement]) -> UUID:
    """What an earlier run of the same call led to, or what it leads to now."""
    if ask is not None and "arrangement" in ask.led_to:
        return UUID(ask.led_to["arrangement"])
    made = act().id
    if ask is not None:
        ask.note(arrangement=str(made))
    return made


def preview_end(*, contract_id: UUID, arrangement_id: UUID, last: date, why: str, now: datetime) -> Looked:
    """What `end` would make of the next invoice; nothing is kept. Raises as that, whoever has to agree."""

    def act(contract: Contract) -> tuple[Money, str]:
        made = _end(contract, arrangement_id, last, why=why, approved=True, actor="system", now=now)
        assert made.until is not None
        return _a_month(contract, made, made.until), made.of

    return _looked(contract_id, act)


def needs_second(looked: Looked, *, at: datetime) -> bool:
    """Whether somebody else has to agree to so much a month (ACC-5)."""
    return second_person.needed(SECOND_PERSON_PRICES, [looked.a_month], at=at)


def _require_second(
    contract: Contract, what: Asked | Arrangement, moment: datetime, *, approved: bool, now: datetime
) -> None:
    """Raises SecondPersonNeeded."""
    a_month = _a_month(contract, what, moment)
    second_person.require(SECOND_PERSON_PRICES, [a_month], approved=approved, at=now)


def _looked(contract_id: UUID, act: Callable[[Contract], tuple[Money, str]]) -> Looked:
    moved: list[tuple[Money, str]] = []
    with locks.contract(contract_id) as contract:
        found = preview(contract, lambda held: moved.append(act(held)))
    return Looked(found, *moved[0])


def _a_month(contract: Contract, what: Asked | Arrangement, moment: datetime) -> Money:
    """How much more or less a month the contract pays with it than without, for what it has at that moment: of a plan by the
    year the twelfth, of an add-on all of it. Extra interactions are paid for as they come and count for nothing."""
    kind = Arranged(what.kind)
    if kind is Arranged.ADD_ON:
        return to_money(what.quantity * what.price_micro, contract.currency)
    listed = held(contract.at(moment))
    own = at_prices(listed, {kind.value: what.price_micro})
    a_year = div_half_up((own.yearly - listed.yearly).minor, 12)
    return own.monthly - listed.monthly + Money(a_year, contract.currency)


def _arrange(contract: Contract, asked: Asked, *, approved: bool, actor: str, now: datetime) -> Arrangement:
    if State(contract.state) not in RENEWED or contract.cycle is None:
        raise ContractNotRunning(contract.number)
    zone, shown = contract.customer.time_zone, contract.customer_now(now)
    asked = _right(contract, asked, today=local_date(shown, zone))
    since = day_start(asked.since, zone)
    _refuse_early_rise(contract, asked, since, now=now)
    _require_second(contract, asked, since, approved=approved, now=now)
    made = arrangements.arrange(
        contract,
        named=asked.named,
        kind=asked.kind,
        of=asked.name,
        quantity=asked.quantity,
        price_micro=asked.price_micro,
        since=since,
        until=None if asked.until is None else day_start(asked.until + DAY, zone),
        why=asked.why,
        actor=actor,
        now=shown,
    )
    _tell(contract, made, ended=False, now=shown)
    return made


def _end(
    contract: Contract,
    arrangement_id: UUID,
    last: date,
    *,
    why: str,
    approved: bool,
    actor: str,
    now: datetime,
) -> Arrangement:
    zone, shown = contract.customer.time_zone, contract.customer_now(now)
    known = arrangements.get(arrangement_id, contract_id=contract.id)
    today, why = local_date(shown, zone), _reason(why)
    if not today <= last <= today + FARTHEST:
        raise ArrangementWrong("last")
    kind, until = Arranged(known.kind), day_start(last + DAY, zone)
    if kind is not Arranged.ADD_ON and known.since <= shown:
        listed = held(contract.at(until))
        if prices(listed)[kind] > known.price_micro:
            _refuse_before(contract, kind, until, now=now)
    _require_second(contract, known, until, approved=approved, now=now)
    made = arrangements.end(contract, known, until=until, why=why, actor=actor, now=shown)
    _tell(contract, made, ended=True, now=shown)
    return made


def _right(contract: Contract, asked: Asked, *, today: date) -> Asked:
    """The same, of the contract's plan or package, once all of it can be. Raises ArrangementWrong."""
    addon = asked.kind is Arranged.ADD_ON
    whole = asked.price_micro % micro_per_minor(contract.currency) == 0
    wrong = {
        "name": addon and not (readable(asked.name) and len(asked.name) <= 60),
        "quantity": not 1 <= asked.quantity <= (MOST_OF_ONE if addon else 1),
        "price": not 0 <= asked.price_micro <= MOST_PRICE_MICRO
        or not (whole or asked.kind is Arranged.EXTRA_INTERACTION),
        "since": not today < asked.since <= today + FARTHEST,
        "until": asked.until is not None
        and (asked.once or not asked.since <= asked.until <= today + FARTHEST),
        "once": asked.once and not addon,
    }
    for field, is_so in wrong.items():
        if is_so:
            raise ArrangementWrong(field)
    why = _reason(asked.why)
    if asked.once:
        day = _first_day(contract, asked.since)
        return replace(asked, name=asked.name.strip(), since=day, until=day, why=why)
    of = contract.package.code if asked.kind is Arranged.PACKAGE else contract.plan.code
    return replace(asked, name=asked.name.strip() if addon else of, why=why)


def _reason(why: str) -> str:
    """Raises ArrangementWrong."""
    if not readable(why) or len(why.strip()) > 500:
        raise ArrangementWrong("why")
    return why.strip()


def _first_day(contract: Contract, since: date) -> date:
    """The local day on which the first cycle from that day on begins."""
    assert contract.cycle_number is not None
    zone, number = contract.customer.time_zone, contract.cycle_number + 1
    while (day := local_date(cycle_of(contract, number).start, zone)) < since:
        number += 1
    return day


def _refuse_early_rise(contract: Contract, asked: Asked, since: datetime, *, now: datetime) -> None:
    """Raises PriceKept."""
    if asked.kind is Arranged.ADD_ON:
        return
    has = held(contract.at(since), contract.arranged(since))
    if asked.price_micro > prices(has)[asked.kind]:
        _refuse_before(contract, asked.kind, since, now=now)


def _refuse_before(contract: Contract, kind: Arranged, moment: datetime, *, now: datetime) -> None:
    """Raises PriceKept."""
    of_package = kind is Arranged.PACKAGE
    day = rise_day(contract, Rises(plan=not of_package, package=of_package), now=now)
    if local_date(moment, contract.customer.time_zone) < day:
        raise PriceKept(day.isoformat())


def _named(contract: Contract, made: Arrangement) -> dict[str, object]:
    kind = Arranged(made.kind)
    if kind is Arranged.ADD_ON:
        return {"add_on": made.of, "quantity": made.quantity}
    return {"package": made.of} if kind is Arranged.PACKAGE else {"plan": contract.plan.name}


def _tell(contract: Contract, made: Arrangement, *, ended: bool, now: datetime) -> None:
    zone = contract.customer.time_zone
    last = None if made.until is None else local_date(made.until - timedelta(microseconds=1), zone)
    facts: dict[str, object] = {
        "number": contract.number,
        "currency": contract.currency,
        "kind": made.kind,
        **_named(contract, made),
        "price_micro": made.price_micro,
        "begins_date": local_date(made.since, zone).isoformat(),
        "why": made.why,
    }
    if last is not None:
        facts["last_date"] = last.isoformat()
    if made.kind == Arranged.PLAN.value and contract.at(made.since).interval == YEAR:
        facts["by_year"] = True
    if ended:
        facts["ended"] = True
    tell(
        customer_id=contract.customer_id,
        kind="arranged",
        key=public("arr", made.id),
        facts=facts,
        now=now,
    )
