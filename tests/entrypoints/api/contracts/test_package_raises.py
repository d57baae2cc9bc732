"""A raise of the package by program: the same use case as on the pages (API-1)."""

from __future__ import annotations

import pytest
from django.http import HttpResponse

from abono.domain.metering.rules import SendingState
from abono.platform import clock
from tests.entrypoints.api.conftest import Program, contract_id
from tests.entrypoints.api.spending import balance, set_card, use_up
from tests.fakes import FakeGateway
from tests.world import Tenant


def raise_it(sol: Program, padaria: Tenant, once: str = "raise-1", **other: int) -> HttpResponse:
    """From BRL 100 to BRL 250, as it was confirmed."""
    body = {"package": "brl-250", "today_minor": 150_00, **other}
    return sol.post(f"/contracts/{contract_id(padaria)}/package-raises", body, once=once)


@pytest.mark.rule("API-1", "CHG-5", "LIM-4", "LIM-2")
def test_a_raised_package_is_charged_and_in_force_at_once(
    sol: Program, padaria: Tenant, gateway: FakeGateway
) -> None:
    use_up(padaria, clock.now())
    assert balance(padaria).sending_state is SendingState.BLOCKED
    path = f"/contracts/{contract_id(padaria)}/package-raises"
    preview = sol.get(f"{path}/preview", package="brl-250").json()
    assert preview == {
        "before": "brl-100",
        "after": "brl-250",
        "today_minor": 150_00,  # 250.00 − 100.00
        "credit_minor": 0,
        "monthly_minor": 250_00,
        "currency": "BRL",
    }
    answer = raise_it(sol, padaria)
    assert answer.status_code == 201
    said = answer.json()
    assert said == {**preview, "payment": {"id": said["payment"]["id"], "state": "paid", "confirm_url": None}}
    assert gateway.calls[-1].amount.minor == 150_00
    assert padaria.contract.package_code == "brl-250"
    assert balance(padaria).sending_state is SendingState.OK  # 199.65 of 250.00 are 79.86 %: no warning yet
    [changed] = sol.get("/events", name="contract.terms_changed").json()["items"]
    assert changed["actor"].startswith("key:abk_")
    assert (changed["before"], changed["after"]) == (
        {"plan": "specialist v1", "package": "brl-100 v1"},
        {"plan": "specialist v1", "package": "brl-250 v1"},
    )
    [signed] = sol.get("/events", name="contract.signed").json()["items"]
    assert (signed["after"]["plan"], signed["after"]["package"]) == ("specialist v1", "brl-100 v1")


@pytest.mark.rule("CHG-1", "API-3")
def test_a_raise_that_costs_something_else_than_was_confirmed_says_what_it_costs(
    sol: Program, padaria: Tenant, gateway: FakeGateway
) -> None:
    path = f"/contracts/{contract_id(padaria)}/package-raises"
    for other in (149_99, 150_01, 0):
        answer = raise_it(sol, padaria, f"raise-{other}", today_minor=other)
        told = answer.json()
        assert (answer.status_code, told["code"]) == (409, "invoicing.amount_changed")
        assert (told["today_minor"], told["currency"]) == (150_00, "BRL")
    unconfirmed = sol.post(path, {"package": "brl-250"}, once="raise-blind")
    assert (unconfirmed.status_code, unconfirmed.json()["code"]) == (422, "invalid")
    assert list(gateway.book.values()) == [1_349_00]
    assert padaria.contract.package_code == "brl-100"


@pytest.mark.rule("CHG-7", "API-3")
def test_a_declined_raise_is_402_and_the_old_package_stays(
    sol: Program, padaria: Tenant, gateway: FakeGateway
) -> None:
    set_card(padaria, "decline:balance")
    answer = raise_it(sol, padaria)
    assert (answer.status_code, answer.json()["code"], answer.json()["hint"]) == (
        402,
        "payments.card_declined",
        "balance",
    )
    assert padaria.contract.package_code == "brl-100"
    assert len(gateway.book) == 1  # the first charge of the contract, and no more


@pytest.mark.rule("CHG-7", "API-3")
def test_a_raise_of_which_the_bank_never_heard_is_503_and_can_be_sent_again(
    sol: Program, padaria: Tenant, gateway: FakeGateway
) -> None:
    set_card(padaria, "refused")
    answer = raise_it(sol, padaria)
    assert (answer.status_code, answer.json()["code"]) == (503, "payments.never_received")
    assert int(answer["Retry-After"]) > 0
    assert "No card was declined" in answer.json()["detail"]
    set_card(padaria, "ok")
    assert raise_it(sol, padaria).status_code == 201


@pytest.mark.rule("PAY-12", part="shown, never applied")
def test_a_raise_for_which_another_sum_was_taken_is_202_and_being_checked(
    sol: Program, padaria: Tenant, gateway: FakeGateway
) -> None:
    set_card(padaria, "other:1:USD")
    answer = raise_it(sol, padaria)
    assert (answer.status_code, answer.json()["payment"]["state"]) == (202, "checking")
    assert padaria.contract.package_code == "brl-100"


@pytest.mark.rule("PAY-7", "API-1")
def test_an_unclear_raise_is_202_and_a_second_one_waits(
    sol: Program, padaria: Tenant, gateway: FakeGateway
) -> None:
    set_card(padaria, "lost")
    answer = raise_it(sol, padaria)
    assert (answer.status_code, answer.json()["payment"]["state"]) == (202, "unknown")
    again = raise_it(sol, padaria, "raise-2")
    assert (again.status_code, again.json()["code"]) == (409, "payments.under_way")
    assert len(gateway.book) == 2


@pytest.mark.parametrize(
    ("package", "status", "code"),
    [
        ("brl-100", 422, "contracts.not_a_higher_package"),
        ("usd-400", 422, "contracts.currency_mismatch"),
        ("brl-7", 409, "catalog.package_not_on_sale"),
    ],
)
def test_a_package_that_cannot_be_is_refused_in_preview_and_in_earnest(
    sol: Program, padaria: Tenant, gateway: FakeGateway, package: str, status: int, code: str
) -> None:
    path = f"/contracts/{contract_id(padaria)}/package-raises"
    charged = len(gateway.calls)
    for answer in (
        sol.get(f"{path}/preview", package=package),
        sol.post(path, {"package": package, "today_minor": 0}, once="raise-1"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert len(gateway.calls) == charged
