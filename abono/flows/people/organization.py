"""An organization changes what it says of itself; who answered for payment hears when somebody else does (ACC-1)."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.utils.translation import get_language_info

from abono.domain.customers import actions as customers
from abono.domain.customers import addresses
from abono.domain.customers.errors import ChangedMeanwhile
from abono.domain.customers.rules import printed_tax_id
from abono.domain.customers.types import Organization, Particulars
from abono.domain.identity import members
from abono.domain.notices import actions as notices
from abono.domain.notices.types import Recipient
from abono.flows import locks
from abono.flows.tell import tell
from abono.kernel.ids import uuid7
from abono.platform.idempotency import Ask


def change_organization(
    *,
    customer_id: UUID,
    new: Particulars,
    by: str,
    by_seller: bool,
    actor: str,
    now: datetime,
    seen: str | None = None,
    ask: Ask | None = None,
) -> Organization:
    """It holds from the next invoice and the next mail on; Administrators hear of it, and so do the financial contact from
    before and the one from now on, where the address is another. Returns the organization as it is then.

    by          the name of who changes it, as the mails say it
    by_seller   the tax id may be any of the country, not only one of the same company
    now         on the customer's clock
    seen        the `mark` of the organization as somebody saw it: where it has another by now nothing is changed
    ask         the call with its key, where the door has one: what it did before, and somebody changed since, stays (API-2)

    Raises NoSuchCustomer, ChangedMeanwhile, InvalidTaxId, GenericTaxId, TaxIdKept, UnreadableName, UnmailableAddress, WrongAddress.
    """
    with locks.customer(customer_id) as before:
        if ask is not None and "customer" in ask.led_to:
            return before
        if seen is not None and seen != mark(before):
            raise ChangedMeanwhile()
        after = customers.change(customer_id=customer_id, new=new, any_tax_id=by_seller, actor=actor, now=now)
        if after != before:
            _tell(before, after, by=by, now=now)
        if ask is not None:
            ask.note(customer=str(customer_id))
        return after


def mark(customer: Organization) -> str:
    """The same as long as nobody changes what may be changed."""
    return sha256("\0".join(said for _name, said in _said(customer)).encode()).hexdigest()[:16]


def contact_left(customer: Organization) -> bool:
    """Whether invoices go to somebody who was a member of the organization and is deactivated or deleted."""
    return members.left(customer.financial_email, customer.id)


def _tell(before: Organization, after: Organization, *, by: str, now: datetime) -> None:
    key = str(uuid7())
    facts = {name: f"{was} → {said}" for name, was, said in _both(before, after) if was != said}
    tell(
        customer_id=after.id,
        kind="organization_changed",
        key=key,
        facts={"by": by, **facts},
        now=now,
    )
    if before.financial_email == after.financial_email:
        return
    for kind, whose in (("contact_replaced", before), ("contact_named", after)):
        notices.tell(
            customer_id=after.id,
            kind=kind,
            key=key,
            facts={"by": by},
            recipients=(Recipient(whose.financial_email, whose.financial_name, whose.language),),
            now=now,
        )


def _both(before: Organization, after: Organization) -> list[tuple[str, str, str]]:
    """What may change, in words that stand in every language: how it was and is."""
    return [(name, was, said) for (name, was), (_name, said) in zip(_said(before), _said(after), strict=True)]


def _said(one: Organization) -> tuple[tuple[str, str], ...]:
    return (
        ("legal_name", one.legal_name),
        ("tax_id", printed_tax_id(one.country, one.tax_id)),
        ("postal_address", ", ".join(addresses.lines(one.country, one.address))),
        ("contact", f"{one.financial_name}, {one.financial_email}"),
        ("spoken", get_language_info(one.language)["name_local"]),
    )
