"""What a change of plan, package or licences would be, before and after side by side: kept, and accepted by its id (CHG-1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.errors import PlanNotOnSale
from abono.domain.catalog.types import PackageInfo, PlanInfo
from abono.domain.contracts import changes
from abono.domain.contracts.errors import (
    ChangeHeld,
    ContractNotRunning,
    CurrencyMismatch,
    ExtraLicencesNotSold,
    NothingChanges,
    TooManyLicences,
)
from abono.domain.contracts.models import Change, Contract
from abono.domain.contracts.states import HELD_CHANGE, Arranged, ChangeState, State
from abono.domain.contracts.types import MOST_LICENCES
from abono.domain.credit import queries as credit
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import InvoiceOverdue
from abono.domain.invoicing.states import LineKind
from abono.domain.invoicing.taxes import taxed
from abono.domain.invoicing.types import How, NewLine, how
from abono.domain.metering import queries as metering
from abono.domain.payments import queries as payments
from abono.domain.payments.errors import PaymentUnderWay
from abono.domain.payments.states import UNDECIDED
from abono.flows.billing.ahead import ahead
from abono.flows.billing.discounts import discount_in
from abono.flows.billing.fees import difference
from abono.flows.billing.held import Held, agreed, arranged, at_prices, held, priced
from abono.flows.billing.paid_for import PaidFor, paid_for
from abono.flows.quotes.next_invoice import coming, next_invoice
from abono.flows.quotes.ways import Ways, ways
from abono.kernel.money import Money, total
from abono.kernel.periods import Period, day_start, local_date

VALID = timedelta(minutes=30)
"""How long a quote is good for, and never beyond the local day: the day is part of what it says."""


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """What is on the invoice of the change once it is accepted."""

    kind: LineKind
    name: str
    amount: Money
    calculation: How | None


@dataclass(frozen=True, slots=True)
class Quote:
    """A change of a contract as somebody sees it.

    between        what holds from the moment of acceptance on: every step up is there at once …
    after          … and what holds once each step down has begun too, at `begins_at` (CHG-3)
    lines          what is owed for the rest of the cycle; below zero in all, it is taken off the next invoice
    credit         what the contract's credit pays of it (INV-9)
    unit           by which what is left of a fee counts (CHG-4)
    deferred       nothing is charged at once: the difference is put on the next invoice (CHG-4)
    interactions   of the current cycle in all: now, and once it is accepted (CHG-5)
    replaces       the change whose step down was still to come and gives way to this one
    next_invoice   what the next one is then but for use: the fees of the cycle that begins, or of this one where they are billed
                   afterwards, with add-ons, and with all that is on no invoice yet, of this change and of those before
    left_for_good  of `plan` and `package`, those whose version cannot be chosen again (CHG-8)
    """

    before: Held
    between: Held
    after: Held
    begins_at: datetime | None
    lines: tuple[QuotedLine, ...]
    credit: Money
    unit: str
    deferred: bool
    interactions: tuple[int, int]
    replaces: UUID | None
    left_for_good: tuple[str, ...]
    next_invoice: Money

    @property
    def difference(self) -> Money:
        return total([line.amount for line in self.lines], self.credit.currency)

    @property
    def today(self) -> Money:
        """What is charged on acceptance."""
        nothing = Money(0, self.credit.currency)
        return nothing if self.deferred else max(self.difference, nothing) - self.credit

    @property
    def at_once(self) -> tuple[str, ...]:
        return _differing(self.before, self.between)

    @property
    def down_at_once(self) -> bool:
        """Whether something of it is smaller, and holds at once."""
        return not self.later and _steps_up(self.before, self.after) != self.after

    @property
    def later(self) -> tuple[str, ...]:
        return _differing(self.between, self.after)


def quoted(
    contract: Contract,
    plan_code: str,
    package_code: str,
    extra_licences: int | None = None,
    *,
    held_id: UUID | None = None,
    now: datetime,
) -> Quote:
    """The caller holds the contract, in the cycle of `now`. Every refusal comes before any arithmetic (CHG-8).

    extra_licences   None: as many as it has
    held_id          the change that waits for somebody's word and is quoted again; with any other that waits there is no quote

    Raises ContractNotRunning, PlanNotOnSale, PackageNotOnSale, NoPriceInCurrency, CurrencyMismatch, TooManyLicences,
    ExtraLicencesNotSold, NothingChanges, InvoiceOverdue, ChangeHeld, PaymentUnderWay.
    """
    cycle = contract.cycle
    if State(contract.state) is not State.ACTIVE or cycle is None:
        raise ContractNotRunning(contract.number)
    pays = paid_for(contract, cycle)
    own = arranged(contract, pays)
    before = held(contract.term, own)
    licences = _licences(before, extra_licences)
    sold = Held(*_plan(before, plan_code, now=now), _package(before, package_code, now=now), licences)
    after = agreed(sold, own)
    under_way = changes.under_way(contract.id)
    pending = under_way.get(ChangeState.SCHEDULED)
    if after == before or (pending is not None and after == quote_of(pending).after):
        raise NothingChanges()
    late = invoices.overdue(contract.id, now=now)
    if late is not None:
        raise InvoiceOverdue(late.title, late.public_id)
    _refuse_while_held(under_way, but=held_id)
    _refuse_while_paid(under_way.get(ChangeState.WAITING))
    way = ways(contract, plan_code=before.plan.code, at=now)
    between = after if way.down_at_once else _steps_up(before, after)
    _refuse_unsold(before, between, after)
    changed = _changed(contract, pays, before, between, unit=way.unit, now=now)
    now_billed, buyer = ahead(contract, cycle), contract.customer
    with_taxes = taxed(changed, buyer.country, buyer.tax_id) if now_billed else []
    lines = [_seen(line) for line in with_taxes]
    due = total([line.amount for line in lines], contract.currency)
    begins = coming(contract, before, sold, pending, cycle)
    paid, deferred = way.paid_by(due, Money(credit.balance(contract.id), contract.currency))
    return Quote(
        before=before,
        between=between,
        after=after,
        begins_at=None if between == after else cycle.end,
        lines=tuple(lines),
        credit=paid,
        unit=way.unit,
        deferred=deferred,
        interactions=_interactions(contract, before.plan, between.plan, cycle, way, now=now),
        replaces=None if pending is None else pending.id,
        left_for_good=_left_for_good(before, after, now=now),
        next_invoice=next_invoice(contract, begins, changed, put_there=deferred or not now_billed),
    )


def quote_of(change: Change) -> Quote:
    """What was seen of a change."""
    seen = change.quote
    own = seen.get("own", {"before": {}, "after": {}})
    before = at_prices(held(change.before), own["before"])
    currency = change.contract.currency
    sold = priced(change.plan_id, currency, change.before.interval)
    after = Held(*sold, catalog.package(change.package_id), change.extra_licences)
    after = at_prices(after, own["after"])
    return Quote(
        before=before,
        between=after if change.begins_at is None else _steps_up(before, after),
        after=after,
        begins_at=change.begins_at,
        lines=tuple(_line(one, currency) for one in seen["lines"]),
        credit=Money(seen["credit_minor"], currency),
        unit=seen.get("unit", "day"),
        deferred=seen.get("deferred", False),
        interactions=tuple(seen["interactions"]),
        replaces=None if seen["replaces"] is None else UUID(seen["replaces"]),
        left_for_good=tuple(seen["left_for_good"]),
        next_invoice=_next_seen(seen, after, currency),
    )


def _next_seen(seen: Mapping[str, Any], after: Held, currency: str) -> Money:
    """Those of 0.2.0 did not say it."""
    difference_minor = sum(line["amount_minor"] for line in seen["lines"])
    return Money(seen.get("next_minor", after.monthly.minor + min(difference_minor, 0)), currency)


def keep(contract: Contract, quote: Quote, *, actor: str, now: datetime) -> Change:
    """Keep a quote, so that it can be accepted. The caller holds the contract."""
    return changes.quoted(
        contract,
        plan_id=quote.after.plan.id,
        package_id=quote.after.package.id,
        extra_licences=quote.after.extra_licences,
        quote=_data(quote),
        begins_at=quote.begins_at,
        valid_until=good_until(contract, now=now),
        actor=actor,
        now=now,
    )


def good_until(contract: Contract, *, now: datetime) -> datetime:
    """Exclusive."""
    zone = contract.customer.time_zone
    return min(now + VALID, day_start(local_date(now, zone) + timedelta(days=1), zone))


def _plan(before: Held, code: str, *, now: datetime) -> tuple[PlanInfo, Any]:
    if code == before.plan.code:
        return before.plan, before.price
    plan = catalog.plan_on_sale(code=code, at=now)
    if plan.on_request:
        raise PlanNotOnSale(code)
    return plan, catalog.plan_price(
        plan_id=plan.id, currency=before.price.currency, interval=before.price.interval
    )


def _package(before: Held, code: str, *, now: datetime) -> PackageInfo:
    if code == before.package.code:
        return before.package
    package = catalog.package_on_sale(code=code, at=now)
    if package.currency != before.package.currency:
        raise CurrencyMismatch()
    return package


def _licences(before: Held, asked: int | None) -> int:
    if asked is None:
        return before.extra_licences
    if not 0 <= asked <= MOST_LICENCES:
        raise TooManyLicences(MOST_LICENCES)
    return asked


def _refuse_unsold(before: Held, between: Held, after: Held) -> None:
    bought = between.extra_licences > before.extra_licences
    for one in ([between] if bought else []) + ([after] if after.extra_licences else []):
        if not one.sells_licences:
            raise ExtraLicencesNotSold(one.plan.name)


def _refuse_while_held(under_way: Mapping[ChangeState, Change], *, but: UUID | None) -> None:
    """While another change waits to be confirmed or approved there is no quote. Raises ChangeHeld."""
    for state in HELD_CHANGE:
        if state in under_way and under_way[state].id != but:
            raise ChangeHeld(under_way[state].public_id)


def _refuse_while_paid(waits: Change | None) -> None:
    """While another change is being paid there is no quote; one that was declined gives way. Raises PaymentUnderWay."""
    if waits is None:
        return
    invoice = invoices.of_change(waits.id)
    attempt = None if invoice is None else payments.newest_attempt(invoice.id)
    if attempt is not None and attempt.state in UNDECIDED:
        raise PaymentUnderWay()


def _steps_up(before: Held, after: Held) -> Held:
    """What holds at once: each part by itself, up by the catalog's rank, or value, and not down (CHG-3)."""
    up = (after.plan.rank, after.price.price_minor) >= (before.plan.rank, before.price.price_minor)
    of_plan = after if up else before
    of_package = after if after.package.value_minor >= before.package.value_minor else before
    package, key = of_package.package, Arranged.PACKAGE.value
    own = [one for one in of_plan.own if one[0] != key] + [one for one in of_package.own if one[0] == key]
    licences = max(before.extra_licences, after.extra_licences)
    return Held(of_plan.plan, of_plan.price, package, licences, tuple(sorted(own)))


def _changed(
    contract: Contract, pays: PaidFor, before: Held, after: Held, *, unit: str, now: datetime
) -> list[NewLine]:
    """What is owed for the rest of the cycle: nothing of a trial, which has no fees (INV-10)."""
    if contract.in_trial(pays.cycle):
        return []
    return difference(
        before,
        after,
        pays,
        since=now,
        zone=contract.customer.time_zone,
        unit=unit,
        discount=discount_in(contract, pays.cycle),
        discount_of_year=discount_in(contract, pays.plan.period),
    )


def _interactions(
    contract: Contract, before: PlanInfo, after: PlanInfo, cycle: Period, way: Ways, *, now: datetime
) -> tuple[int, int]:
    """Of the current cycle: before the change, and at once after it (CHG-5)."""
    had = metering.balance(contract_id=contract.id, at=cycle.start).included_interactions
    if before.id == after.id:
        return had, had
    plans = before.included_credits, after.included_credits
    return had, way.interactions(contract, cycle, had, plans, since=now)


def _left_for_good(before: Held, after: Held, *, now: datetime) -> tuple[str, ...]:
    """Whatever is left and is not the version on sale, or on sale at all, cannot be chosen again."""
    left = []
    if after.plan.id != before.plan.id:
        on_sale = {plan.id for plan in catalog.plans_on_sale(at=now)}
        left += ["plan"] * (before.plan.id not in on_sale)
    if after.package.id != before.package.id:
        sold = {one.id for one in catalog.packages_on_sale(currency=before.package.currency, at=now)}
        left += ["package"] * (before.package.id not in sold)
    return tuple(left)


def _differing(one: Held, other: Held) -> tuple[str, ...]:
    parts = {
        "plan": one.plan.id != other.plan.id,
        "package": one.package.id != other.package.id,
        "licences": one.extra_licences != other.extra_licences,
    }
    return tuple(name for name, differs in parts.items() if differs)


def _seen(line: NewLine) -> QuotedLine:
    return QuotedLine(line.kind, line.name, line.amount, line.calculation)


def _data(quote: Quote) -> dict[str, object]:
    """What of a quote does not follow from the change itself."""
    return {
        "lines": [
            {
                "kind": line.kind.value,
                "name": line.name,
                "amount_minor": line.amount.minor,
                "calculation": None if line.calculation is None else asdict(line.calculation),
            }
            for line in quote.lines
        ],
        "credit_minor": quote.credit.minor,
        "unit": quote.unit,
        "deferred": quote.deferred,
        "interactions": list(quote.interactions),
        "replaces": None if quote.replaces is None else str(quote.replaces),
        "left_for_good": list(quote.left_for_good),
        "next_minor": quote.next_invoice.minor,
        "own": {"before": dict(quote.before.own), "after": dict(quote.after.own)},
    }


def _line(seen: Mapping[str, Any], currency: str) -> QuotedLine:
    return QuotedLine(
        LineKind(seen["kind"]),
        seen["name"],
        Money(seen["amount_minor"], currency),
        how(seen["calculation"]),
    )
