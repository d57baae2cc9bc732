"""From the price page's choice to an active contract, with every kind of answer of a gateway."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from abono.domain.catalog.errors import PackageNotOnSale, PlanNotOnSale
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import CurrencyMismatch
from abono.domain.contracts.models import Acceptance, Contract, Move
from abono.domain.contracts.states import State
from abono.domain.customers.errors import InvalidTaxId
from abono.domain.customers.models import Customer
from abono.domain.identity import actions as identity
from abono.domain.identity import invitations, staff
from abono.domain.identity import queries as people
from abono.domain.identity.errors import NoSuchInvitation, WorksForTheSeller
from abono.domain.identity.models import Invitation, Membership, Person
from abono.domain.identity.roles import Role
from abono.domain.identity.types import Profile
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import Invoice
from abono.domain.metering import queries as metering
from abono.domain.notices.models import Email, Notice
from abono.domain.payments.errors import CardDeclined
from abono.domain.payments.models import Attempt, PaymentMethod
from abono.domain.payments.ports.port import ChargeReply, Outcome
from abono.flows.collecting.hear import hear
from abono.flows.signup.quote import quote
from abono.flows.signup.sign import Administrator
from abono.flows.signup.terms import fingerprint
from abono.kernel.money import Money
from abono.platform import clock
from abono.platform.models import Event, PersonalValues
from tests.books import check_books
from tests.work import ask_gateways
from tests.world import (
    ANA,
    DAY,
    HOUR,
    JUNE_1,
    LUNA,
    PADARIA,
    begin_signup,
    make_olga,
    moment,
    set_passwords,
    sign,
)


@pytest.mark.rule("CON-1", part="same currency")
@pytest.mark.rule("CON-1", part="neither alone")
def test_a_contract_is_one_plan_and_one_package_in_one_currency():
    with pytest.raises(CurrencyMismatch):
        quote(plan_code="specialist", package_code="brl-100", currency="USD", now=JUNE_1)
    with pytest.raises(PackageNotOnSale):
        quote(plan_code="specialist", package_code="", currency="BRL", now=JUNE_1)
    with pytest.raises(PlanNotOnSale):
        quote(plan_code="", package_code="brl-100", currency="BRL", now=JUNE_1)


@pytest.mark.rule("INV-1", part="activation fee")
@pytest.mark.rule("CON-2", part="first charge line by line")
@pytest.mark.rule("CON-2", part="what comes every month")
def test_the_first_charge_is_said_line_by_line_and_so_is_the_monthly_one():
    offer = quote(plan_code="specialist", package_code="brl-100", currency="BRL", now=JUNE_1)
    # 600.00 for the plan + 100.00 for the package + 649.00 to activate, once.
    assert [(line.kind.value, line.amount.minor) for line in offer.first] == [
        ("plan", 600_00),
        ("package", 100_00),
        ("activation", 649_00),
    ]
    assert offer.first_total.minor == 1_349_00
    assert offer.monthly_total.minor == 700_00


@pytest.mark.rule("CON-1", part="one plan and one package")
@pytest.mark.rule("CON-3", part="active in the same answer")
@pytest.mark.rule("CON-3", part="with its allowances")
@pytest.mark.rule("CON-2", part="pay")
@pytest.mark.rule("PAY-1", part="new contract")
def test_a_paid_card_releases_the_service_at_once(gateway):
    signed = sign()

    assert signed.active
    contract = contracts.get(signed.contract_id)
    assert contract.state is State.ACTIVE
    assert contract.adhesion_date == date(2026, 6, 1)
    balance = metering.balance(contract_id=contract.id, at=JUNE_1)
    assert balance.value_micro == 100_000_000
    assert balance.ceiling_micro == 200_000_000  # 100 % of the package again
    assert balance.included_interactions == 500
    [invoice] = invoices.list_for_customer(signed.customer_id)
    assert (invoice.title, invoice.state.value, invoice.total_minor) == ("A-000001", "paid", 1_349_00)
    assert sum(gateway.book.values()) == 1_349_00


@pytest.mark.rule("CON-2", part="terms kept")
def test_who_accepted_which_terms_is_kept():
    signed = sign()
    kept = Acceptance.objects.get(contract_id=signed.contract_id)
    assert (kept.person_email, str(kept.address)) == ("ana@padaria.example", "203.0.113.7")
    assert kept.terms_hash == fingerprint("pt-br")
    assert kept.accepted_at == JUNE_1


@pytest.mark.rule("CON-5", part="unique")
def test_each_contract_has_a_number_of_its_own():
    first, second = sign(), sign()
    numbers = [contracts.get(signed.contract_id).number for signed in (first, second)]
    assert numbers[0].startswith("2026-000001-")
    assert numbers[1].startswith("2026-000002-")


@pytest.mark.rule("TIM-5")
@pytest.mark.rule("CON-5", part="year, sequence, check digit")
def test_the_year_of_the_number_is_the_customers_own():
    still_2026 = datetime(2027, 1, 1, 1, 30, tzinfo=UTC)  # half past ten at night in São Paulo
    contract = contracts.get(sign(now=still_2026).contract_id)
    assert contract.number.startswith("2026-000001-")
    assert contract.adhesion_date == date(2026, 12, 31)


@pytest.mark.rule("CON-7", part="several contracts")
def test_one_tax_id_can_have_several_contracts_each_of_its_own_organization():
    first, second = sign(), sign()
    assert first.customer_id != second.customer_id
    assert {c.tax_id for c in Customer.objects.all()} == {"11222333000181"}
    assert len(contracts.list_for_customer(first.customer_id)) == 1


def nothing_is_left() -> bool:
    """Of a try: no organization, person, membership, contract, invoice, card, charge, mail or personal fact."""
    left = (Customer, Person, Membership, Invitation, Contract, Acceptance, Invoice, PaymentMethod, Attempt)
    personal = PersonalValues.objects.filter(after__isnull=False)
    return not any(kind.objects.exists() for kind in (*left, Notice, Email)) and not personal.exists()


@pytest.mark.rule("WAL-6")
@pytest.mark.rule("CON-4", part="nothing active")
@pytest.mark.rule("CON-4", part="help")
@pytest.mark.rule("CON-9", part="a declined try leaves nothing")
@pytest.mark.rule("CON-9", part="goes on with the same order")
def test_a_declined_first_charge_activates_nothing_and_another_card_goes_on_from_there(gateway):
    signup_id = begin_signup()
    with pytest.raises(CardDeclined) as declined:
        sign(signup_id=signup_id, card="decline:balance")

    assert declined.value.hint == "balance"
    assert nothing_is_left()
    assert gateway.book == {}

    signed = sign(signup_id=signup_id, card="ok")

    assert signed.active
    assert Contract.objects.count() == Customer.objects.count() == 1
    assert list(gateway.book.values()) == [1_349_00]
    assert PaymentMethod.objects.get(in_use=True).token.startswith("ok")


@pytest.mark.rule("WAL-3", part="verified before it is saved")
def test_a_card_that_fails_its_verification_leaves_no_trace_at_all():
    with pytest.raises(CardDeclined):
        sign(card="refuse:cvv")
    assert not Customer.objects.exists()
    assert not Contract.objects.exists()


@pytest.mark.rule("CON-4", part="active when known")
@pytest.mark.rule("CON-4", part="never a second charge")
@pytest.mark.rule("PAY-7", part="asked until known")
@pytest.mark.rule("PAY-7", part="never repeated blindly")
def test_an_unclear_answer_leaves_the_contract_pending_until_the_gateway_is_asked(gateway):
    signup_id = begin_signup()
    signed = sign(signup_id=signup_id, card="lost")
    assert not signed.active
    assert contracts.get(signed.contract_id).state is State.PENDING

    again = sign(signup_id=signup_id, card="lost")  # the person presses once more
    assert (again.contract_id, again.active) == (signed.contract_id, False)
    assert len(gateway.calls) == 1

    assert ask_gateways(real=clock.now() + HOUR) == 1
    assert contracts.get(signed.contract_id).state is State.ACTIVE
    assert list(gateway.book.values()) == [1_349_00]
    assert ask_gateways(real=clock.now() + DAY) == 0


@pytest.mark.rule("PAY-7", part="asked until known")
def test_a_charge_that_never_arrived_is_given_up_only_when_it_cannot_be_on_its_way(gateway):
    signup_id = begin_signup()
    sign(signup_id=signup_id, card="vanish")

    ask_gateways(real=clock.now() + DAY / 1440 * 1)  # a minute later it may still arrive
    assert Attempt.objects.get().state == "unknown"
    ask_gateways(real=clock.now() + HOUR)
    assert Attempt.objects.get().state == "lost"

    assert sign(signup_id=signup_id, card="ok").active
    assert list(gateway.book.values()) == [1_349_00]


@pytest.mark.rule("CON-4")
def test_pressing_the_button_again_after_success_finds_the_same_contract(gateway):
    signup_id = begin_signup()
    first = sign(signup_id=signup_id)
    again = sign(signup_id=signup_id)
    assert again.contract_id == first.contract_id
    assert again.active
    assert len(gateway.calls) == 1
    assert Invoice.objects.count() == 1


@pytest.mark.rule("CON-2", part="company and tax id")
@pytest.mark.parametrize("tax_id", ["11.222.333/0001-82", "00000000000000", "", "\x00", "1" * 200])
def test_a_wrong_tax_id_is_refused_before_anything_is_written(tax_id):
    from dataclasses import replace

    with pytest.raises(InvalidTaxId):
        sign(customer=replace(PADARIA, tax_id=tax_id))
    assert not Customer.objects.exists()
    assert not PaymentMethod.objects.exists()


@pytest.mark.rule("CON-6", part="who, when and why")
def test_each_move_of_a_contract_keeps_who_when_and_why():
    signed = sign()
    move = Move.objects.get(contract_id=signed.contract_id)
    assert (move.from_state, move.to_state, move.reason) == ("pending", "active", "first charge paid")
    assert move.actor.startswith("order:")  # nobody is signed in: whoever holds the order
    assert move.happened_at == JUNE_1


@pytest.mark.rule("NOT-1", part="contract")
def test_the_administrator_and_the_financial_contact_are_told_once():
    signed = sign(plan="expert", package="usd-50", currency="USD", customer=LUNA)
    told = Notice.objects.get(customer_id=signed.customer_id, kind="contract_active")
    assert sorted(Email.objects.filter(notice=told).values_list("to_email", flat=True)) == [
        "ana@padaria.example",
        "pagos@luna.example",
    ]


@pytest.mark.rule("PAY-7")
def test_money_that_arrives_after_it_was_given_up_is_seen_and_never_lost(gateway):
    signup_id = begin_signup()
    sign(signup_id=signup_id, card="vanish")
    ask_gateways(real=clock.now() + HOUR)
    assert sign(signup_id=signup_id, card="ok").active

    [first, _second] = Attempt.objects.order_by("id")
    hear(
        attempt_id=first.id,
        reply=ChargeReply(Outcome.PAID, "late", Money(first.amount_minor, first.currency)),
        actor="system",
        moment=moment(JUNE_1),
    )

    assert Event.objects.filter(name="payment.for_no_invoice").count() == 1
    assert [finding.what for finding in check_books()] == ["an invoice was paid twice"]


@pytest.mark.rule("NOT-1", "CON-4")
def test_an_unclear_answer_is_told_once(gateway):
    signed = sign(card="lost")
    assert Notice.objects.filter(customer_id=signed.customer_id, kind="payment_unknown").count() == 1


@pytest.mark.rule("CON-9", part="a declined try leaves nothing")
@pytest.mark.parametrize("card", ["decline:balance", "refuse:cvv"])
def test_a_declined_try_with_the_address_of_somebody_known_leaves_them_as_they_are(card):
    ana, _new = identity.ensure_person(email=ANA.email, name="Ana", language="en", now=JUNE_1)
    identity.set_password(person_id=ana.id, password="correct horse battery")
    before = Person.objects.values().get()
    for _try in range(3):
        with pytest.raises(CardDeclined):
            sign(card=card, signed_in=False)
    assert Person.objects.values().get() == before
    assert not Membership.objects.exists()
    assert not Invitation.objects.exists()
    assert not Customer.objects.exists()
    assert not Email.objects.exists()


@pytest.mark.rule("CON-9", part="new address")
@pytest.mark.rule("CON-9", part="active at once")
def test_a_new_address_gets_an_account_when_the_charge_succeeds_and_not_before(gateway):
    signup_id = begin_signup()
    signed = sign(signup_id=signup_id, card="lost")
    assert not Person.objects.exists()

    ask_gateways(real=clock.now() + HOUR)
    assert contracts.get(signed.contract_id).state is State.ACTIVE
    [ana] = people.administrators(signed.customer_id)
    person = people.person(ana.person_id)
    assert (ana.email, ana.profile) == ("ana@padaria.example", Profile.ADMINISTRATOR)
    assert not person.has_usable_password()
    assert not people.opened(signed.customer_id)


@pytest.mark.rule("CON-9", part="known address waits for consent")
@pytest.mark.rule("CON-9", part="active at once")
@pytest.mark.rule("NOT-1", part="invitation")
@pytest.mark.parametrize("accept", [True, False])
def test_somebody_known_is_asked_and_their_answer_decides(accept):
    first = sign()
    [ana] = people.administrators(first.customer_id)
    set_passwords({"ana": ana.person_id})
    second = sign(signed_in=False)

    assert second.active  # money never waits
    assert people.administrators(second.customer_id) == []
    assert [one.customer_id for one in people.memberships(ana.person_id)] == [first.customer_id]
    [asked] = invitations.of_person(ana.person_id, real=JUNE_1)
    mail = Email.objects.select_related("notice").get(notice__kind="invitation")
    assert (mail.to_email, mail.notice.customer_id) == (ana.email, second.customer_id)
    assert Email.objects.filter(notice__customer_id=second.customer_id, to_email=ana.email).count() == 1

    answer = {"invitation_id": asked.id, "person_id": ana.person_id, "accept": accept, "now": JUNE_1}
    assert invitations.answer(**answer) == second.customer_id
    assert bool(people.administrators(second.customer_id)) is accept
    assert invitations.of_person(ana.person_id, real=JUNE_1) == []
    with pytest.raises(NoSuchInvitation):
        invitations.answer(**{**answer, "accept": True})
    assert bool(people.administrators(second.customer_id)) is accept


@pytest.mark.rule("CON-9", part="known address waits for consent")
def test_nobody_answers_for_another_person():
    first = sign()
    [ana] = people.administrators(first.customer_id)
    sign(signed_in=False)
    [asked] = invitations.of_person(ana.person_id, real=JUNE_1)
    stranger, _new = identity.ensure_person(email="eve@else.example", name="Eve", language="en", now=JUNE_1)
    with pytest.raises(NoSuchInvitation):
        invitations.answer(invitation_id=asked.id, person_id=stranger.id, accept=True, now=JUNE_1)
    assert people.memberships(stranger.id) == []


@pytest.mark.rule("CON-9", part="active at once")
@pytest.mark.rule("CON-7", part="data and access never mix")
def test_who_contracts_signed_in_consents_by_it():
    first, second = sign(), sign()
    [ana] = people.administrators(first.customer_id)
    assert [one.customer_id for one in people.memberships(ana.person_id)] == [
        first.customer_id,
        second.customer_id,
    ]
    assert not Invitation.objects.exists()


@pytest.mark.rule("CON-9", part="known address waits for consent")
def test_who_works_for_the_seller_never_becomes_a_member(gateway):
    make_olga()
    olga = people.find_person("olga@abono.example")
    administrator = Administrator("Olga Prado", "OLGA@abono.example")
    with pytest.raises(WorksForTheSeller):
        sign(administrator=administrator)
    assert gateway.calls == []
    assert not Customer.objects.exists()

    later = Administrator("Nina Paz", "nina@abono.example")
    signup_id = begin_signup()
    signed = sign(signup_id=signup_id, administrator=later, card="lost")
    nina, _new = identity.ensure_person(email=later.email, name=later.name, language="en", now=JUNE_1)
    staff.set_roles(person_id=nina.id, roles=[Role.READER], actor="test", now=JUNE_1)
    ask_gateways(real=clock.now() + HOUR)
    assert contracts.get(signed.contract_id).state is State.ACTIVE
    assert (
        people.memberships(nina.id)
        == invitations.of_person(nina.id, real=JUNE_1)
        == people.memberships(olga.id)
        == []
    )


@pytest.mark.rule("CON-9", part="goes on with the same order")
@pytest.mark.rule("PAY-7", part="news twice, late, in any order")
def test_a_charge_that_was_given_up_and_found_paid_later_makes_the_contract_active(gateway):
    signup_id = begin_signup()
    signed = sign(signup_id=signup_id, card="vanish")
    ask_gateways(real=clock.now() + HOUR)
    attempt = Attempt.objects.get()
    assert attempt.state == "lost"
    with pytest.raises(CardDeclined):  # the same order goes on; what may still be paid is not taken away
        sign(signup_id=signup_id, card="decline:balance")
    assert Contract.objects.get().id == signed.contract_id

    late = ChargeReply(Outcome.PAID, "late", Money(attempt.amount_minor, attempt.currency))
    hear(attempt_id=attempt.id, reply=late, actor="system", moment=moment(JUNE_1))
    assert contracts.get(signed.contract_id).state is State.ACTIVE
    [invoice] = invoices.list_for_customer(signed.customer_id)
    assert (invoice.state.value, invoice.total_minor) == ("paid", 1_349_00)
    [ana] = people.administrators(signed.customer_id)
    assert ana.email == "ana@padaria.example"
