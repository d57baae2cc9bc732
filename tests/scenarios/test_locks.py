"""Locks are taken in one order, draft, customer, contract, invoice; another order is a bug that shows at once."""

from __future__ import annotations

from contextlib import AbstractContextManager

import pytest
from django.db import transaction

from abono.domain.contracts.errors import NoSuchContract
from abono.domain.invoicing.errors import NoSuchInvoice
from abono.domain.invoicing.models import Invoice
from abono.flows import locks
from abono.flows.locks import OutOfOrder
from abono.kernel.errors import Refusal
from abono.platform.use_case import held, one_transaction
from tests.world import Tenant, begin_signup, make_luna


def first_invoice(tenant: Tenant) -> Invoice:
    return Invoice.objects.get(contract_id=tenant.contract_id)


def ranks() -> list[str]:
    return [locks._Rank(rank).name for rank, _row in held()]


def test_a_later_lock_brings_the_earlier_ones_with_it(padaria):
    with locks.invoice(first_invoice(padaria).id) as (contract, invoice):
        assert ranks() == ["CUSTOMER", "CONTRACT", "INVOICE"]
        assert (contract.id, invoice.contract_id) == (padaria.contract_id, padaria.contract_id)
        with locks.contract(padaria.contract_id), locks.customer(padaria.customer_id):
            pass  # what is held already may be asked for again
        assert ranks() == ["CUSTOMER", "CONTRACT", "INVOICE"]
    assert not held()


def test_an_earlier_lock_after_a_later_one_is_refused(padaria):
    signup_id = begin_signup()
    luna = make_luna()
    with locks.contract(padaria.contract_id):
        with pytest.raises(OutOfOrder, match=r"CUSTOMER .* after CONTRACT"), locks.customer(luna.customer_id):
            pytest.fail("a lock out of order was given")
        with pytest.raises(OutOfOrder, match=r"DRAFT .* after CUSTOMER"), locks.draft(signup_id):
            pytest.fail("a lock out of order was given")


def test_customers_are_locked_by_id(padaria):
    luna = make_luna()
    first, second = sorted([padaria.customer_id, luna.customer_id])
    with locks.customer(first), locks.customer(second):
        assert ranks() == ["CUSTOMER", "CUSTOMER"]
    with locks.customer(second), pytest.raises(OutOfOrder), locks.customer(first):
        pytest.fail("a lock out of order was given")


def test_a_lock_is_held_until_the_transaction_ends_and_not_longer(padaria):
    with one_transaction():
        with locks.customer(padaria.customer_id):
            pass
        assert ranks() == ["CUSTOMER"]
    assert not held()
    with pytest.raises(ZeroDivisionError), locks.customer(padaria.customer_id):
        raise ZeroDivisionError
    assert not held()


def test_what_a_part_that_failed_had_locked_is_free_again(padaria):
    with locks.customer(padaria.customer_id):
        with (
            pytest.raises(NoSuchContract),
            transaction.atomic(),
            locks.contract(padaria.contract_id),
        ):
            raise NoSuchContract
        assert ranks() == ["CUSTOMER"]


def test_a_contract_that_is_held_is_not_asked_for_again(padaria):
    invoice, luna = first_invoice(padaria), make_luna()
    with locks.contract(padaria.contract_id) as first:
        first.currency = "USD"  # what was changed is seen by whoever asks for it again
        with locks.invoice(invoice.id) as (contract, held_invoice):
            assert contract is first
            with locks.invoice(invoice.id) as (_again, same):
                assert same is held_invoice
    with locks.customer(min(luna.customer_id, padaria.customer_id)):
        whose = locks.contract(padaria.contract_id, customer_id=luna.customer_id)
        with pytest.raises(NoSuchContract), whose:
            pytest.fail("somebody else's contract was given")


@pytest.mark.rule("ACC-2")
def test_what_belongs_to_another_customer_is_neither_found_nor_locked(padaria):
    luna = make_luna()
    theirs: list[tuple[type[Refusal], AbstractContextManager[object]]] = [
        (NoSuchContract, locks.contract(padaria.contract_id, customer_id=luna.customer_id)),
        (NoSuchInvoice, locks.invoice(first_invoice(padaria).id, customer_id=luna.customer_id)),
    ]
    for refusal, lock in theirs:
        with pytest.raises(refusal), lock:
            pytest.fail("somebody else's row was locked")
