from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, Q

from abono.domain.customers import addresses
from abono.domain.customers.errors import NoSuchCustomer
from abono.domain.customers.models import Customer
from abono.domain.customers.rules import COUNTRIES
from abono.domain.customers.types import Address, Changed, Organization
from abono.kernel.moment import Moment
from abono.platform import events
from abono.platform.events import Happening
from abono.platform.sole import sole

CHANGED = "customer.changed"
PEOPLE = "people"  # what a transaction remembers of who there is to be told: `use_case.once`


def organization(customer: Customer) -> Organization:
    return Organization(
        id=customer.id,
        public_id=customer.public_id,
        legal_name=customer.legal_name,
        country=customer.country,
        tax_id=customer.tax_id,
        language=customer.language,
        time_zone=customer.time_zone,
        financial_name=customer.financial_name,
        financial_email=customer.financial_email,
        address=Address(**customer.address),
        sandbox=customer.sandbox,
        clock_offset_s=customer.clock_offset_s,
        left_alone_until=customer.left_alone_until,
        left_alone_why=customer.left_alone_why,
    )


def address_lines(customer: Customer) -> tuple[str, ...]:
    """Its address as it is written on paper."""
    return addresses.lines(customer.country, Address(**customer.address))


def get(customer_id: UUID) -> Organization:
    """Raises NoSuchCustomer."""
    customer = sole(Customer.objects.filter(id=customer_id))
    if customer is None:
        raise NoSuchCustomer()
    return organization(customer)


def find(customer_id: UUID, *, unless: Exists) -> Organization | None:
    """None where there is none, or `unless` is so of its row."""
    customer = sole(Customer.objects.filter(~unless, id=customer_id))
    return None if customer is None else organization(customer)


def several(customer_ids: Collection[UUID]) -> dict[UUID, Organization]:
    """Organizations by id."""
    return {one.id: organization(one) for one in Customer.objects.filter(id__in=customer_ids)}


def searched(text: str, *, limit: int) -> list[UUID]:
    """Organizations that have this tax id, written with or without its signs, or this text in their name; newest first.

    Names are looked through one by one, 100,000 of them in some tenths of a second: an index for parts of words needs the
    extension pg_trgm, which packages of PostgreSQL leave apart (contrib) and for which the owner has to be allowed to create in
    the database.
    """
    compact = re.sub("[^0-9A-Za-z]", "", text).upper()
    wanted = Q(legal_name__icontains=text.replace("\x00", "")) | Q(country__in=COUNTRIES, tax_id=compact)
    return list(Customer.objects.filter(wanted).order_by("-id").values_list("id", flat=True)[:limit])


def with_tax_ids(tax_ids: Collection[str]) -> dict[str, list[UUID]]:
    """Organizations that have one of these tax ids, by it: compact, of any country."""
    found = Customer.objects.filter(country__in=COUNTRIES, tax_id__in=tax_ids).order_by("id")
    those: dict[str, list[UUID]] = {}
    for tax_id, customer_id in found.values_list("tax_id", "id"):
        those.setdefault(tax_id, []).append(customer_id)
    return those


def named(*, country: str, legal_name: str) -> list[Organization]:
    """Organizations of this very name, oldest first; several may share it (CON-7)."""
    found = Customer.objects.filter(country=country, legal_name=legal_name).order_by("created_at", "id")
    return [organization(customer) for customer in found]


def same(country: str, tax_ids: Sequence[str], *, of: str) -> Q:
    """Rows whose customer, named by `of`, is the organization that has or had one of these tax ids (CON-7)."""
    whose = Q(**{f"{of}__tax_id__in": tax_ids}) | Q(**{f"{of}__former_tax_ids__overlap": list(tax_ids)})
    return Q(**{f"{of}__country": country}) & whose


def changes(customer_id: UUID, *, limit: int) -> list[Changed]:
    """How its particulars were changed, newest first."""
    found = events.page(customer_id=customer_id, name=CHANGED, subject=customer_id, limit=limit)
    return [Changed(one.happened_at, one.actor, _facts(one)) for one in found]


def as_of(customer: Organization, at: datetime) -> Organization:
    """As it said of itself at a moment of its own clock; of what was erased since, as it is now."""
    was: dict[str, Any] = {}
    for one in events.about(customer.id, CHANGED, after=at):
        was |= {name: before for name, (before, _after) in _facts(one).items() if name not in was}
    known = {name: value for name, value in was.items() if value is not None}
    if "address" in known:
        known["address"] = Address(**known["address"])
    return replace(customer, **known)


def _facts(happened: Happening) -> dict[str, tuple[object, object]]:
    was = {**(happened.before or {}), **(happened.personal_before or {})}
    said = {**(happened.after or {}), **(happened.personal_after or {})}
    names = happened.data.get("changed")
    return {name: (was.get(name), said.get(name)) for name in (names if isinstance(names, list) else ())}


def moment_of(customer_id: UUID, *, real: datetime) -> Moment:
    """Real time, and what the customer's clock shows then. Raises NoSuchCustomer."""
    return get(customer_id).moment(real)


def sandboxes() -> list[Organization]:
    """Every organization with a clock of its own."""
    return [organization(c) for c in Customer.objects.filter(sandbox=True).order_by("id")]
