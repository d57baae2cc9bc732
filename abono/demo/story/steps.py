"""`python -m abono.demo.story.backstage STEP …`: what happens where no visitor looks. The last line is JSON.

prepare          migrate, put the catalog on sale, make the seller's API key
by-mail          from now on a change waits for the link in its e-mail
press SIGNUP     press the button of a finished order once more, as a use case
evidence         count everything that a second run must not change, and check the books
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.management import call_command
from django.db import connection

from abono.domain.catalog import actions as catalog
from abono.domain.catalog import reader
from abono.domain.contracts import actions as contract_actions
from abono.domain.contracts import queries as contracts
from abono.domain.customers import queries as customers
from abono.domain.customers.types import NewCustomer
from abono.domain.identity import actions as identity
from abono.domain.identity import keys
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import LineKind
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import CHANGE_HELD_FOR
from abono.flows.check_books import check_books
from abono.flows.signup.sign import Administrator, sign_contract
from abono.platform import clock

COUNTED = (
    "contracts_signup",
    "contracts_contract",
    "contracts_move",
    "contracts_change",
    "customers_customer",
    "identity_person",
    "identity_apikey",
    "payments_paymentmethod",
    "payments_attempt",
    "payments_paymentrequest",
    "payments_receipt",
    "payments_bankfile",
    "invoicing_invoice",
    "invoicing_invoiceline",
    "metering_cycle",
    "metering_send",
    "metering_settlement",
    "metering_contact_event",
    "metering_interaction",
    "metering_threshold",
    "notices_notice",
    "notices_email",
)


def prepare() -> dict[str, Any]:
    """Migrate, put the catalog on sale, make the seller's API key."""
    call_command("migrate", interactive=False, verbosity=0)
    now = clock.now()
    catalog.apply(catalog=reader.read(reader.SHIPPED), actor="story", now=now)
    _id, text = identity.issue_key(
        name="Platform of the story",
        customer_id=None,
        scopes=keys.SCOPES,
        expires_at=None,
        actor="story",
        now=now,
    )
    return {"api_key": text}


def by_mail() -> dict[str, Any]:
    """From now on a change waits for the link in its e-mail (CHG-6)."""
    set_value(setting=CHANGE_HELD_FOR, value="link", actor="story", why="changes by mail", now=clock.now())
    return {}


def press(signup: str) -> dict[str, Any]:
    """The same order with the same facts: the contract that it made is found, nobody is asked for money."""
    draft = contract_actions.read_signup(UUID(signup))
    assert draft.contract_id is not None
    contract = contracts.get(draft.contract_id)
    organization = customers.get(contract.customer_id)
    accepted = contracts.acceptance(contract.id)
    assert accepted is not None
    signed = sign_contract(
        signup_id=draft.id,
        customer=NewCustomer(
            legal_name=organization.legal_name,
            country=organization.country,
            tax_id=organization.tax_id,
            language=organization.language,
            time_zone=organization.time_zone,
            financial_name=organization.financial_name,
            financial_email=organization.financial_email,
            address=organization.address,
        ),
        administrator=Administrator(accepted.person_name, accepted.person_email),
        accepted="",
        frame_ref="the frame is closed by now",
        address=None,
        buyer_id=None,
        sandbox=organization.sandbox,
        moment=clock.moment(0),
    )
    return {"contract": str(signed.contract_id), "number": contract.number, "active": signed.active}


def evidence() -> dict[str, Any]:
    """Invoices, kinds of notices, the count of rows of each table, and every difference between the books and the facts."""
    with connection.cursor() as cursor:
        counts = {}
        for table in COUNTED:
            cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 – names of ours
            counts[table] = cursor.fetchone()[0]
        cursor.execute("SELECT name, value FROM platform_counter ORDER BY name")
        counters = dict(cursor.fetchall())
        cursor.execute("SELECT kind FROM notices_notice ORDER BY kind")
        told = [kind for (kind,) in cursor.fetchall()]
    found = check_books()
    issued = [
        invoice
        for contract in contracts.all_running()
        for invoice in invoices.list_for_customer(contract.customer_id)
    ]
    return {
        "counts": counts,
        "counters": counters,
        "told": told,
        "overage_minor": sum(
            line.amount_minor for one in issued for line in one.lines if line.kind is LineKind.OVERAGE
        ),
        "invoices": {one.title: [one.total_minor, one.state.value] for one in reversed(issued)},
        "balance_check": "ok" if not found else "; ".join(f"{one.what} {one.where}" for one in found),
    }


STEPS: dict[str, Callable[..., dict[str, Any]]] = {
    "prepare": prepare,
    "by-mail": by_mail,
    "press": press,
    "evidence": evidence,
}
