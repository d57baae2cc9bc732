from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from abono.domain.customers import queries, rules
from abono.domain.customers.errors import NoSuchCustomer, NotASandbox
from abono.domain.customers.models import Advance, Customer
from abono.domain.customers.types import NewCustomer, Organization, Particulars
from abono.kernel.periods import local_date
from abono.platform import events, use_case
from abono.platform.events import Personal
from abono.platform.lookups import CHANGED
from abono.platform.postgres.asked import Asked, Slot


def create(*, new: NewCustomer, sandbox: bool, actor: str, now: datetime) -> UUID:
    """Write down a new organization; its tax id may serve others too (CON-7).

    Raises UnknownCountry, InvalidTaxId, UnknownTimeZone.
    """
    checked = rules.check(new)
    customer = Customer.objects.create(
        legal_name=checked.legal_name,
        country=checked.country,
        tax_id=checked.tax_id,
        language=checked.language,
        time_zone=checked.time_zone,
        financial_name=checked.financial_name,
        financial_email=checked.financial_email,
        address=asdict(checked.address),
        sandbox=sandbox,
        created_at=now,
    )
    events.record(
        name="customer.created",
        subject=("customer", customer.id),
        customer_id=customer.id,
        actor=actor,
        now=now,
        after=_facts(customer),
        personal=Personal(after=_personal(customer)),
    )
    return customer.id


def change(
    *, customer_id: UUID, new: Particulars, any_tax_id: bool, actor: str, now: datetime
) -> Organization:
    """Correct what an organization with a contract says of itself (ACC-1); invoices that are issued keep what they say. The event
    has of each fact that changed how it was and is. The caller holds the customer. Returns it as it is then.

    any_tax_id   not only that of another establishment of the same company

    Raises NoSuchCustomer, InvalidTaxId, GenericTaxId, TaxIdKept, UnreadableName, UnmailableAddress, WrongAddress.
    """
    customer = _row(customer_id)
    checked = rules.check(_as_new(customer, new))
    if not any_tax_id:
        rules.check_same_company(country=customer.country, kept=customer.tax_id, wanted=checked.tax_id)
    before, personal_before = _facts(customer), _personal(customer)
    for name in (*before, *personal_before):
        setattr(customer, name, asdict(checked)[name])
    after, personal_after = _facts(customer), _personal(customer)
    changed = [
        name
        for name, was in {**personal_before, **before}.items()
        if was != {**personal_after, **after}[name]
    ]
    if changed:
        if "tax_id" in changed:
            customer.former_tax_ids.append(str(personal_before["tax_id"]))
        customer.save(update_fields=[*changed, "former_tax_ids"])
        use_case.forget(queries.PEOPLE)
        events.record(
            name=queries.CHANGED,
            subject=("customer", customer_id),
            customer_id=customer_id,
            actor=actor,
            now=now,
            before=_only(before, changed),
            after=_only(after, changed),
            personal=Personal(_only(personal_before, changed), _only(personal_after, changed)),
            data={"changed": changed},
        )
    return queries.organization(customer)


def _as_new(customer: Customer, new: Particulars) -> NewCustomer:
    return NewCustomer(
        legal_name=new.legal_name,
        country=customer.country,
        tax_id=new.tax_id,
        language=new.language,
        time_zone=customer.time_zone,
        financial_name=new.financial_name,
        financial_email=new.financial_email,
        address=new.address,
    )


def _only(facts: dict[str, object], names: Sequence[str]) -> dict[str, object]:
    return {name: value for name, value in facts.items() if name in names}


def update(*, customer_id: UUID, new: NewCustomer, actor: str, now: datetime) -> None:
    """Correct the facts of an organization whose contract is not paid yet. The caller holds the customer.

    Raises NoSuchCustomer, UnknownCountry, InvalidTaxId, UnknownTimeZone.
    """
    checked = rules.check(new)
    customer = _row(customer_id)
    before, personal_before = _facts(customer), _personal(customer)
    for name in (*before, *personal_before):
        setattr(customer, name, asdict(checked)[name])
    customer.save(update_fields=[*before, *personal_before])
    use_case.forget(queries.PEOPLE)
    events.record(
        name="customer.corrected",
        subject=("customer", customer_id),
        customer_id=customer_id,
        actor=actor,
        now=now,
        before=before,
        after=_facts(customer),
        personal=Personal(personal_before, _personal(customer)),
    )


def erase(*, customer_id: UUID, actor: str, now: datetime) -> None:
    """Take away an organization that never had a contract in force: nothing of it stays but that it was (CON-9).

    The caller holds the customer, and took away before what refers to it.
    """
    Advance.objects.filter(customer_id=customer_id).delete()
    Customer.objects.filter(id=customer_id).delete()
    events.record(
        name="customer.withdrawn",
        subject=("customer", customer_id),
        customer_id=customer_id,
        actor=actor,
        now=now,
        why="first charge declined",
    )
    events.forget_personal(customer_id=customer_id)


def leave_alone(*, customer_id: UUID, until: date | None, why: str, actor: str, now: datetime) -> bool:
    """Until a local day nothing is asked of them, and nobody is reminded or restricted (PAY-8); None: it ends today. The caller
    holds the customer. Returns whether that is new.

    why   one line, which the customer can read

    Raises NoSuchCustomer, LeftAloneNotSoon.
    """
    customer = _row(customer_id)
    today = local_date(now, customer.time_zone)
    if until is not None:
        rules.check_left_alone(until, today=today)
    was: date | None = customer.left_alone_until
    alone = was if was is not None and today < was else None
    before = {"until": alone and alone.isoformat()}
    after = {"until": until and until.isoformat()}
    if (customer.left_alone_until, customer.left_alone_why) == (until, why) or (
        until is None and alone is None
    ):
        return False
    customer.left_alone_until, customer.left_alone_why = until or today, why
    customer.save(update_fields=["left_alone_until", "left_alone_why"])
    events.record(
        name="customer.left_alone",
        subject=("customer", customer_id),
        customer_id=customer_id,
        actor=actor,
        now=now,
        before=before,
        after=after,
        why=why,
    )
    return True


def _locking() -> QuerySet[Customer]:
    return Customer.objects.select_for_update().filter(id=Slot("id"))


_LOCKING = Asked(_locking)


def lock(customer_id: UUID) -> Organization:
    """Hold the customer until the transaction ends; `flows.locks` knows when. Raises NoSuchCustomer."""
    customer = _LOCKING.sole(id=customer_id)
    if customer is None:
        raise NoSuchCustomer()
    return queries.organization(customer)


def set_clock(
    *, customer_id: UUID, real: datetime, to: datetime, actor: str, due: Sequence[str] = ()
) -> None:
    """Move a sandbox customer's clock forward so that it shows `to` when real time is `real` (TIM-2).
    The caller holds the customer.

    due   kinds of work that are due then, for the record

    Raises NoSuchCustomer, NotASandbox, ClockOnlyForward, ClockTooFar.
    """
    customer = _row(customer_id)
    if not customer.sandbox:
        raise NotASandbox()
    shown = real + timedelta(seconds=customer.clock_offset_s)
    rules.check_clock(shown=shown, to=to)
    customer.clock_offset_s += -(-(to - shown) // timedelta(seconds=1))  # rounded up: never short of `to`
    customer.save(update_fields=["clock_offset_s"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANGED, str(customer_id)])  # processes cache clocks
    events.record(
        name="customer.clock_moved",
        subject=("customer", customer_id),
        customer_id=customer_id,
        actor=actor,
        now=to,
        before={"clock": shown.isoformat()},
        after={"clock": to.isoformat()},
        data={"due": list(due)},
    )


def _row(customer_id: UUID) -> Customer:
    customer = Customer.objects.filter(id=customer_id).first()
    if customer is None:
        raise NoSuchCustomer()
    return customer


def _facts(customer: Customer) -> dict[str, object]:
    return {
        "country": customer.country,
        "language": customer.language,
        "time_zone": customer.time_zone,
    }


def _personal(customer: Customer) -> dict[str, object]:
    """A one-person company has its owner's name and tax id."""
    return {
        "legal_name": customer.legal_name,
        "tax_id": customer.tax_id,
        "financial_name": customer.financial_name,
        "financial_email": customer.financial_email,
        "address": customer.address,
    }
