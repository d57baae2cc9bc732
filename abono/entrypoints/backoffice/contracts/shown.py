"""One contract as the seller sees it: what holds, what becomes of it, who changed it and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.labels import package_name
from abono.domain.contracts import arrangements
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.states import RUNNING, State
from abono.domain.contracts.types import ContractInfo, MoveInfo
from abono.domain.coupons import queries as coupons
from abono.domain.credit import queries as credit
from abono.domain.customers.rules import printed_tax_id, tax_id_name
from abono.domain.customers.types import Organization
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.licences import queries as licences
from abono.domain.licences.advice import Advice, advice
from abono.domain.licences.types import Kept
from abono.domain.metering import queries as metering
from abono.domain.metering.types import Balance
from abono.domain.payments.pushed import agreed
from abono.domain.payments.pushed.agreed import MandateInfo
from abono.domain.restrictions import queries as restrictions
from abono.entrypoints.backoffice.contracts.waiting import Waiting, waiting_of
from abono.entrypoints.backoffice.coupons.shown import Had, had
from abono.entrypoints.site.actors import names_of
from abono.entrypoints.site.design.arranged import ShownArrangement, shown_arrangements
from abono.entrypoints.site.design.invoices import REASONS
from abono.entrypoints.site.design.next_try import what_next
from abono.entrypoints.site.design.words import Text, moved
from abono.flows.billing.outlook import outlooks
from abono.flows.billing.project import Projection, project_invoice
from abono.flows.endings.regret import regret_until
from abono.flows.quotes.seen import Seen, accepted_of
from abono.flows.restriction.days import day_of_end
from abono.kernel.money import Money
from abono.kernel.periods import last_date, local_date

INVOICES_SHOWN, CHANGES_SHOWN, REFUSALS_READ = 24, 10, 10_000


@dataclass(frozen=True, slots=True)
class Cycle:
    """The cycle that it is in, counted from 1; `last` is its last local day."""

    number: int
    first: date
    last: date
    balance: Balance | None


@dataclass(frozen=True, slots=True)
class Issued:
    invoice: InvoiceDetail
    reason: Text
    state: str  # a word of `words.status("invoice", …)`
    next: str  # what is asked next; empty where nothing is to be paid


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that the page says of a contract. Who did something stands beside it."""

    contract: ContractInfo
    customer: Organization
    package: str
    functions: Sequence[str]  # their names (CAT-12)
    in_use: int | None  # licences, while it runs (LIC-4)
    kept: Sequence[tuple[str, int]]  # of them for groups (LIC-9)
    advice: Advice | None  # of refusals in its cycle (LIC-10)
    tax_id: str
    tax_id_name: str
    now: datetime  # on the customer's clock
    cycle: Cycle | None
    coming: Projection | None
    coming_date: date | None
    credit: Money
    waiting: Sequence[Waiting]
    issued: Sequence[Issued]
    arranged: Sequence[tuple[ShownArrangement, str]]
    coupons: Sequence[tuple[Had, str]]
    changes: Sequence[tuple[Seen, str]]
    moves: Sequence[tuple[MoveInfo, Text, str]]
    mandates: Sequence[MandateInfo]  # of automatic Pix, newest first (PAY-11)
    regret_until: datetime | None
    trial_last: date | None
    ends: date | None
    debt_ends: date | None  # the day on which a debt ends it (END-5)
    alone: bool  # whether its customer is left alone until a day (PAY-8)


def shown(contract: ContractInfo, customer: Organization, *, real: datetime, language: str) -> Shown:
    """Each thing is read once."""
    now, zone = customer.moment(real).now, customer.time_zone
    opened = metering.cycles(contract.id)
    had_coupons = coupons.of_contract(contract.id)
    coming = project_invoice(contract_id=contract.id, opened=opened, redeemed=had_coupons)
    bills = invoices.of_contract(contract.id, limit=INVOICES_SHOWN)
    changes = accepted_of(contract.id, limit=CHANGES_SHOWN)
    moves = contracts.moves(contract.id)
    arranged = shown_arrangements(
        arrangements.of_contract(contract.id), zone=zone, language=language, now=now
    )
    redeemed = [had(one, contract, language) for one in had_coupons]
    by = names_of(
        [
            *(one.actor for one in moves),
            *(one.actor for one in arranged),
            *(one.actor for one in redeemed),
            *(one.asked_by for one in changes),
        ]
    )
    in_use, kept, helpful = _licences(contract, now)
    return Shown(
        contract=contract,
        customer=customer,
        package=package_name(contract.package_code, language),
        functions=_functions(contract, language),
        in_use=in_use,
        kept=list(kept.items()),
        advice=helpful,
        tax_id=printed_tax_id(customer.country, customer.tax_id),
        tax_id_name=tax_id_name(customer.country, customer.tax_id),
        now=now,
        cycle=_cycle(contract, opened, zone),
        coming=coming,
        coming_date=None if coming is None else local_date(coming.issued_at, zone),
        credit=Money(credit.balance(contract.id), contract.currency),
        waiting=waiting_of(contract, changes, bills, language=language, now=now),
        issued=_issued([one for one in bills if one.title], local_date(now, zone), language),
        arranged=[(one, by[one.actor]) for one in arranged],
        coupons=[(one, by[one.actor]) for one in redeemed],
        changes=[(one, by[one.asked_by]) for one in changes],
        moves=_moves(moves, by),
        mandates=agreed.of_contract(contract.id),
        regret_until=regret_until(contract, customer, now=now),
        trial_last=None if contract.trial_until is None else last_date(contract.trial_until, zone),
        ends=None if contract.ends_at is None else last_date(contract.ends_at, zone),
        debt_ends=_debt_ends(contract, zone, now),
        alone=customer.left_alone_until is not None and local_date(now, zone) < customer.left_alone_until,
    )


def _debt_ends(contract: ContractInfo, zone: str, now: datetime) -> date | None:
    debt = restrictions.of_debt(contract.id) if contract.state is State.RESTRICTED else None
    return None if debt is None else day_of_end(debt, plan_code=contract.plan_code, zone=zone, now=now)


def _licences(contract: ContractInfo, now: datetime) -> tuple[int | None, Kept, Advice | None]:
    """How many are in, while it runs, for which groups some are kept, and what would have helped in its cycle."""
    since, until = contract.cycle_start, contract.cycle_end
    if since is None or until is None:
        return None, {}, None
    used = licences.used(contract.id, since=since, until=until, at=now)
    refused = (
        licences.spells(contract.id, since=since, until=until, limit=REFUSALS_READ) if used.refused else []
    )
    return used.in_now if contract.state in RUNNING else None, used.kept, advice(refused)


def _functions(contract: ContractInfo, language: str) -> list[str]:
    plan, _price = catalog.priced_plan(
        plan_id=contract.plan_id, currency=contract.currency, interval=contract.interval
    )
    return catalog.functions_of(plan, language=language)


def _cycle(contract: ContractInfo, opened: Sequence[Balance], zone: str) -> Cycle | None:
    if contract.cycle_number is None or contract.cycle_start is None or contract.cycle_end is None:
        return None
    balance = next((one for one in opened if one.cycle.start == contract.cycle_start), None)
    first, last = local_date(contract.cycle_start, zone), last_date(contract.cycle_end, zone)
    return Cycle(contract.cycle_number + 1, first, last, balance)


def _issued(bills: Sequence[InvoiceDetail], today: date, language: str) -> list[Issued]:
    coming = outlooks(bills)
    return [
        Issued(
            one,
            REASONS[one.reason],
            one.status_on(today).value,
            what_next(coming.get(one.id), one.time_zone, language),
        )
        for one in bills
    ]


def _moves(moves: Sequence[MoveInfo], by: Mapping[str, str]) -> list[tuple[MoveInfo, Text, str]]:
    return [(one, moved(one.reason), by[one.actor]) for one in moves]
