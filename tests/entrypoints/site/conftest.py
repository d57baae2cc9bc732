from __future__ import annotations

from uuid import UUID

import pytest

from abono.domain.billing_runs import actions as billing_runs
from abono.domain.contracts import batches
from abono.domain.identity import actions as identity
from abono.domain.identity.roles import Role
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import FiscalType
from abono.domain.invoicing.types import LineCredit
from abono.domain.payments import queries as payments
from abono.flows.approvals.ask import ask_credit_note
from abono.flows.one_off.draft import Written, write_draft
from abono.flows.versions.preview import preview_versions
from abono.kernel.ids import public, uuid7
from abono.platform import clock
from tests.adjustments import adjusting
from tests.remembered import lately, remembered
from tests.stories import (
    announced,
    bank_file,
    bank_statement,
    by_pix,
    credited,
    fiscal_document,
    invited,
    linked,
    made_coupon,
    mandated,
    proven,
    supported,
)
from tests.versions import new_versions
from tests.world import DAY, Tenant, make_colleague, quote


@pytest.fixture
def ids(padaria: Tenant) -> dict[str, str]:
    """An id of Padaria's for every kind of route."""
    return _one_of_each(padaria.customer_id, padaria.contract_id, tuple(padaria.people.items()))


@remembered
def _one_of_each(
    customer_id: UUID, contract_id: UUID, people: tuple[tuple[str, UUID], ...]
) -> dict[str, str]:
    padaria = Tenant(customer_id, contract_id, dict(people))
    first = invoices.find(padaria.contract_id, key="first")
    new_versions(now=lately() - DAY)
    preview_versions(plan_code="specialist", package_code="", actor="olga", now=clock.now())
    card, movement = payments.card_in_use(padaria.customer_id), bank_statement()
    assert first is not None
    assert card is not None
    paid = payments.newest_attempt(first.id)
    assert paid is not None
    key_id, _text = identity.issue_key(
        name="p",
        customer_id=padaria.customer_id,
        scopes=("read",),
        expires_at=None,
        actor="ana",
        now=clock.now(),
    )
    return {
        "contract_id": public("ctr", padaria.contract_id),
        "change_id": public("chg", quote(padaria, package="brl-500", now=clock.now())),
        "invoice_id": first.public_id,
        "card_id": card.public_id,
        "request_id": by_pix(first.id).public_id,
        "mandate_id": public("mdt", mandated(padaria)),
        "payment_id": public("att", paid.id),
        "money_id": public("unm", uuid7()),
        "coupon_id": made_coupon().public_id,
        "file_id": bank_file().public_id,
        "statement_id": movement.statement.public_id,
        "movement_id": movement.public_id,
        **fiscal_document(first.id),
        "part": "pdf",
        "payout_id": public("pyo", uuid7()),
        "receipt_id": proven(first.id).public_id,
        "place": "1",
        "slug": "bank-files",
        "run_id": public("run", billing_runs.join(begun_by="olga", now=clock.now())),
        "arrangement_id": public("arr", supported(padaria)),
        "code": "IPCA",
        "adjustment_id": public("adj", adjusting(padaria)),
        "batch_id": batches.newest()[0].public_id,
        "credit_note_id": credited(padaria).public_id,
        "approval_id": ask_credit_note(
            invoice_id=first.id, lines=[LineCredit(1, 1)], why="x", actor="olga", now=clock.now()
        ).public_id,
        "key_id": public("key", key_id),
        "person_id": public("usr", make_colleague("Rita Melo", Role.READER)),
        "draft_id": write_draft(
            contract_id=padaria.contract_id,
            named=uuid7(),
            lines=[Written("Training", 1, 1_000_000, FiscalType.SVA)],
            now=clock.now(),
        ).public_id,
        "invitation_id": invited(padaria),
        "member_id": public("usr", padaria.people["bruno"]),
        "sign_on_id": public("sso", uuid7()),
        "whose": "seller",
        "passkey_id": "1",  # whoever has it: for all others it leads back to the page of their own
        "link_id": linked(padaria).public_id,
        "secret": "x" * 32,
        "decision_id": public("unc", announced(padaria).id),
    }
