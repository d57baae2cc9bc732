"""A change of plan on its pages: the chooser, before and after, confirmed, withdrawn, refused."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from abono.domain.catalog import actions as catalog
from abono.domain.catalog import reader
from abono.domain.contracts.models import Change
from abono.domain.invoicing import queries as invoices
from abono.domain.notices.models import Notice
from abono.domain.notices.wording import Reader, word
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import CHANGE_STEP_DOWN, YEAR_UNUSED
from abono.kernel.ids import public
from abono.kernel.periods import local_date
from abono.platform import clock, formats
from tests import pdfs
from tests.entrypoints.api.conftest import Program, program
from tests.entrypoints.portal.acts import FULL, pay_with, restrict
from tests.entrypoints.portal.reading import signed_in, words
from tests.examples import first_by_day
from tests.scenarios.years import sell_by_the_year
from tests.work import ask_gateways
from tests.world import CATALOG, DAY, HOUR, Tenant, hold, join_ana, sign, use

PAGE = "/en/settings/contracts/"


def change_url(tenant):
    return f"{PAGE}{public('ctr', tenant.contract_id)}/change/"


def quoted(client, tenant, **wanted):
    """The page of before and after, as the chooser leads to it."""
    answer = client.post(change_url(tenant), wanted)
    assert answer.status_code == 302, answer.content
    return answer["Location"]


@pytest.mark.rule("CAT-10", part="month to year")
def test_a_year_is_chosen_seen_before_and_after_and_told(ana, padaria):
    assert "The plan is paid for" not in words(ana.get(change_url(padaria)))
    sell_by_the_year(now=clock.now())
    assert "The plan is paid for each month once a year" in words(ana.get(change_url(padaria)))
    page = quoted(ana, padaria, interval="year")
    said = words(ana.get(page))
    assert "Plan, a year – R$6,000.00 Together, a month R$700.00 R$100.00" in said
    assert "And the plan, every year R$6,000.00" in said
    ana.post(page)
    told = Notice.objects.get(kind="change_scheduled")
    rows = word(told.kind, told.facts, Reader("Padaria", "America/Sao_Paulo", "en")).rows
    assert "Plan a year, then" in str(rows)


@pytest.mark.rule("LIM-4", "PAY-1")
@pytest.mark.rule("CHG-1", part="before and after")
@pytest.mark.rule("CHG-1", part="to the cent")
@pytest.mark.rule("CHG-1", part="stored quote")
def test_a_bigger_package_shows_before_and_after_and_does_what_it_showed(ana, padaria, signed_at, gateway):
    use(padaria.contract_id, FULL + 1, at=signed_at + HOUR)  # 199.65: blocked
    page = quoted(ana, padaria, package="brl-250")
    said = words(ana.get(page))
    assert "Channel package R$100 R$250" in said
    assert "Together, a month R$700.00 R$850.00" in said
    assert "WhatsApp Started by the company R$0.5500 R$0.5300" in said
    assert "Channel package raised to R$250 R$250.00 − R$100.00 = R$150.00 R$150.00" in said
    assert "Charged today Visa •••• 4243 R$150.00" in said
    assert "Change and pay R$150.00 now" in said
    assert padaria.contract.package_code == "brl-100"

    done = ana.post(page, follow=True)
    assert "software plan Specialist and channel package R$250 hold from now on." in words(done)
    assert "This change is in force." in words(done)
    assert gateway.calls[-1].amount.minor == 15_000
    assert padaria.contract.package_code == "brl-250"
    _ids, [again] = hold(padaria.contract_id, at=clock.now())
    assert (again.status.granted, again.price_micro) == (True, 530_000)


@pytest.mark.rule("CHG-3", part="a step down: other")
def test_where_all_holds_at_once_the_choice_says_so(ana, padaria):
    assert "what is smaller from the next cycle on" in words(ana.get(change_url(padaria)))
    set_value(setting=CHANGE_STEP_DOWN, value="at_once", actor="olga", why="a test", now=clock.now())
    assert "What you choose holds at once." in words(ana.get(change_url(padaria)))


@pytest.mark.rule("CAT-10", part="unused months: default")
def test_of_a_year_that_is_paid_for_a_smaller_plan_waits_for_its_end_and_all_say_so(db, gateway):
    sell_by_the_year(now=clock.now() - DAY)
    signed = sign(package="brl-250", interval="year", now=clock.now() - HOUR)
    join_ana(signed)
    year, ana = Tenant(signed.customer_id, signed.contract_id, {}), signed_in("ana@padaria.example")
    assert "a smaller plan from the end of the paid year on." in words(ana.get(change_url(year)))
    page = quoted(ana, year, plan="starter", package="brl-100")
    shown = ana.get(page)
    assert (
        'class="table prices"' in shown.content.decode()
    )  # sums of a year are too wide for columns of a phone
    seen = words(shown)
    change = Change.objects.get()
    zone, at_end = "America/Sao_Paulo", change.begins_at
    last, first = (formats.long_day(local_date(one, zone), "en") for one in (at_end, year.contract.cycle_end))
    comes = f"smaller from {first} on; the plan changes on {last}, when the paid year is over."
    assert comes in seen
    assert f"Every month from {last} on" in seen
    done = words(ana.post(page, follow=True))
    assert f"Package and licences change on {first}, the plan on {last}" in done
    assert comes in done
    told = Notice.objects.get(kind="change_scheduled")
    wording = word(told.kind, told.facts, Reader("Padaria", zone, "en"))
    assert wording.title == f"Your contract changes on {first}"
    assert (
        f"begins on {first}, software plan Starter on {last}, when the paid year is over." in wording.body[0]
    )
    set_value(setting=YEAR_UNUSED, value="credit", actor="olga", why="a test", now=clock.now())
    assert "what is smaller from the next cycle on." in words(ana.get(change_url(year)))


@pytest.mark.rule("LIC-6", part="bought pro rata")
@pytest.mark.rule("CHG-1", part="before and after")
def test_extra_licences_are_chosen_in_a_field_and_shown_beside_those_of_the_plan(ana, padaria):
    chooser = words(ana.get(change_url(padaria)))
    assert "Licences 10 Each extra licence R$215.00" in chooser
    assert "Extra licences Beside those that the plan includes." in chooser
    refused = ana.post(change_url(padaria), {"licences": "100001"})
    assert refused.status_code == 422
    assert words(refused).count("less than or equal to 100000") == 2  # beside its field and summed up on top

    page = quoted(ana, padaria, licences="3")
    said = words(ana.get(page))
    assert "Licences 10 10 + 3" in said
    assert "Each extra licence, a month R$215.00 R$215.00" in said
    assert "Together, a month R$700.00 R$1,345.00" in said
    assert "Extra licences, plan Specialist" in said
    assert re.search(r"Specialist, (\d+) of (\d+) days: 3 × R\$215.00 × \1/\2 = R\$", said)

    done = words(ana.post(page, follow=True))
    assert "channel package R$100 and 3 extra licences hold from now on." in done
    contract = words(ana.get(PAGE))
    assert "Licences 10 + 3 extra" in contract
    assert "Price per month R$1,345.00 plan R$600.00 + package R$100.00 + extra licences R$645.00" in contract
    assert "Extra licences: 0 → 3" in contract
    paper = ana.get(f"{PAGE}{public('ctr', padaria.contract_id)}/pdf/").content
    assert "Extra licences 3" in pdfs.words(paper)


@pytest.mark.rule("CHG-1", part="before and after")
@pytest.mark.rule("CHG-10", part="the same sentence")
def test_another_plan_shows_what_is_gained_and_lost_and_how_each_amount_came_about(ana, padaria):
    up = words(ana.get(quoted(ana, padaria, plan="professional")))
    days = re.findall(r"(\w+), (\d+) of (\d+) days: (−?R\$[\d,.]+) × \2/\3 = (−?R\$[\d,.]+)", up)
    assert "Software plan Specialist Professional" in up
    assert "InteractionZ a month 500 5,000" in up
    assert "Each extra InteractionZ" in up
    assert "You gain:" in up
    assert "You lose:" not in up
    assert [(name, fee) for name, _left, _of, fee, _share in days] == [
        ("Specialist", "−R$600.00"),
        ("Professional", "R$3,900.00"),
    ]
    down = words(ana.get(quoted(ana, padaria, plan="starter")))
    assert "You lose:" in down
    assert "Charged today R$0.00" in down
    assert "Every month after, before discounts, add-ons and taxes R$100.00" in down


@pytest.mark.rule("CHG-10", part="the same sentence")
@pytest.mark.parametrize("language", first_by_day(["es", "en", "pt-br"]))
@pytest.mark.rule("CHG-2", part="e-mail before and after")
def test_quote_page_paper_mail_and_program_write_the_same_sentence(ana, padaria, language):
    quote = quoted(ana, padaria, plan="professional").replace("/en/", f"/{language}/")
    before = words(ana.get(quote))
    ana.post(quote)
    invoice = invoices.list_for_customer(padaria.customer_id)[0]
    it = Program(program(padaria.customer_id).key, language)
    told = [line["explanation"] for line in it.get(f"/invoices/{invoice.public_id}").json()["lines"]]
    assert len(told) == 2
    page = words(ana.get(f"/{language}/settings/financial/{invoice.public_id}/"))
    paper = pdfs.words(ana.get(f"/{language}/settings/financial/{invoice.public_id}/pdf/").content)
    facts = Notice.objects.get(kind="contract_changed").facts
    rows = word("contract_changed", facts, Reader("Padaria", "America/Sao_Paulo", language)).rows
    mail = " ".join(" ".join(" ".join(row) for row in rows).split())
    for sentence in (" ".join(one.split()) for one in told):
        for said in (before, page, paper, mail):
            assert sentence.replace("\u202f", " ") in said.replace("\u202f", " "), said


@pytest.mark.rule("LNG-1", part="e-mails")
@pytest.mark.rule("CHG-9", part="becomes credit")
def test_the_credit_note_of_an_undo_says_why_in_the_readers_language(ana, padaria):
    page = quoted(ana, padaria, plan="professional")
    ana.post(page)
    ana.post(f"{page}undo/")
    invoice = invoices.list_for_customer(padaria.customer_id)[0]
    told = Notice.objects.get(kind="credit_note_issued").facts
    mail = " ".join(word("credit_note_issued", told, Reader("Padaria", "America/Sao_Paulo", "es")).body)
    [note] = Program(program(padaria.customer_id).key, "es").get("/credit-notes").json()["items"]
    where = f"/es/settings/financial/{invoice.public_id}/"
    paper = pdfs.words(ana.get(f"/es/settings/financial/credit/{note['id']}/pdf/").content)
    for said in (words(ana.get(where)), mail, note["why"], paper):
        assert "Se deshizo un cambio" in said


@pytest.mark.rule("CHG-3", part="withdrawn")
def test_a_smaller_plan_is_to_come_and_is_withdrawn_on_its_page(ana, padaria):
    page = quoted(ana, padaria, plan="starter")
    done = words(ana.post(page, follow=True))
    assert "Until then everything stays as it is." in done
    assert "Withdraw the change" in done
    contract = words(ana.get(PAGE))
    assert "software plan Starter, channel package R$100.00" in contract
    assert "See the change, or withdraw it" in contract
    assert "Next charge, as things stand R$100.00" in contract
    assert "Changes of plan To come" in contract
    assert "From Specialist with R$100.00 to Starter with R$100.00" in contract
    gone = words(ana.post(f"{page}withdraw/", follow=True))
    assert "your contract goes on as it is" in gone
    assert "This change was withdrawn." in gone
    assert "Next charge, as things stand R$700.00" in words(ana.get(PAGE))


@pytest.mark.rule("CHG-3", part="withdrawn")
@pytest.mark.rule("CHG-9", part="becomes credit")
def test_what_held_at_once_stays_where_the_rest_is_withdrawn_and_what_was_paid_is_credit_where_it_is_undone(
    ana, padaria
):
    page = quoted(ana, padaria, plan="starter", package="brl-250", licences=1)
    done = ana.post(page, follow=True)
    assert "one extra licence hold from now on" in words(done)
    assert "Ana Souza" in re.search(r"Accepted at [^<]+", done.content.decode())[0]
    assert re.search(r'href="/en/settings/contracts/"[^>]*aria-current', done.content.decode())
    gone = words(ana.post(f"{page}withdraw/", follow=True))
    assert "What held at once is in force. What was to come later was withdrawn." in gone
    assert "This change was withdrawn." not in gone
    assert "Changes of plan Done, but for what was to come" in words(ana.get(PAGE))
    page = quoted(ana, padaria, package="brl-500")
    ana.post(page)
    undone = ana.post(f"{page}undo/", follow=True)
    assert "What you paid became credit of the contract" in words(undone)
    assert "/en/settings/financial/credit/" in undone.content.decode()


@pytest.mark.rule("CHG-1")
def test_a_second_press_charges_nothing(ana, padaria, gateway):
    page = quoted(ana, padaria, package="brl-250")
    ana.post(page)
    charged = len(gateway.calls)
    again = ana.post(page, follow=True)
    assert "hold from now on" in words(again)
    assert len(gateway.calls) == charged


@pytest.mark.rule("CHG-1", part="quote_stale")
def test_a_quote_that_is_not_true_any_more_is_shown_anew_not_charged(ana, padaria, gateway):
    first = quoted(ana, padaria, package="brl-500")
    ana.post(quoted(ana, padaria, package="brl-250"))
    charged = len(gateway.calls)
    answer = ana.post(first, follow=True)
    assert "What this costs today changed by −R$150.00 since you saw it, so nothing was done." in words(
        answer
    )
    assert "Change and pay R$250.00 now" in words(answer)
    assert len(gateway.calls) == charged


def test_what_cannot_be_chosen_is_refused(ana, padaria):
    for wanted, status in (
        ({"package": "usd-50"}, 422),
        ({"package": "brl-9999"}, 409),
        ({"package": "-"}, 409),
        ({"package": "\0"}, 409),
        ({"package": "x" * 999}, 409),
        ({"plan": "none"}, 409),
        ({"plan": "enterprise"}, 409),
        ({}, 422),
    ):
        answer = ana.post(change_url(padaria), wanted)
        assert answer.status_code == status, wanted
        assert "See before and after" in words(answer)
    assert padaria.contract.package_code == "brl-100"


@pytest.mark.rule("WAL-6", "CHG-7")
def test_a_declined_change_says_what_to_check_and_changes_nothing(ana, padaria):
    pay_with(padaria, "decline:balance")
    page = quoted(ana, padaria, package="brl-250")
    answer = ana.post(page)
    said = words(answer)
    assert answer.status_code == 402
    assert "The card was not accepted." in said
    assert said.index("enough balance") < said.index("digit by digit") < said.index("What it costs")
    assert padaria.contract.package_code == "brl-100"
    raises = invoices.with_key_prefix(padaria.contract_id, "change:")
    assert [invoice.title for invoice in raises] == [""]  # a draft: nothing was issued
    pay_with(padaria, "ok")
    assert "hold from now on" in words(ana.post(page, follow=True))


@pytest.mark.rule("PAY-7")
def test_an_unclear_payment_is_confirmed_later_and_never_made_twice(ana, padaria, gateway):
    pay_with(padaria, "lost")
    page = quoted(ana, padaria, package="brl-250")
    answer = ana.post(page, follow=True)
    assert "Your payment is being confirmed" in words(answer)
    assert "R$150.00" in words(answer)
    assert padaria.contract.package_code == "brl-100"
    again = ana.post(page, follow=True)
    assert "Your payment is being confirmed" in words(again)
    assert "It waits for its payment." in words(ana.get(page))
    assert len([amount for amount in gateway.book.values() if amount == 15_000]) == 1

    ask_gateways(real=clock.now() + timedelta(minutes=5), customer_id=padaria.customer_id)
    assert padaria.contract.package_code == "brl-250"


def test_the_chooser_says_what_the_contract_has(ana, padaria):
    page = words(ana.get(change_url(padaria)))
    assert "Specialist Your plan" in page
    assert "R$100 Your package" in page
    bigger = ana.get(change_url(padaria), {"bigger": ""}).content.decode()
    assert 'value="brl-250" checked' in bigger


def test_a_restricted_contract_cannot_be_changed(ana, padaria):
    restrict(padaria)
    answer = ana.get(change_url(padaria))
    assert answer.status_code == 409
    assert "is not active" in words(answer)
    assert ana.post(change_url(padaria), {"package": "brl-250"}).status_code == 409
    assert padaria.contract.package_code == "brl-100"


@pytest.mark.rule("CHG-1", part="quote_stale")
@pytest.mark.rule("CHG-8", part="before any arithmetic")
def test_a_quote_says_when_it_holds_no_more_and_leads_on(ana, padaria, gateway):
    one, other, gone = (quoted(ana, padaria, plan=plan) for plan in ("expert", "professional", "starter"))
    ana.post(one)
    old = words(ana.get(other))  # as another Administrator has it open
    assert "This quote is not valid any more." in old
    assert "Quote it again" in old
    assert "Change and pay" not in old
    late = ana.post(f"{one}withdraw/", follow=True)
    assert late.redirect_chain[-1][0] == one
    assert "There is nothing of this change to come any more" in words(late)
    ana.post(f"{one}undo/")
    assert "such as a price" in words(
        ana.get(other)
    )  # the contract is as it was, and has credit that pays of it
    assert "Every month after" not in words(ana.get(one))

    shipped = reader.read(CATALOG)
    kept = tuple(plan for plan in shipped.plans if plan.code != "starter")
    catalog.apply(catalog=replace(shipped, plans=kept), actor="olga", now=clock.now())
    refused = ana.post(gone)
    said = words(refused)
    assert (refused.status_code, "The plan Starter is not on sale." in said) == (409, True)
    assert "Quote it again" not in said
    assert 'method="post" action="' + gone not in refused.text
    restrict(padaria)
    assert "Change and pay" not in words(ana.get(other))
    assert "Quote it again" not in words(ana.get(other))


@pytest.mark.rule("CHG-1", part="quote_stale")
def test_a_quote_that_the_price_list_has_overtaken_says_so_before_the_press(
    ana, padaria, django_assert_max_num_queries
):
    page = quoted(ana, padaria, package="brl-250")
    ana.get(page)
    with django_assert_max_num_queries(30):
        assert "Change and pay R$150.00 now" in words(ana.get(page))
    shipped = reader.read(CATALOG)
    dearer = tuple(
        replace(one, value_minor=one.value_minor + 1_00) if one.code == "brl-250" else one
        for one in shipped.packages
    )
    catalog.apply(catalog=replace(shipped, packages=dearer), actor="olga", now=clock.now())
    seen = ana.get(page)
    said = words(seen)
    assert (seen.status_code, "Change and pay" in said) == (200, False)
    assert "Something has changed since it was quoted, such as a price." in said
    assert "Quote it again" in said
