"""What holds of a contract from when: a list that only grows."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from abono.domain.catalog import queries as catalog
from abono.domain.contracts import terms
from abono.domain.contracts.models import Contract, Term
from abono.flows import locks
from abono.platform.models import Event
from tests.examples import through_the_database
from tests.world import DAY, JUNE_1, Tenant, make_padaria

PLANS = ("starter", "specialist", "expert")
PACKAGES = ("brl-100", "brl-250", "brl-500")


@pytest.fixture
def padaria(gateway: object) -> Tenant:
    return make_padaria()


def ids() -> dict[str, UUID]:
    plans = {code: catalog.plan_on_sale(code=code, at=JUNE_1).id for code in PLANS}
    return plans | {code: catalog.package_on_sale(code=code, at=JUNE_1).id for code in PACKAGES}


def change(
    padaria: Tenant, day: int, now: int, plan: str | None = None, package: str | None = None
) -> Contract:
    """Days are counted from 1 June."""
    known = ids()
    with locks.contract(padaria.contract_id) as contract:
        terms.change(
            contract,
            begins_at=JUNE_1 + day * DAY,
            plan_id=known[plan] if plan else None,
            package_id=known[package] if package else None,
            actor="ana",
            now=JUNE_1 + now * DAY,
        )
        return contract


def said(contract: Contract, day: int) -> tuple[str, str]:
    term = contract.at(JUNE_1 + day * DAY)
    return term.plan.code, term.package.code


def test_what_is_promised_waits_and_what_was_stays_as_it_was(padaria: Tenant) -> None:
    contract = change(padaria, 30, 10, plan="expert")
    assert [said(contract, day) for day in (0, 29, 30)] == [
        ("specialist", "brl-100"),
        ("specialist", "brl-100"),
        ("expert", "brl-100"),
    ]
    assert padaria.contract.plan_code == "specialist"
    assert terms.ahead().filter(contract_id=padaria.contract_id).count() == 1
    assert not Event.objects.filter(name="contract.terms_changed").exists()


def test_a_part_that_is_changed_meanwhile_replaces_what_was_promised_of_it_and_nothing_else(
    padaria: Tenant,
) -> None:
    change(padaria, 30, 10, plan="expert", package="brl-250")
    contract = change(padaria, 15, 15, package="brl-500")
    assert [said(contract, day) for day in (14, 15, 30)] == [
        ("specialist", "brl-100"),
        ("specialist", "brl-500"),
        ("expert", "brl-500"),
    ]
    assert padaria.contract.package_code == "brl-500"
    [told] = Event.objects.filter(name="contract.terms_changed")
    assert (told.before["package"], told.after["package"]) == ("brl-100 v1", "brl-500 v1")


def test_what_was_promised_is_withdrawn_by_saying_what_held_before(padaria: Tenant) -> None:
    change(padaria, 30, 10, plan="starter")
    contract = change(padaria, 30, 11, plan="specialist")
    assert said(contract, 40) == ("specialist", "brl-100")
    assert [
        term.position for term in Term.objects.filter(contract_id=padaria.contract_id).order_by("position")
    ] == [1, 2, 3]


@through_the_database(40)
@given(
    changes=st.lists(
        st.tuples(
            st.integers(0, 12),
            st.none() | st.sampled_from(PLANS),
            st.none() | st.sampled_from(PACKAGES),
        ),
        max_size=8,
    )
)
@pytest.mark.django_db(transaction=False)
def test_any_list_of_changes_reads_as_if_each_had_been_painted_over_the_rest(
    changes: list[tuple[int, str | None, str | None]],
) -> None:
    """The obvious model: a row of days on each of which both parts have one value."""
    with transaction.atomic():
        padaria = make_padaria()
        days: list[list[str]] = [["specialist", "brl-100"] for _ in range(14)]
        contract = None
        for day, plan, package in changes:
            contract = change(padaria, day, 0, plan, package)
            for one in days[day:]:
                one[0], one[1] = plan or one[0], package or one[1]
        if contract is not None:
            assert [list(said(contract, day)) for day in range(14)] == days
        transaction.set_rollback(True)


def test_terms_are_neither_changed_nor_removed(padaria: Tenant) -> None:
    for attempt in (
        lambda: Term.objects.update(actor="mallory"),
        lambda: Term.objects.filter(contract_id=padaria.contract_id)._raw_delete(using="default"),
    ):
        with pytest.raises(IntegrityError, match="never changed or removed"), transaction.atomic():
            attempt()
