"""Change of plan by program: quote, accept by its id, withdraw: the same use cases as on the pages (API-1)."""

from __future__ import annotations

import pytest
from django.http import HttpResponse

from abono.domain.metering.rules import SendingState
from abono.platform import clock
from tests.entrypoints.api.conftest import Program, contract_id, program, quoted
from tests.entrypoints.api.spending import balance, set_card, use_up
from tests.fakes import FakeGateway
from tests.scenarios.years import sell_by_the_year
from tests.world import Tenant


def raise_it(sol: Program, padaria: Tenant, once: str = "raise-1") -> HttpResponse:
    """From BRL 100 to BRL 250, as it was quoted."""
    return sol.post(quoted(sol, padaria), once=once)


@pytest.mark.rule("API-1", "CHG-5", "LIM-4", "LIM-2")
@pytest.mark.rule("CHG-1", part="stored quote")
def test_a_raised_package_is_charged_and_in_force_at_once(
    sol: Program, padaria: Tenant, gateway: FakeGateway
) -> None:
    use_up(padaria, clock.now())
    assert balance(padaria).sending_state is SendingState.BLOCKED
    accept = quoted(sol, padaria)
    quote = sol.get(accept.removesuffix("/accept")).json()
    before = {"plan": "specialist", "plan_version": 1, "package": "brl-100", "package_version": 1}
    before = {**before, "licences": {"included": 10, "extra": 0}, "interval": "month", "yearly_minor": 0}
    after = {**before, "package": "brl-250", "monthly_minor": 850_00}
    assert (quote["before"], quote["now"], quote["after"]) == (
        {**before, "monthly_minor": 700_00},
        after,
        after,
    )
    assert (quote["state"], quote["today_minor"], quote["credit_minor"]) == ("quoted", 150_00, 0)
    [line] = quote["lines"]
    assert (line["kind"], line["amount_minor"]) == ("package_raise", 150_00)
    assert line["explanation"] == "R$250.00 − R$100.00 = R$150.00"
    assert (line["calculation"]["fee_minor"], line["calculation"]["before_minor"]) == (250_00, 100_00)
    assert (quote["begins_at"], quote["accepted_at"]) == (None, None)

    answer = sol.post(accept, once="raise-1")

    assert answer.status_code == 200
    said = answer.json()
    assert said["payment"] == {"id": said["payment"]["id"], "state": "paid", "confirm_url": None}
    moved = {name: said["change"].pop(name) for name in ("state", "accepted_at", "ended_at")}
    assert moved["state"] == "applied"
    assert said["change"].items() <= quote.items()  # what was quoted is what happened
    assert gateway.calls[-1].amount.minor == 150_00
    assert padaria.contract.package_code == "brl-250"
    assert balance(padaria).sending_state is SendingState.OK  # 199.65 of 250.00 are 79.86 %: no warning yet
    [changed] = sol.get("/events", name="contract.terms_changed").json()["items"]
    assert changed["actor"].startswith("key:abk_")
    assert (changed["before"], changed["after"]) == (
        {"plan": "specialist v1", "package": "brl-100 v1", "extra_licences": 0},
        {"plan": "specialist v1", "package": "brl-250 v1", "extra_licences": 0},
    )
    [signed] = sol.get("/events", name="contract.signed").json()["items"]
    assert (signed["after"]["plan"], signed["after"]["package"]) == ("specialist v1", "brl-100 v1")
    listed = sol.get(f"/contracts/{contract_id(padaria)}/changes").json()["items"]
    assert [one["id"] for one in listed] == [quote["id"]]


@pytest.mark.rule("CAT-10", part="month to year")
def test_a_year_is_quoted_and_begins_with_the_next_cycle(sol: Program, padaria: Tenant) -> None:
    sell_by_the_year(now=clock.now())
    quote = sol.get(quoted(sol, padaria, interval="year").removesuffix("/accept")).json()
    prices = [(quote[one]["monthly_minor"], quote[one]["yearly_minor"]) for one in ("before", "now", "after")]
    assert prices == [(700_00, 0), (700_00, 0), (100_00, 6_000_00)]
    assert (
        quote["plan_begins_at"]
        == quote["begins_at"]
        == sol.get(f"/contracts/{contract_id(padaria)}").json()["cycle"]["end"]
    )
    asked = {"interval": "week"}
    assert sol.post(f"/contracts/{contract_id(padaria)}/changes", asked, once="week").status_code == 422


@pytest.mark.rule("LIC-6", part="bought pro rata")
@pytest.mark.rule("CHG-10", part="the same sentence")
def test_extra_licences_are_bought_and_shown_beside_those_of_the_plan(
    sol: Program, padaria: Tenant, gateway: FakeGateway
) -> None:
    path = f"/contracts/{contract_id(padaria)}"
    assert sol.post(f"{path}/changes", {"licences": 100_001}, once="many").status_code == 422
    assert sol.post(f"{path}/changes", {"licences": -1}, once="less").status_code == 422
    accept = quoted(sol, padaria, licences=3)
    quote = sol.get(accept.removesuffix("/accept")).json()
    [line] = quote["lines"]
    how = line["calculation"]
    assert (line["kind"], how["quantity"], how["fee_minor"]) == ("extra_licences", 3, 215_00)
    assert line["explanation"].startswith(
        f"Specialist, {how['days']} of {how['of']} days: 3 × R$215.00 × {how['days']}/{how['of']} = "
    )
    assert (quote["before"]["licences"], quote["now"]["licences"]) == (
        {"included": 10, "extra": 0},
        {"included": 10, "extra": 3},
    )
    assert sol.get(path).json()["licences"] == {"included": 10, "extra": 0}

    sol.post(accept, once="buy")

    assert sol.get(path).json()["licences"] == {"included": 10, "extra": 3}
    then = sol.get(f"{path}/as-of", at=clock.now().isoformat()).json()["licences"]
    assert (then["included"], then["extra"], then["since"]["begins_at"] is None) == (10, 3, False)
    [changed] = sol.get("/events", name="contract.terms_changed").json()["items"]
    assert (changed["before"]["extra_licences"], changed["after"]["extra_licences"]) == (0, 3)


@pytest.mark.rule("CHG-10", part="calculation as data")
@pytest.mark.rule("CHG-10", part="the same sentence")
def test_a_step_up_of_the_plan_says_how_each_line_came_about(
    sol: Program, padaria: Tenant, gateway: FakeGateway
) -> None:
    accept = quoted(sol, padaria, plan="professional")
    lines = sol.get(accept.removesuffix("/accept")).json()["lines"]
    sol.post(accept, once="up")
    [invoice] = [one for one in sol.get("/invoices").json()["items"] if one["reason"] == "change"]
    billed = sol.get(f"/invoices/{invoice['id']}").json()["lines"]
    for quoted_line, line, fee in zip(lines, billed, (-600_00, 3_900_00), strict=True):
        how = line["calculation"]
        assert (how["fee_minor"], quoted_line["calculation"]) == (fee, how)
        share = abs(fee) * how["days"] / how["of"]
        assert abs(line["amount_minor"]) == int(share + 0.5)
        assert line["explanation"] == quoted_line["explanation"]
        assert f"{how['days']} of {how['of']} days" in line["explanation"]


@pytest.mark.rule("CHG-1", "API-3")
@pytest.mark.rule("CHG-1", part="quote_stale")
def test_a_quote_that_is_not_true_any_more_names_a_new_one(
    sol: Program, padaria: Tenant, gateway: FakeGateway
) -> None:
    first = quoted(sol, padaria, package="brl-500")
    sol.post(quoted(sol, padaria), once="other")
    answer = sol.post(first, once="stale")
    told = answer.json()
    assert (answer.status_code, told["code"]) == (409, "contracts.quote_stale")
    assert (told["today_minor"], told["difference_minor"], told["currency"]) == (250_00, -150_00, "BRL")
    assert sorted(gateway.book.values()) == [150_00, 1_349_00]
    assert sol.post(f"/changes/{told['quote']}/accept", once="anew").status_code == 200
    assert padaria.contract.package_code == "brl-500"


@pytest.mark.rule("CHG-3", part="withdrawn")
def test_a_step_down_is_scheduled_and_withdrawn(sol: Program, padaria: Tenant) -> None:
    accept = quoted(sol, padaria, plan="starter")
    told = sol.post(accept, once="down").json()
    assert (told["payment"], told["change"]["state"]) == (None, "scheduled")
    assert told["change"]["begins_at"] is not None
    path = accept.replace("/accept", "/withdraw")
    for once in ("back", "again"):
        answer = sol.post(path, once=once)
        assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")
    done = sol.post(quoted(sol, padaria), once="raise").json()["change"]["id"]
    refused = sol.post(f"/changes/{done}/withdraw", once="late")
    assert (refused.status_code, refused.json()["code"]) == (409, "contracts.change_not_withdrawable")


@pytest.mark.rule("ACC-2", part="every route, every id")
def test_a_change_of_another_customer_does_not_exist(sol: Program, padaria: Tenant, luna: Tenant) -> None:
    accept = quoted(sol, padaria)
    theirs = program(luna.customer_id)
    change = accept.removesuffix("/accept")
    for answer in (
        theirs.get(change),
        theirs.post(accept, once="a"),
        theirs.post(f"{change}/withdraw", once="w"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "contracts.change_not_found")


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
    assert raise_it(sol, padaria).status_code == 200


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
    again = sol.post(f"/contracts/{contract_id(padaria)}/changes", {"package": "brl-500"}, once="raise-2")
    assert (again.status_code, again.json()["code"]) == (409, "payments.under_way")
    assert len(gateway.book) == 2


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ({"package": "brl-100"}, 422, "contracts.nothing_changes"),
        ({}, 422, "contracts.nothing_changes"),
        ({"package": "usd-400"}, 422, "contracts.currency_mismatch"),
        ({"package": "brl-7"}, 409, "catalog.package_not_on_sale"),
        ({"plan": "platinum"}, 409, "catalog.plan_not_on_sale"),
        ({"plan": "enterprise"}, 409, "catalog.plan_not_on_sale"),
    ],
)
def test_what_cannot_be_is_refused(
    sol: Program, padaria: Tenant, gateway: FakeGateway, wanted: dict[str, str], status: int, code: str
) -> None:
    charged = len(gateway.calls)
    answer = sol.post(f"/contracts/{contract_id(padaria)}/changes", wanted, once="one")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert len(gateway.calls) == charged
