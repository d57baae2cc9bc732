"""What is large waits for a second person, and is then done exactly as it was asked, or not at all (ACC-5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from itertools import product
from uuid import UUID

import pytest

from abono.domain.approvals import queries as approvals
from abono.domain.approvals.errors import (
    AlreadyDecided,
    MayNotDecide,
    NotYours,
    OwnRequest,
    SayWhy,
    SecondPersonNeeded,
)
from abono.domain.approvals.models import Approval
from abono.domain.approvals.states import State
from abono.domain.approvals.types import ApprovalDetail
from abono.domain.contracts import batches
from abono.domain.contracts.models import Arrangement
from abono.domain.contracts.states import Arranged
from abono.domain.credit import queries as credit
from abono.domain.identity.roles import Role
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import CreditNote
from abono.domain.invoicing.types import LineCredit
from abono.domain.notices.models import Email
from abono.domain.notices.wording import Reader, word
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import SECOND_PERSON_CREDIT, SECOND_PERSON_PRICES, above
from abono.flows.approvals.ask import (
    ask_arrangement,
    ask_arrangement_end,
    ask_credit_note,
    ask_price_move,
    facts_of,
)
from abono.flows.approvals.decide import approve, refuse, withdraw
from abono.flows.arrangements.arrange import Asked, arrange, end
from abono.flows.corrections.credit_note import issue_credit_note
from abono.flows.due_work import run_due_work
from abono.flows.price_moves.apply import apply_move
from abono.flows.versions.kind import VERSIONS
from abono.flows.versions.preview import preview_versions
from abono.kernel.ids import public, uuid7
from abono.kernel.money import Money
from abono.platform.idempotency import Ask
from abono.platform.models import Event
from tests.books import check_books
from tests.versions import new_versions
from tests.world import (
    DAY,
    HOUR,
    JUNE_1,
    Tenant,
    change,
    load_catalog,
    make_colleague,
    make_olga,
    make_padaria,
)

pytestmark = pytest.mark.django_db
NOON = JUNE_1 + DAY


@pytest.fixture
def padaria(gateway) -> Tenant:
    """Its first invoice has a line of 600.00 for the plan, which is paid."""
    load_catalog()
    return make_padaria()


@pytest.fixture
def olga(padaria: Tenant) -> UUID:
    limit(SECOND_PERSON_CREDIT, "BRL 100")
    return make_olga()


@pytest.fixture
def otto(olga: UUID) -> UUID:
    return make_colleague("Otto Brandão", Role.BILLING)


def limit(setting, value: str) -> None:
    set_value(setting=setting, value=value, actor="olga", why="a test", now=JUNE_1)


def first_invoice(padaria: Tenant) -> UUID:
    [first] = invoices.list_for_customer(padaria.customer_id)
    return first.id


def take_back(padaria: Tenant, minor: int, **other):
    told = {"lines": [LineCredit(1, minor)], "why": "No plan for ten days.", "now": NOON}
    return issue_credit_note(invoice_id=first_invoice(padaria), actor="olga", **told, **other)


def asked(
    padaria: Tenant, who: UUID, *, minor: int = 150_00, behind: str = "", note: UUID | None = None
) -> ApprovalDetail:
    return ask_credit_note(
        invoice_id=first_invoice(padaria),
        lines=[LineCredit(1, minor)],
        why="No plan for ten days.",
        actor="key:abk_12345678" if behind else f"person:{who}",
        behind=behind,
        note_id=note,
        now=NOON,
    )


def nothing_was_done(padaria: Tenant) -> bool:
    return not CreditNote.objects.exists() and credit.balance(padaria.contract_id) == 0


@pytest.mark.rule("ACC-5", part="second person: default")
def test_as_shipped_a_second_person_is_needed_above_five_thousand_reais_or_a_thousand_dollars():
    assert not above(SECOND_PERSON_CREDIT.shipped, Money(5_000_00, "BRL"))
    assert above(SECOND_PERSON_CREDIT.shipped, Money(5_000_01, "BRL"))
    assert not above(SECOND_PERSON_PRICES.shipped, Money(-1_000_00, "USD"))
    assert above(SECOND_PERSON_PRICES.shipped, Money(-1_000_01, "USD"))
    assert above(
        SECOND_PERSON_CREDIT.shipped, Money(1, "MXN")
    )  # a currency that is not named always needs one


@pytest.mark.rule("ACC-5", part="second person: other")
def test_the_setting_says_from_how_much_on_and_many_small_ones_are_a_large_one(padaria):
    limit(SECOND_PERSON_CREDIT, "BRL 100, USD 20")
    take_back(padaria, 60_00)
    take_back(padaria, 40_00)  # 60.00 + 40.00 is not above 100.00
    with pytest.raises(SecondPersonNeeded):
        take_back(padaria, 1)
    assert credit.balance(padaria.contract_id) == 100_00
    limit(SECOND_PERSON_CREDIT, "never")
    take_back(padaria, 500_00)
    assert credit.balance(padaria.contract_id) == 600_00


@pytest.mark.rule("ACC-5", part="second person: other")
def test_what_was_agreed_to_is_done_once_with_both_names_in_every_record(padaria, olga, otto):
    with pytest.raises(SecondPersonNeeded):
        take_back(padaria, 150_00)
    request = asked(padaria, olga)
    assert nothing_was_done(padaria)
    before = set(Event.objects.values_list("id", flat=True))
    done = approve(approval_id=request.id, person_id=otto, now=NOON + HOUR)
    assert done.state is State.DONE
    [note] = CreditNote.objects.all()
    assert (done.led_to, note.total_minor) == (f"{done.led_to}", 150_00)
    assert credit.balance(padaria.contract_id) == 150_00
    events = Event.objects.exclude(id__in=before).order_by("id")
    of_money = [event for event in events if event.name.startswith("credit")]
    assert of_money
    assert {event.actor for event in of_money} == {f"person:{olga}"}
    assert {event.data["approved_by"] for event in of_money} == {f"person:{otto}"}
    assert [event.name for event in events if event.name.startswith("approval")] == [
        "approval.approved",
        "approval.done",
    ]
    with pytest.raises(AlreadyDecided):
        approve(approval_id=request.id, person_id=otto, now=NOON + HOUR)
    assert CreditNote.objects.count() == 1
    assert check_books() == []


@pytest.mark.rule("ACC-5", part="never one's own")
def test_nobody_decides_what_they_asked_for_also_not_by_a_key_of_theirs(padaria, olga, otto):
    people = {"olga": olga, "otto": otto, "owner": make_colleague("Rita Melo", Role.OWNER)}
    for asker, decider, by_key in product(people, people, (False, True)):
        request = asked(padaria, people[asker], behind=f"person:{people[asker]}" if by_key else "")
        if asker == decider:
            with pytest.raises(OwnRequest):
                approve(approval_id=request.id, person_id=people[decider], now=NOON)
            with pytest.raises(OwnRequest):
                refuse(approval_id=request.id, person_id=people[decider], why="no", now=NOON)
            assert approvals.get(request.id).state is State.ASKED
        else:
            refuse(approval_id=request.id, person_id=people[decider], why="no", now=NOON)
            assert approvals.get(request.id).decided_by == f"person:{people[decider]}"
    assert nothing_was_done(padaria)


@pytest.mark.rule("ACC-5", part="roles")
@pytest.mark.parametrize("role", [Role.SUPPORT, Role.CATALOG, Role.READER])
def test_whose_roles_do_not_allow_the_act_is_not_the_second_person_for_it(padaria, olga, role):
    rita = make_colleague("Rita Melo", role)
    request = asked(padaria, olga)
    for decide in (lambda: approve(approval_id=request.id, person_id=rita, now=NOON),
                   lambda: refuse(approval_id=request.id, person_id=rita, why="no", now=NOON)):  # fmt: skip
        with pytest.raises(MayNotDecide):
            decide()
    with pytest.raises(MayNotDecide):
        approve(approval_id=request.id, person_id=padaria.people["ana"], now=NOON)
    assert approvals.get(request.id).state is State.ASKED
    assert nothing_was_done(padaria)


def test_a_refusal_says_why_and_whoever_asked_is_told(padaria, olga, otto):
    request = asked(padaria, olga)
    told = Email.objects.filter(notice__kind="approval_asked")
    assert [mail.to_email for mail in told] == ["otto@abono.example"]
    with pytest.raises(SayWhy):
        refuse(approval_id=request.id, person_id=otto, why=" ", now=NOON)
    refused = refuse(approval_id=request.id, person_id=otto, why="The invoice is right.", now=NOON)
    assert (refused.state, refused.answer) == (State.REFUSED, "The invoice is right.")
    told = Email.objects.filter(notice__kind="approval_ended")
    assert [mail.to_email for mail in told] == ["olga@abono.example"]
    assert nothing_was_done(padaria)


def test_whoever_asked_withdraws_it_and_nobody_else(padaria, olga, otto):
    request = asked(padaria, olga)
    with pytest.raises(NotYours):
        withdraw(approval_id=request.id, actor=f"person:{otto}", now=NOON)
    withdraw(approval_id=request.id, actor=f"person:{olga}", now=NOON)
    with pytest.raises(AlreadyDecided):
        approve(approval_id=request.id, person_id=otto, now=NOON)
    assert nothing_was_done(padaria)


def test_what_nobody_decides_runs_out_after_seven_days(padaria, olga, otto):
    request = asked(padaria, olga)
    run_due_work(now=NOON + 7 * DAY - timedelta(seconds=1))
    assert approvals.get(request.id).state is State.ASKED
    run_due_work(now=NOON + 7 * DAY)
    assert approvals.get(request.id).state is State.EXPIRED
    with pytest.raises(AlreadyDecided):
        approve(approval_id=request.id, person_id=otto, now=NOON + 8 * DAY)
    assert nothing_was_done(padaria)


@pytest.mark.rule("ACC-5", part="no longer possible")
def test_what_is_no_longer_possible_fails_with_its_reason_and_does_nothing(padaria, olga, otto):
    request = asked(padaria, olga, minor=550_00)
    take_back(padaria, 60_00)  # meanwhile only 540.00 is left of the line
    failed = approve(approval_id=request.id, person_id=otto, now=NOON)
    assert failed.state is State.FAILED
    assert failed.failed_with == "invoicing.above_the_line"
    assert (CreditNote.objects.count(), credit.balance(padaria.contract_id)) == (1, 60_00)
    assert check_books() == []


def test_asked_twice_it_is_one_request(padaria, olga, otto):
    note = uuid7()
    assert asked(padaria, olga, note=note).id == asked(padaria, olga, note=note).id
    assert Approval.objects.count() == 1
    assert Event.objects.filter(name="approval.asked").count() == 1


@pytest.mark.rule("ACC-5", part="second person: other")
def test_a_large_move_to_newer_versions_waits_for_a_second_person(padaria):
    new_versions()
    batch_id = preview_versions(plan_code="specialist", package_code="", actor="olga", now=NOON)
    limit(SECOND_PERSON_PRICES, "BRL 49")  # 700.00 becomes 750.00: 50.00 a month
    with pytest.raises(SecondPersonNeeded):
        apply_move(VERSIONS, batch_id, actor="olga", now=NOON)
    assert batches.get(batch_id).applied_at is None
    olga, cata = make_olga(), make_colleague("Cátia Luz", Role.CATALOG)
    request = ask_price_move(VERSIONS, batch_id, why="a test", actor=f"person:{olga}", now=NOON)
    assert request.amounts == (Money(50_00, "BRL"),)
    assert approve(approval_id=request.id, person_id=cata, now=NOON).state is State.DONE
    assert batches.get(batch_id).applied_at is not None
    promised = Event.objects.get(name="contract.versions_promised")
    assert (promised.actor, promised.data["approved_by"]) == (f"person:{olga}", f"person:{cata}")


@pytest.mark.rule("ACC-5", part="second person: other")
@pytest.mark.rule("CAT-11", part="own prices")
def test_a_large_price_of_its_own_or_add_on_and_its_end_wait_for_a_second_person(padaria, olga, otto):
    limit(SECOND_PERSON_PRICES, "BRL 100")
    whose, by_olga = {"contract_id": padaria.contract_id, "now": NOON}, {"actor": f"person:{olga}"}
    plan = Asked(Arranged.PLAN, 499_000_000, since=date(2026, 7, 1), why="Agreed")  # 101.00 a month less
    small = Asked(Arranged.PACKAGE, 0, since=date(2026, 7, 1), why="Agreed")  # 100.00
    each = Asked(Arranged.EXTRA_INTERACTION, 0, since=date(2026, 7, 1), why="Agreed")  # paid as they come
    training = Asked(
        Arranged.ADD_ON, 50_500_000, since=date(2026, 7, 1), why="Agreed", name="Training", quantity=2
    )
    for free in (small, each):
        arrange(asked=free, **whose, **by_olga)
    for large in (plan, training):
        with pytest.raises(SecondPersonNeeded):
            arrange(asked=large, **whose, **by_olga)
        request = ask_arrangement(asked=large, **whose, **by_olga)
        assert request.amounts == (Money(101_00, "BRL"),)
        assert Arrangement.objects.filter(kind=large.kind.value).count() == 0
        done = approve(approval_id=request.id, person_id=otto, now=NOON)
        made = Arrangement.objects.get(kind=large.kind.value)
        assert (done.state, done.led_to) == (State.DONE, public("arr", made.id))
        assert (made.actor, made.price_micro) == (f"person:{olga}", large.price_micro)
    over = {"arrangement_id": made.id, "last": date(2026, 8, 1), "why": "Over"}
    with pytest.raises(SecondPersonNeeded):
        end(**over, **whose, **by_olga)
    request = ask_arrangement_end(**over, **whose, **by_olga)
    assert Arrangement.objects.get(replaced_by=None, kind="add_on").until is None
    assert approve(approval_id=request.id, person_id=otto, now=NOON).state is State.DONE
    assert Arrangement.objects.get(replaced_by=None, kind="add_on").until is not None
    late = ask_arrangement(asked=replace(training, name="More", since=date(2026, 6, 3)), **whose, **by_olga)
    ended = approve(approval_id=late.id, person_id=otto, now=NOON + 2 * DAY)  # the day has come
    assert (ended.state, Arrangement.objects.filter(of="More").count()) == (State.FAILED, 0)
    assert check_books() == []


@pytest.mark.rule("API-2", part="cut off by a crash")
def test_a_call_that_was_cut_off_hears_what_it_asked_for_also_once_that_is_done(padaria, olga, otto):
    limit(SECOND_PERSON_PRICES, "BRL 0")
    who = {"actor": f"person:{olga}", "now": NOON}
    plan = Asked(Arranged.PLAN, 499_000_000, since=date(2026, 7, 1), why="Agreed")
    asks = [
        partial(ask_arrangement, contract_id=padaria.contract_id, asked=plan, **who),
        partial(
            ask_credit_note,
            invoice_id=first_invoice(padaria),
            lines=[LineCredit(1, 600_00)],
            why="None of it.",
            **who,
        ),
    ]
    for again in asks:
        request = again()
        assert approve(approval_id=request.id, person_id=otto, now=NOON).state is State.DONE
        heard = again(ask=Ask(0, {"approval": str(request.id)}))
        assert (heard.id, heard.state) == (request.id, State.DONE)


@pytest.mark.rule("ACC-5", part="no longer possible")
@pytest.mark.rule("CAT-11", part="own prices")
@pytest.mark.parametrize(
    ("wanted", "price"),
    [
        ({"plan": "expert"}, (Arranged.PLAN, 499_000_000)),  # 1,301.00 a month less in place of 101.00
        ({"licences": 50}, (Arranged.EXTRA_LICENCE, 1_000_000)),  # of more licences
    ],
)
def test_what_would_be_of_something_else_or_for_more_than_was_agreed_to_is_not_done(
    padaria, olga, otto, wanted, price
):
    limit(SECOND_PERSON_PRICES, "BRL 0")
    change(padaria, licences=1, now=NOON)
    cheaper = Asked(*price, since=date(2026, 7, 1), why="Agreed")
    request = ask_arrangement(
        contract_id=padaria.contract_id, asked=cheaper, actor=f"person:{olga}", now=NOON
    )
    change(padaria, **wanted, now=NOON)
    ended = approve(approval_id=request.id, person_id=otto, now=NOON)
    assert (ended.state, Arrangement.objects.count()) == (State.FAILED, 0)
    assert ended.failed_with == "approvals.asked_otherwise"


@pytest.mark.rule("ACC-5", part="second person: other")
def test_who_is_asked_reads_the_amounts_of_all_currencies(padaria, olga, otto):
    two = {"amounts": (Money(50_00, "BRL"), Money(10_00, "USD")), "act": "version_move", "facts": {}}
    asked_for = facts_of(replace(asked(padaria, olga), **two))
    said = word("approval_asked", asked_for, Reader("", "UTC", "en"))
    assert "what customers pay changes by R$50.00 + US$10.00 a month in all" in said.body[0]
