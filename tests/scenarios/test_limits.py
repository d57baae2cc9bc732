"""A package that warns, blocks, and is released by a payment or by raising it."""

from __future__ import annotations

import pytest

from abono.domain.contracts import changes
from abono.domain.contracts.errors import NoSuchChange, NoSuchContract, NothingChanges, QuoteStale
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import NothingToPay
from abono.domain.invoicing.models import Invoice
from abono.domain.metering import queries as metering
from abono.domain.metering.rules import SendingState
from abono.domain.metering.types import HoldStatus
from abono.domain.notices.models import Email, Notice
from abono.domain.payments.errors import CardDeclined
from abono.flows.changes.ask import make_quote
from abono.flows.collecting.charge import charge_invoice
from abono.flows.limits.interim import issue_interim
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.flows.quotes.kept import quote_of
from abono.flows.wallet import save_card
from tests.scenarios.test_cycles import JULY_1, lines_of
from tests.work import renew_due
from tests.world import (
    DAY,
    HOUR,
    JUNE_1,
    accept,
    bigger,
    hold,
    make_luna,
    make_padaria,
    moment,
    quote,
    use,
)

LATER = JUNE_1 + 2 * DAY
# 363 sends at 0.55 are 199.65 of 200.00: the next one does not fit.
FULL = 363


def block(padaria):
    answers = use(padaria.contract_id, FULL + 1)
    assert [a.status for a in answers].count(HoldStatus.HELD) == FULL
    assert answers[-1].status is HoldStatus.BLOCKED


def state_of(padaria, at=LATER):
    return metering.balance(contract_id=padaria.contract_id, at=at)


@pytest.mark.rule("PKG-6")
@pytest.mark.rule("LIM-1", part="past the package to the limit")
@pytest.mark.rule("LIM-2", part="blocked")
@pytest.mark.rule("LIM-2", part="refused, nothing drawn")
@pytest.mark.rule("LIM-2", part="free replies go on")
def test_sending_goes_on_to_the_limit_and_no_further():
    padaria = make_padaria()
    block(padaria)
    balance = state_of(padaria)
    assert balance.sending_state is SendingState.BLOCKED
    assert balance.used_micro == FULL * 550_000
    # An e-mail would still fit into the 0.35 that are left, but sending is blocked as a whole.
    _ids, [cheap] = hold(padaria.contract_id, channel="sms", kind="message", at=LATER)
    assert cheap.status is HoldStatus.BLOCKED
    # What costs nothing goes on.
    _ids, [free] = hold(padaria.contract_id, channel="webchat", kind="message", country="*", at=LATER)
    assert free.status is HoldStatus.HELD


@pytest.mark.rule("NOT-1", part="thresholds and block")
@pytest.mark.rule("LIM-3", part="each once per cycle")
@pytest.mark.rule("LIM-3", part="by e-mail to whom")
@pytest.mark.rule("LIM-3", part="levels: default")
def test_each_level_is_told_once_to_the_right_people():
    padaria = make_padaria()
    block(padaria)
    assert tell_thresholds() == 4
    assert tell_thresholds() == 0
    kinds = ["package_80", "package_100", "limit_90", "sending_blocked"]
    for kind in kinds:
        notice = Notice.objects.get(customer_id=padaria.customer_id, kind=kind)
        assert sorted(Email.objects.filter(notice=notice).values_list("to_email", flat=True)) == [
            "ana@padaria.example",
            "financeiro@padaria.example",
        ]


@pytest.mark.rule("LIM-4", part="interim at the block")
@pytest.mark.rule("LIM-4", part="one more limit")
@pytest.mark.rule("LIM-4", part="resumes at that moment")
@pytest.mark.rule("PAY-1", part="blocked sending")
def test_paying_the_interim_invoice_releases_sending_at_that_moment(gateway):
    padaria = make_padaria()
    block(padaria)
    tell_thresholds()

    interim = invoices.list_for_customer(padaria.customer_id)[0]
    assert lines_of(interim) == [("overage", 1, 99_65)]  # 199.65 used, 100.00 in the package
    paid = charge_invoice(
        invoice_id=interim.id,
        customer_id=padaria.customer_id,
        method_id=None,
        off_session=False,
        actor="ana",
        moment=moment(LATER),
    )
    assert paid.paid
    balance = state_of(padaria)
    assert balance.sending_state is SendingState.OVERAGE
    assert balance.ceiling_micro == 300_000_000  # one more limit of 100.00
    assert use(padaria.contract_id, 1, at=LATER)[0].status is HoldStatus.HELD

    # The next invoice bills only what came after: 364 × 0.55 = 200.20; less 100.00, less 99.65.
    renew_due(now=JULY_1)
    assert lines_of(invoices.list_for_customer(padaria.customer_id)[0])[2] == ("overage", 1, 55)


@pytest.mark.rule("LIM-4")
def test_a_second_press_finds_the_interim_invoice_that_waits():
    padaria = make_padaria()
    block(padaria)
    args = {"contract_id": padaria.contract_id, "customer_id": padaria.customer_id, "actor": "ana"}
    assert issue_interim(**args, now=LATER) == issue_interim(**args, now=LATER)
    assert Invoice.objects.filter(reason="interim").count() == 1


@pytest.mark.rule("LIM-4")
def test_there_is_no_interim_invoice_without_overage():
    padaria = make_padaria()
    with pytest.raises(NothingToPay):
        issue_interim(
            contract_id=padaria.contract_id, customer_id=padaria.customer_id, actor="ana", now=LATER
        )
    assert Invoice.objects.count() == 1


@pytest.mark.rule("PKG-8")
@pytest.mark.rule("CHG-5", part="difference charged and available")
@pytest.mark.rule("CHG-5", part="use stays")
@pytest.mark.rule("CHG-5", part="new prices")
@pytest.mark.rule("LIM-4", part="raise")
@pytest.mark.rule("LIM-4", part="resumes at that moment")
def test_raising_the_package_releases_sending_at_that_moment(gateway):
    padaria = make_padaria()
    block(padaria)
    seen = quote_of(changes.get(quote(padaria, package="brl-250", now=LATER)))
    assert (seen.today.minor, seen.after.package.value_minor) == (150_00, 250_00)

    assert bigger(padaria, now=LATER).paid

    balance = state_of(padaria)
    assert balance.sending_state is SendingState.OK
    assert balance.value_micro == 250_000_000
    assert balance.used_micro == FULL * 550_000  # use so far stays, at its old price
    assert use(padaria.contract_id, 1, at=LATER)[0].price_micro == 530_000  # new sends: the new price
    assert padaria.contract.package_code == "brl-250"
    upcoming = state_of(padaria, at=JULY_1)
    assert upcoming.value_micro == 250_000_000
    renew_due(now=JULY_1)
    assert invoices.list_for_customer(padaria.customer_id)[0].total_minor == 600_00 + 250_00


@pytest.mark.rule("LIM-3", part="again after a raise")
def test_warnings_begin_again_after_the_package_was_raised():
    padaria = make_padaria()
    use(padaria.contract_id, 150)  # 82.50 of 100.00
    assert tell_thresholds() == 1
    bigger(padaria, now=LATER)
    use(padaria.contract_id, 250, at=LATER)  # and 132.50: 215.00 of 250.00
    assert tell_thresholds() == 1
    assert Notice.objects.filter(kind="package_80").count() == 2


@pytest.mark.rule("LIM-4")
def test_a_raise_that_is_not_paid_changes_nothing(gateway):
    padaria = make_padaria()
    block(padaria)
    save_card(customer_id=padaria.customer_id, frame_ref="decline:online", use=True, actor="ana", now=LATER)
    with pytest.raises(CardDeclined):
        bigger(padaria, now=LATER)
    assert padaria.contract.package_code == "brl-100"
    assert state_of(padaria).sending_state is SendingState.BLOCKED
    assert sum(gateway.book.values()) == 1_349_00


@pytest.mark.rule("CHG-1")
def test_a_raise_that_costs_something_else_than_was_accepted_changes_nothing(gateway):
    padaria = make_padaria()
    in_another_tab = quote(padaria, package="brl-500", now=LATER)  # 400.00
    bigger(padaria, now=LATER)  # 150.00
    before = (padaria.contract, state_of(padaria), Invoice.objects.count(), dict(gateway.book))
    with pytest.raises(QuoteStale) as refused:
        accept(padaria, in_another_tab, now=LATER)
    assert (refused.value.facts["today_minor"], refused.value.facts["difference_minor"]) == (250_00, -150_00)
    assert (padaria.contract, state_of(padaria), Invoice.objects.count(), dict(gateway.book)) == before
    assert bigger(padaria, "brl-500", now=LATER).paid
    assert sum(gateway.book.values()) == 1_349_00 + 150_00 + 250_00


@pytest.mark.rule("LIM-4")
def test_the_same_package_or_a_strangers_contract_is_refused(gateway):
    padaria, luna = make_padaria(package="brl-250"), make_luna()
    before = (padaria.contract, state_of(padaria), Invoice.objects.count(), dict(gateway.book))
    with pytest.raises(NothingChanges):
        quote(padaria, package="brl-250", now=LATER)
    with pytest.raises(NoSuchContract):
        make_quote(
            contract_id=padaria.contract_id,
            customer_id=luna.customer_id,
            plan_code="specialist",
            package_code="brl-500",
            actor="diego",
            moment=moment(LATER),
        )
    with pytest.raises(NoSuchChange):
        accept(luna, quote(padaria, package="brl-500", now=LATER), now=LATER)
    assert (padaria.contract, state_of(padaria), Invoice.objects.count(), dict(gateway.book)) == before


@pytest.mark.rule("LIM-2")
@pytest.mark.rule("LIM-1", part="Starter")
def test_the_starter_plan_has_no_overage_at_all():
    padaria = make_padaria(plan="starter")
    answers = use(padaria.contract_id, 182)  # 181 × 0.55 = 99.55
    assert [a.status for a in answers].count(HoldStatus.HELD) == 181
    assert state_of(padaria).ceiling_micro == 100_000_000


@pytest.mark.rule("PKG-2")
def test_channels_can_be_changed_freely_inside_a_cycle():
    padaria = make_padaria()
    use(padaria.contract_id, 10, at=JUNE_1 + HOUR)  # 5.50
    use(padaria.contract_id, 10, channel="sms", kind="message", at=JUNE_1 + HOUR)  # 1.00
    assert state_of(padaria).used_micro == 6_500_000
