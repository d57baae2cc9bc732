"""The running API does what its document says: every operation, called as it describes, by a real server on a real database.

A few calls of each with every change; thousands at night (`make nightly`).
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abono.domain.contracts.models import Signup
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import CreditNote, Invoice
from abono.domain.metering import queries as metering
from abono.domain.payment_links.models import PaymentLink
from abono.kernel.ids import public
from abono.kernel.periods import local_date
from abono.platform import clock
from tests.concurrency.server import Server, server
from tests.entrypoints.api.conftest import DOCUMENT, contract_id, issue
from tests.fakes import FakeGateway
from tests.scenarios.taking_back import PLAN, take_back
from tests.stories import by_pix, linked
from tests.world import Tenant, load_catalog, make_padaria

NIGHTLY = int(os.environ.get("CALLS", "300"))  # of each operation
# They want more than is there: a block, a pending invoice, a gateway, a send that nobody paid for, the seller's key,
# a signature of somebody else's service.
WANT_MORE = {
    "create_interim_invoice",
    "create_payment",
    "create_payment_request",
    "create_slip_new_due_date",
    "create_slip_said_paid",
    "create_mandate",
    "read_mandate",
    "create_mandate_cancellation",
    "accept_change",
    "create_change_payment_request",
    "create_uncovered_contest",
    "create_uncovered_decision",
    "create_order",
    "put_order",
    "create_order_card_fields",
    "create_order_payment",
    "create_order_payment_request",
    "withdraw_order_payment_request",
    "list_coupons",
    "create_coupon",
    "read_coupon",
    "end_coupon",
    "list_coupon_redemptions",
    "create_contract_coupon",
    "withdraw_contract_coupon",
    "put_trial_end",
    "create_arrangement",
    "create_arrangement_preview",
    "end_arrangement",
    "create_arrangement_end_preview",
    "list_indexes",
    "put_index",
    "read_index",
    "list_adjustments",
    "create_adjustment",
    "read_adjustment",
    "apply_adjustment",
    "withdraw_adjustment",
    "create_version_move",
    "list_version_moves",
    "read_version_move",
    "apply_version_move",
    "create_credit_note",
    "preview_credit_note_of_invoice",
    "create_refund",
    "preview_refund_of_invoice",
    "create_reissue",
    "create_payment_link",
    "list_approvals",
    "list_journal",
    "list_billing_runs",
    "read_billing_run",
    "create_renewal_again",
    "list_bank_accounts",
    "list_bank_files",
    "create_bank_file",
    "read_bank_file",
    "read_bank_file_content",
    "list_bank_file_lines",
    "create_remittance",
    "read_slip_pdf",
    "list_bank_statements",
    "create_bank_statement",
    "read_bank_statement",
    "read_bank_statement_content",
    "list_bank_movements",
    "create_movement_payment",
    "close_bank_movement",
    "create_movement_reopening",
    "list_invoices_to_issue",
    "read_fiscal_document",
    "read_fiscal_document_file",
    "put_fiscal_document",
    "list_fiscal_exports",
    "create_fiscal_export",
    "read_fiscal_export",
    "list_disputes",
    "read_dispute",
    "put_dispute_evidence",
    "list_payouts",
    "read_reconciliation",
    "list_withholding_rates",
    "list_missing_withholding_proofs",
    "create_withholding_rate",
    "create_withholding_proof",
    "create_payout",
    "withdraw_payout",
    "read_approval",
    "create_whatsapp_notification",
    "read_whatsapp_challenge",
    "create_twilio_callback",
}


@cache
def document() -> tuple[dict[str, Any], list[Any], st.SearchStrategy[Any]]:
    """Operations by name, what is looked at in an answer, and how near to the document a call is.

    Imported here: it takes a second, which whoever runs other tests need not wait.
    """
    import schemathesis
    from schemathesis.generation import GenerationMode
    from schemathesis.specs.openapi import checks

    found = [one.ok() for one in schemathesis.openapi.from_dict(DOCUMENT).get_all_operations()]
    return (
        {operation.definition.raw["operationId"]: operation for operation in found},
        [
            checks.status_code_conformance,
            checks.content_type_conformance,
            checks.response_headers_conformance,
            checks.response_schema_conformance,
        ],
        st.sampled_from([GenerationMode.POSITIVE, GenerationMode.POSITIVE, GenerationMode.NEGATIVE]),
    )


@dataclass
class Shop:
    running: Server
    tenant: Tenant
    key: str
    done: set[str] = field(default_factory=set)  # operations that were answered with 2xx

    def post(self, path: str, body: object) -> None:
        answer = requests.post(
            f"{self.url}{path}", json=body, headers={"Authorization": f"Bearer {self.key}"}, timeout=30
        )
        assert answer.status_code in (200, 201), answer.text

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.running.port}"

    @cached_property
    def known(self) -> dict[str, list[Any]]:
        """What a caller would know, by the name under which it is asked for."""
        contract = contract_id(self.tenant)
        return {
            "contract_id": [contract],
            "contract": [contract],
            "invoice_id": [public("inv", Invoice.objects.order_by("id")[0].id)],
            "credit_note_id": [public("crn", CreditNote.objects.get().id)],
            "request_id": [by_pix(Invoice.objects.order_by("id")[0].id).public_id],
            "link_id": [public("lnk", PaymentLink.objects.get().id)],
            "customer": [public("cus", self.tenant.customer_id)],
            "day": [local_date(self.began, "America/Sao_Paulo").isoformat()],
            "campaign": ["easter", "spring"],
            "id": ["order-7", "order-8", "easter"],
            "channel": ["sms", "whatsapp"],
            "kind": ["message", "company", "contact_message"],
            "country": ["BR"],
            "currency": ["BRL"],
            "plan": ["specialist", "expert"],
            "order_id": [public("sig", Signup.objects.get(contract_id=self.tenant.contract_id).id)],
            "package": ["brl-250", "brl-500"],
            "count": [1, 5],
            "today_minor": [150_00, 400_00],  # from 100.00 to 250.00, to 500.00
            "state": ["active", "pending", "paid"],
            "cursor": [None],
            "at": [clock.now().isoformat()],
            "until": [(clock.now() + timedelta(days=1)).isoformat()],
        }

    @cached_property
    def began(self) -> datetime:
        return metering.balance(contract_id=self.tenant.contract_id, at=clock.now()).cycle.start


@pytest.fixture
def shop(transactional_db: None, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("ABONO_API_REQUESTS_PER_MINUTE", "0")
    load_catalog()
    tenant = make_padaria(now=clock.now())
    _id, key = issue(tenant.customer_id)
    with server() as running:
        shop = Shop(running, tenant, key)
        send = {"contract": contract_id(tenant), "channel": "sms", "kind": "message", "country": "BR"}
        shop.post("/v1/holds", {"sends": [{"id": "order-7", **send}, {"id": "order-8", **send}]})
        line = {"channel": "sms", "kind": "message", "country": "BR", "count": 100}
        shop.post(f"/v1/contracts/{contract_id(tenant)}/campaigns", {"id": "easter", "lines": [line]})
        first = invoices.list_for_customer(tenant.customer_id)[0]
        take_back(first, (PLAN, 1_00), now=clock.now())
        linked(tenant)
        yield shop


def call(shop: Shop, name: str, data: st.DataObject) -> None:
    """One call as the document describes it, or nearly; often about things that are there."""
    operations, checks, modes = document()
    case = data.draw(operations[name].as_strategy(data.draw(modes, label="how")))
    for part in (case.path_parameters, case.query, case.body):
        replace(part, shop.known, data)
    response = case.call(base_url=shop.url, headers={"Authorization": f"Bearer {shop.key}"})
    if response.status_code < 300:
        shop.done.add(name)
    case.validate_response(response, checks=checks)
    assert response.status_code != 500, response.text


def replace(part: Any, known: dict[str, list[Any]], data: st.DataObject) -> None:
    """Put what is known in the place of what was made up, mostly."""
    match part:
        case dict():
            for name, value in list(part.items()):
                if name in known and data.draw(st.sampled_from([True, True, True, False])):
                    part[name] = data.draw(st.sampled_from(known[name]))
                    if part[name] is None:
                        del part[name]
                else:
                    replace(value, known, data)
        case list():
            for one in part:
                replace(one, known, data)


def wrong(shop: Shop, count: int) -> list[str]:
    """So many calls of each operation; what was not as documented, an operation once."""
    found = []
    for name in document()[0]:

        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            derandomize=count < NIGHTLY,
        )
        @given(data=st.data())
        def some(data: st.DataObject) -> None:
            call(shop, name, data)  # noqa: B023 - it is done before the next one

        try:
            some()
        except (Exception, BaseExceptionGroup) as error:
            found.append("".join(traceback.format_exception_only(error)))
    return found


@pytest.mark.rule("API-1", part="OpenAPI")
def test_a_few_calls_of_every_operation_are_answered_as_documented(shop: Shop) -> None:
    assert wrong(shop, 2) == []


@pytest.mark.nightly
@pytest.mark.timeout(3_600)
@pytest.mark.rule("API-1", part="OpenAPI")
def test_every_operation_is_answered_as_documented(shop: Shop) -> None:
    assert wrong(shop, NIGHTLY) == []
    assert document()[0].keys() - shop.done <= WANT_MORE
