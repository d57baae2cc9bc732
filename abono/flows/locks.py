"""The one home of locks, in the order in which everybody takes them: draft, customer, contract, invoice, coupon, index.

A balance's own lock comes last, inside metering's statements. Each is held until the transaction ends and waited
for at most `settings.LOCK_TIMEOUT_MS`. Two that take them in different orders could wait for each other for ever:
who asks for an earlier one after a later one is refused with OutOfOrder, which is a bug of the asker. Customers go by
id; what belongs to a customer is locked by nobody who does not hold that customer, so that its order is free.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import cast
from uuid import UUID

from django.db import connection

from abono.domain.adjustments import actions as adjustments
from abono.domain.contracts import actions as contract_actions
from abono.domain.contracts import many
from abono.domain.contracts import queries as contract_queries
from abono.domain.contracts.errors import NoSuchContract
from abono.domain.contracts.many import ContractRow
from abono.domain.contracts.models import Contract
from abono.domain.contracts.types import Draft
from abono.domain.coupons import actions as coupons
from abono.domain.credit import queries as credit
from abono.domain.customers import actions as customers
from abono.domain.customers.types import Organization
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import NoSuchInvoice
from abono.domain.invoicing.models import Invoice
from abono.domain.restrictions.queries import EVER
from abono.platform.postgres.asked import Asked
from abono.platform.postgres.plans import by_index
from abono.platform.use_case import held, hold, hold_all, one_transaction

_CONTRACTS = Asked(lambda: many.reading(credit_minor=credit.BALANCE, ever_restricted=EVER))
_CONTRACT = Asked(lambda: contract_actions.locking(credit_minor=credit.BALANCE, ever_restricted=EVER))


class OutOfOrder(RuntimeError):
    """A lock was asked for while a later one was held."""


class _Rank(IntEnum):
    DRAFT = 1
    CUSTOMER = 2
    CONTRACT = 3
    INVOICE = 4
    COUPON = 5
    INDEX = 6


@contextmanager
def draft(signup_id: UUID) -> Iterator[Draft]:
    """Of a contract that is made on the site: two tabs make one contract. Raises NoSuchSignup."""
    with one_transaction():
        _next(_Rank.DRAFT, signup_id)
        yield contract_actions.lock_signup(signup_id)


def first_contract(country: str, tax_id: str) -> None:
    """Of an organization, of which there may be no row yet: two of its orders do not both have its trial (INV-10). Held until
    the transaction ends; taken after the draft and before a coupon."""
    key = hashlib.sha256(f"trial:{country}:{tax_id}".encode()).digest()[:8]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(key, signed=True)])


@contextmanager
def customer(customer_id: UUID) -> Iterator[Organization]:
    """Raises NoSuchCustomer."""
    with one_transaction():
        _next(_Rank.CUSTOMER, customer_id)
        yield customers.lock(customer_id)


@contextmanager
def contract(contract_id: UUID, *, customer_id: UUID | None = None) -> Iterator[Contract]:
    """The contract, with its customer; with `customer_id`, if it is theirs: any other does not exist for them
    (ACC-2). Raises NoSuchContract."""
    with one_transaction():
        whose = customer_id or contract_queries.customer_of(contract_id)
        _customer(whose)
        yield _contract(contract_id, whose)


@contextmanager
def contracts(contract_ids: Collection[UUID]) -> Iterator[list[Contract]]:
    """Many contracts at once, in the order of their customers. Raises NoSuchContract."""
    with one_transaction():
        whose = sorted((contract_queries.customer_of(one), one) for one in contract_ids)
        for customer_id, _one in whose:
            _customer(customer_id)
        yield [_contract(one, customer_id) for customer_id, one in whose]


@contextmanager
def free_rows(contract_ids: Collection[UUID]) -> Iterator[list[ContractRow]]:
    """Those of many that are in nobody's hands, nor their customers, in the order of their customers: nobody is waited for.
    The first locks of a transaction."""
    with one_transaction():
        if held():
            raise OutOfOrder("many contracts after others")
        by_index()
        free = many.lock_free(contract_ids)
        hold_all(
            {
                **{(_Rank.CUSTOMER, one.customer_id): None for one in free},
                **{(_Rank.CONTRACT, one.id): None for one in free},
            }
        )
        yield free


@contextmanager
def free_contracts(contract_ids: Collection[UUID]) -> Iterator[list[Contract]]:
    """The same, each with all that is read of a contract."""
    with free_rows(contract_ids) as free:
        found = many.read_many(
            [one.id for one in free], asked=_CONTRACTS
        )  # they stay as they are from here on
        hold_all({(_Rank.CONTRACT, one.id): one for one in found})
        credit.know({one.id: vars(one)["credit_minor"] for one in found})
        yield found


@contextmanager
def invoice(
    invoice_id: UUID, *, customer_id: UUID | None = None, contract_id: UUID | None = None
) -> Iterator[tuple[Contract, Invoice]]:
    """The invoice, with its contract and customer; with `customer_id`, if it is theirs (ACC-2).

    contract_id   beside the customer, where the caller knows both

    Raises NoSuchInvoice."""
    with one_transaction():
        if customer_id is None or contract_id is None:
            customer_id, contract_id = invoices.whose(invoice_id, customer_id=customer_id)
        _customer(customer_id)
        contract = _contract(contract_id, customer_id)
        invoice = _once(_Rank.INVOICE, invoice_id, lambda: invoicing.lock(invoice_id))
        if invoice.contract_id != contract_id:
            raise NoSuchInvoice()
        yield contract, invoice


@contextmanager
def coupon(coupon_id: UUID) -> Iterator[None]:
    """So that nobody else counts who has it meanwhile. Raises NoSuchCoupon."""
    with one_transaction():
        _next(_Rank.COUPON, coupon_id)
        coupons.lock(coupon_id)
        yield


@contextmanager
def index(index_id: UUID) -> Iterator[None]:
    """So that its months stay as they are read. Raises NoSuchIndex."""
    with one_transaction():
        _next(_Rank.INDEX, index_id)
        adjustments.lock(index_id)
        yield


def _customer(customer_id: UUID) -> None:
    if (_Rank.CUSTOMER, customer_id) not in held():
        _next(_Rank.CUSTOMER, customer_id)
        customers.lock(customer_id)


def _contract(contract_id: UUID, customer_id: UUID) -> Contract:
    contract = _once(_Rank.CONTRACT, contract_id, lambda: _lock_contract(contract_id, customer_id))
    if contract.customer_id != customer_id:
        raise NoSuchContract()
    return contract


def _lock_contract(contract_id: UUID, customer_id: UUID) -> Contract:
    """Its credit is read with it: who holds it asks for that most of the time."""
    contract = contract_actions.lock(contract_id, customer_id=customer_id, asked=_CONTRACT)
    credit.know({contract_id: vars(contract)["credit_minor"]})
    return contract


def _once[Row](rank: _Rank, key: UUID, take: Callable[[], Row]) -> Row:
    """The row that the transaction holds already, so that what it changed in it is seen; else it is taken now."""
    there = held().get((rank, key))
    if there is not None:
        return cast(Row, there)
    _next(rank, key)
    taken = take()
    hold((rank, key), taken)
    return taken


def _next(rank: _Rank, key: UUID) -> None:
    """Note the lock that is taken now. Raises OutOfOrder."""
    if (rank, key) in held():
        return
    for later, its in held():
        if later > rank or (later == rank == _Rank.CUSTOMER and its > key):
            raise OutOfOrder(f"{rank.name} {key} after {_Rank(later).name} {its}")
    hold((rank, key))
