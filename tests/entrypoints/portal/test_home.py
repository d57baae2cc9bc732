"""Home: the card of the active plan, and the ways out when sending is blocked (SEE-4, LIM-4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.invoicing import queries as invoices
from abono.domain.metering import queries as metering
from abono.domain.metering.rules import SendingState
from abono.domain.notices.kinds import KINDS
from abono.domain.notices.types import Audience
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import WARN_LEVELS
from abono.domain.settings.trials import TRIAL_DAYS
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.kernel.periods import last_date
from abono.platform import clock, formats
from tests.entrypoints.portal.acts import FULL, block, end, restrict
from tests.entrypoints.portal.reading import menu, pays, signed_in, words
from tests.work import renew_due
from tests.world import DAY, HOUR, bigger, hold, join_ana, make_padaria, settle, sign, use


@pytest.mark.rule("SEE-4", part="package")
@pytest.mark.rule("SEE-4", part="interactions")
@pytest.mark.rule("SEE-4", part="end of cycle")
@pytest.mark.rule("SEE-4", part="sending state")
def test_the_card_shows_package_interactions_licences_end_of_cycle_and_sending_state(ana, padaria, signed_at):
    use(padaria.contract_id, 100, at=signed_at + HOUR)  # 100 × 0.55 = 55.00
    hold(padaria.contract_id, count=2, at=signed_at + HOUR)  # 2 × 0.55 = 1.10, not confirmed
    page = words(ana.get("/en/home/"))
    assert "Specialist with channel package R$100" in page
    assert "Left of the package R$43.90 of R$100.00" in page  # 100.00 − 55.00 − 1.10
    assert "R$55.00 of R$100.00 used, R$1.10 set aside" in page
    assert "0 of 500 used" in page
    assert "Licences 0 in use, of 10 owned" in page
    end = padaria.contract.cycle_end
    assert f"End of the cycle {formats.short_day(last_date(end, 'America/Sao_Paulo'), 'en')}" in page
    assert "Sending open" in page
    assert padaria.contract.number in page


@pytest.mark.rule("CAT-12", part="which functions")
def test_home_contract_and_back_office_name_the_functions_that_the_contract_has(ana, olga, bruno, padaria):
    """Of Specialist those of Starter and its own; nothing of the bigger plans."""
    office = f"/en/back-office/contracts/{padaria.contract.public_id}/"
    for who, page in (
        (ana, "/en/home/"),
        (bruno, "/en/home/"),
        (ana, "/en/settings/contracts/"),
        (olga, office),
    ):
        said = words(who.get(page))
        assert "10 functions One inbox for all channels Contact book" in said, page
        assert "Chatbot with artificial intelligence" not in said, page


@pytest.mark.rule("SEE-4")
def test_the_card_says_what_happens_at_the_next_mark(ana, padaria, signed_at):
    assert "At R$80.00 (80%) administrators and the financial contact get a notice." in words(
        ana.get("/en/home/")
    )
    use(padaria.contract_id, 150, at=signed_at + HOUR)  # 82.50
    assert "Beyond R$100.00 sending goes on at the same prices, up to R$200.00" in words(ana.get("/en/home/"))
    use(padaria.contract_id, 50, at=signed_at + HOUR)  # 110.00
    page = words(ana.get("/en/home/"))
    assert "Beyond the package R$10.00 on the next invoice" in page
    assert "Open, beyond the package" in page


@pytest.mark.rule("LIM-3", part="levels: other")
def test_a_notice_is_promised_only_where_somebody_gets_one(ana, padaria, signed_at):
    use(padaria.contract_id, 10, at=signed_at + HOUR)
    assert "80%" in ana.get("/en/usage/").content.decode()
    ana.post("/en/notices/choose/", everything_but("package_80", "financial_contact"))
    assert "At R$80.00 (80%) administrators get a notice." in words(ana.get("/en/home/"))
    set_value(setting=WARN_LEVELS, value="package_100", actor="person:olga", why="fewer mails", now=signed_at)
    page = words(ana.get("/en/home/"))
    assert "get a notice" not in page
    assert "Beyond R$100.00 sending goes on at the same prices, up to R$200.00" in page
    usage = ana.get("/en/usage/").content.decode()
    assert "80%" not in usage
    assert "90% of the limit" not in usage
    assert "Package R$100.00" in usage


def everything_but(kind: str, who: str) -> dict[str, list[str]]:
    """All boxes of "Who is told" but one."""
    all_of = {name: [one.value for one in Audience] for name in KINDS}
    return all_of | {kind: [one for one in all_of[kind] if one != who]}


@pytest.mark.rule("SEE-4")
def test_amounts_are_written_as_the_language_writes_them(ana, padaria, signed_at):
    use(padaria.contract_id, 100, at=signed_at + HOUR)
    for language, amount in (("es", "R$ 45,00"), ("pt-br", "R$ 45,00"), ("en", "R$45.00")):
        assert amount in words(ana.get(f"/{language}/home/"))


@pytest.mark.rule("LIM-4", "PAY-1")
def test_paying_the_overage_so_far_opens_sending_at_that_moment(ana, padaria, signed_at, gateway):
    block(padaria, signed_at + HOUR)
    page = words(ana.get("/en/home/"))
    assert "Sending is blocked since" in page
    assert "Pay the overage so far, R$99.65" in page  # 199.65 − 100.00
    assert "Raise the package" in page

    [interim] = invoices.pending(customer_id=padaria.customer_id)
    confirm = ana.get(f"/en/settings/financial/{interim.public_id}/pay/")
    assert "Pay R$99.65 now" in words(confirm)
    paid = ana.get(pays(ana, f"/en/settings/financial/{interim.public_id}/pay/")["Location"])
    assert "R$99.65 paid. Sending is open again." in words(paid)
    assert gateway.calls[-1].amount.minor == 9_965
    _ids, [again] = hold(padaria.contract_id, at=clock.now())
    assert again.status.granted
    page = words(ana.get("/en/home/"))
    assert "Sending is blocked" not in page
    assert "All that is beyond the package is billed already. At R$" in page

    use(padaria.contract_id, 1, at=clock.now())
    page = words(ana.get("/en/home/"))
    assert (
        "R$99.65 of what is beyond the package is billed already, R$0.55 will be on the next invoice." in page
    )


@pytest.mark.rule("LIM-4")
def test_overage_that_was_paid_before_the_raise_is_said_to_be_paid_in_advance(
    ana, padaria, signed_at, gateway
):
    """99.65 paid; then 250.00 of package and 120 × 0.53 more: 263.25 − 250.00 = 13.25 beyond it, 86.40 in advance."""
    block(padaria, signed_at + HOUR)
    [interim] = invoices.pending(customer_id=padaria.customer_id)
    pays(ana, f"/en/settings/financial/{interim.public_id}/pay/")
    bigger(padaria, now=clock.now())
    use(padaria.contract_id, 120, at=clock.now())
    page = words(ana.get("/en/home/"))
    assert "Beyond the package R$13.25" in page
    assert "All that is beyond the package is billed already, and R$86.40 more are paid in advance." in page


@pytest.mark.rule("LIM-4")
def test_overage_that_is_on_no_invoice_yet_is_issued_by_the_button(ana, padaria, signed_at):
    ids, _answers = hold(padaria.contract_id, count=FULL + 1, at=signed_at + HOUR)
    tell_thresholds()  # all is still on hold: there is nothing to bill at the block
    assert "This opens sending at once:" in words(ana.get("/en/home/"))
    refused = ana.post("/en/settings/contracts/overage/")
    assert refused.status_code == 409
    assert "There is no overage to pay yet" in words(refused)
    assert invoices.pending(customer_id=padaria.customer_id) == []

    settle(padaria.contract_id, ids[:FULL], at=signed_at + 2 * HOUR)
    assert "Pay the overage so far, R$99.65" in words(ana.get("/en/home/"))
    issued = ana.post("/en/settings/contracts/overage/")
    [interim] = invoices.pending(customer_id=padaria.customer_id)
    assert issued["Location"] == f"/en/settings/financial/{interim.public_id}/pay/"
    assert interim.total_minor == 9_965
    ana.post("/en/settings/contracts/overage/")  # a second press finds the same invoice
    assert len(invoices.pending(customer_id=padaria.customer_id)) == 1


@pytest.mark.rule("LIM-4")
def test_a_viewer_reads_who_can_open_sending(bruno, padaria, signed_at):
    block(padaria, signed_at + HOUR)
    page = words(bruno.get("/en/home/"))
    assert "by paying the overage so far or by raising the package: Ana Souza." in page
    assert "Pay the overage so far," not in page
    assert "See the contract" not in page


@pytest.mark.rule("LIM-4")
def test_a_plan_without_overage_leaves_one_way_out(signed_at):
    padaria = make_padaria(plan="starter", now=signed_at)
    use(padaria.contract_id, 182, at=signed_at + HOUR)  # the 182nd would be 100.10
    page = words(signed_in("ana@padaria.example").get("/en/home/"))
    assert "This opens sending at once: Raise the package" in page
    assert "Pay the overage" not in page


def test_what_waits_to_be_paid_has_a_way_to_pay(signed_at, gateway):
    padaria = make_padaria(card="renewals-fail", now=signed_at - 30 * DAY)
    renew_due(now=clock.now(), customer_id=padaria.customer_id)
    page = signed_in("ana@padaria.example").get("/en/home/")
    [renewal] = invoices.pending(customer_id=padaria.customer_id)
    assert f"{renewal.title} Monthly invoice Pending" in words(page)
    assert f"/en/settings/financial/{renewal.public_id}/pay/" in page.content.decode()
    viewer = signed_in("bruno@padaria.example").get("/en/home/")
    assert f"/en/settings/financial/{renewal.public_id}/pay/" not in viewer.content.decode()


@pytest.mark.rule("CON-4")
def test_a_payment_being_confirmed_is_said_so(signed_at):
    signed = sign(card="lost", now=signed_at)
    join_ana(signed)
    page = words(signed_in("ana@padaria.example").get("/en/home/"))
    assert "Your payment is being confirmed." in page
    assert "you will not be charged twice" in page
    assert "First charge R$1,349.00" in page  # 600 + 100 + 649


@pytest.mark.rule("SEE-3")
def test_without_a_contract_in_force_the_next_step_is_offered(ana, bruno, padaria):
    end(padaria)
    assert "There is no contract in force. Choose a plan" in words(ana.get("/en/home/"))
    assert "An Administrator of your organization can make one." in words(bruno.get("/en/home/"))


def test_the_menu_counts_unread_notices(ana, carla, padaria):
    assert "2 unread" in menu(ana.get("/en/home/"))  # contract active, payment received
    assert "unread" not in menu(carla.get("/en/notices/"))


@pytest.mark.rule("TIM-2")
def test_home_follows_the_sandboxs_own_clock(signed_at):
    padaria = make_padaria(now=signed_at, sandbox=True)
    ana = signed_in("ana@padaria.example")
    to = padaria.contract.cycle_end - timedelta(hours=1)
    ana.post("/en/settings/contracts/clock/", {"to": to.isoformat()})
    assert "1 day left" in words(ana.get("/en/home/"))
    assert metering.balance(contract_id=padaria.contract_id, at=to).sending_state is SendingState.OK


@pytest.mark.rule("INV-10", part="trial: other")
def test_while_a_trial_lasts_its_last_day_is_called_so(db, gateway):
    set_value(setting=TRIAL_DAYS, value=14, actor="olga", why="to be tried", now=clock.now() - HOUR)
    join_ana(sign(now=clock.now()))
    home = words(signed_in("ana@padaria.example").get("/en/home/"))
    assert "Last day of the trial" in home
    assert "End of the cycle" not in home


def test_of_a_restricted_contract_no_page_says_that_sending_is_open(ana, olga, padaria):
    restrict(padaria)
    office = f"/en/back-office/contracts/{padaria.contract.public_id}/"
    pages = ["/en/home/", "/en/usage/", "/en/settings/contracts/"]
    said = [words(ana.get(page)) for page in pages]
    assert ["Sending closed" in one for one in said] == [True] * len(pages)
    assert not [one for one in [*said, words(olga.get(office))] if "Sending open" in one]
