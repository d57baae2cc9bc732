"""A query that is worded once answers what Django answers, each time that it is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.models import Exists, F, Model, OuterRef, QuerySet
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from abono.domain.contracts.models import Contract, Term
from abono.domain.invoicing.models import Invoice, InvoiceLine
from abono.platform.postgres.asked import Asked, Slot
from tests.world import Tenant, make_luna, make_padaria

pytestmark = pytest.mark.django_db

ASKED: dict[str, Callable[[Any], QuerySet[Any, Any]]] = {
    "a model": lambda id: Invoice.objects.filter(contract_id=id).order_by("id"),
    "with what it belongs to": lambda id: Contract.objects.select_related("term__plan", "customer").filter(
        id=id
    ),
    "with what is not there": lambda id: Invoice.objects.select_related("replaces", "replaced_by").filter(
        contract_id=id
    ),
    "with what belongs to it": lambda id: Invoice.objects.prefetch_related("lines").filter(contract_id=id),
    "annotated": lambda id: Contract.objects.annotate(
        billed=Exists(Invoice.objects.filter(contract=OuterRef("pk"))), whose=F("customer__legal_name")
    ).filter(id=id),
    "held": lambda id: Contract.objects.select_for_update(of=("self",)).filter(id=id),
    "through another table": lambda id: InvoiceLine.objects.filter(invoice__contract_id=id).order_by("id"),
    "among others": lambda id: Term.objects.filter(
        contract_id__in=Contract.objects.filter(id=id).values("id")
    ),
    "tuples, one of them JSON": lambda id: Invoice.objects.filter(contract_id=id).values_list("buyer", "id"),
    "one column": lambda id: Invoice.objects.filter(contract_id=id).values_list("buyer", flat=True),
}


@pytest.fixture
def padaria(gateway) -> Tenant:
    return make_padaria()


def seen(row: Any) -> Any:
    """Of a model what its object knows, and those beside it."""
    if not isinstance(row, Model):
        return row
    beside = {name: seen(one) for name, one in row._state.fields_cache.items() if name != "contract"}
    more = {name: list(those) for name, those in getattr(row, "_prefetched_objects_cache", {}).items()}
    own = {name: it for name, it in vars(row).items() if name not in {"_state", "_prefetched_objects_cache"}}
    return type(row), beside, more, own


@pytest.mark.parametrize("what", ASKED)
def test_it_answers_what_django_answers(gateway, what: str) -> None:
    padaria, luna = make_padaria(), make_luna()
    asked = Asked(lambda: ASKED[what](Slot("id")))
    for whose in (padaria, luna, padaria):
        expected = [seen(row) for row in ASKED[what](whose.contract_id)]
        assert [seen(row) for row in asked.all(id=whose.contract_id)] == expected != []


def test_it_is_one_statement_and_nothing_is_read_later(padaria: Tenant) -> None:
    asked = Asked(lambda: ASKED["with what it belongs to"](Slot("id")))
    with CaptureQueriesContext(connection) as captured:
        found = asked.sole(id=padaria.contract_id)
        assert found is not None
        assert found.term.plan.code
    assert len(captured) == 1


def test_nothing_is_found_where_nothing_is(padaria: Tenant) -> None:
    assert Asked(lambda: ASKED["held"](Slot("id"))).sole(id=padaria.customer_id) is None


@pytest.mark.django_db(transaction=True)
def test_a_row_is_held_in_a_transaction_alone_also_once_it_is_worded() -> None:
    asked = Asked(lambda: ASKED["held"](Slot("id")))
    with transaction.atomic():
        assert asked.sole(id=uuid4()) is None
    with pytest.raises(TransactionManagementError):
        asked.sole(id=uuid4())
