"""Financial information: the list, an invoice, its document, paying it by card (FIN-1 to FIN-3)."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from abono.domain.contracts.states import State as Contracted
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import State, Status
from abono.domain.payments import queries as payments
from abono.flows.overdue import follow_up
from abono.kernel.ids import public, uuid7
from abono.kernel.periods import local_date
from abono.platform import clock, formats
from tests.entrypoints.api.conftest import program
from tests.entrypoints.portal.acts import block, pay_with
from tests.entrypoints.portal.reading import hidden, pays, signed_in, words
from tests.payment_links import make_unpaid
from tests.stories import credited
from tests.work import ask_gateways, renew_due
from tests.world import DAY, HOUR, make_padaria, quote, use

PAGE = "/en/settings/financial/"
ZONE = "America/Sao_Paulo"


@pytest.fixture
def owing(signed_at):
    """Padaria in its second cycle: the first invoice is paid, the renewal's card was declined."""
    return make_unpaid(age=40 * DAY)


@pytest.fixture
def ana(owing):
    return signed_in("ana@padaria.example")


@pytest.fixture
def bruno(owing):
    return signed_in("bruno@padaria.example")


def renewal(tenant):
    return invoices.find(tenant.contract_id, key="cycle:1")


def first(tenant):
    return invoices.find(tenant.contract_id, key="first")


@pytest.mark.rule("FIN-1", part="rows")
@pytest.mark.rule("FIN-1", part="documents")
def test_the_list_shows_contract_type_value_due_date_status_and_documents(ana, owing):
    page = ana.get(PAGE)
    said, number, pending = words(page), owing.contract.number, renewal(owing)
    due = formats.day(pending.due_date, "en")
    assert (
        f"{pending.title} Monthly invoice {number} Software licence, Value-added service {due} Pending R$700.00 Pay {pending.title} PDF"
        in said
    )
    paid = first(owing)
    assert f"{paid.title} First invoice {number} Software licence, Value-added service" in said
    assert "Paid R$1,349.00 PDF" in said  # 600 + 100 + 649
    assert said.index(pending.title) < said.index(paid.title)


@pytest.mark.rule("FIN-1", part="who")
def test_a_viewer_reads_all_and_pays_nothing(bruno, owing):
    said = words(bruno.get(PAGE))
    assert renewal(owing).title in said
    assert "Pay R$" not in said
    invoice = words(bruno.get(f"{PAGE}{renewal(owing).public_id}/"))
    assert "An Administrator can pay it from here." in invoice


@pytest.mark.rule("FIN-1")
def test_the_detail_shows_every_line_and_how_it_was_paid(ana, owing):
    said = words(ana.get(f"{PAGE}{first(owing).public_id}/"))
    contract = owing.contract
    start = local_date(first(owing).lines[0].period_start, ZONE)
    assert f"Software plan Specialist {formats.day(start, 'en')} – " in said
    assert "Software licence 1 R$600.00 R$600.00" in said
    assert "Channel package R$100" in said
    assert "Activation of plan Specialist" in said
    assert "Total R$1,349.00" in said
    assert "Visa •••• 4243" in said
    assert "Billed to Padaria Sol Ltda. CNPJ 11.222.333/0001-81" in said
    assert contract.number in said


@pytest.mark.rule("FIN-1")
@pytest.mark.parametrize("language", ["es", "pt-br", "en"])
def test_the_document_is_a_pdf_in_the_language_of_the_page(language, ana, owing):
    response = ana.get(f"/{language}/settings/financial/{first(owing).public_id}/pdf/")
    assert response["Content-Type"] == "application/pdf"
    assert f'filename="{first(owing).title}.pdf"' in response["Content-Disposition"]
    assert response.content.startswith(b"%PDF-")


@pytest.mark.rule("INV-5", "FIN-1")
def test_a_cancelled_invoice_is_listed_without_its_document(ana, owing):
    pending = renewal(owing)
    Invoice.objects.filter(id=pending.id).update(state="cancelled", cancelled_at=clock.now())
    said = words(ana.get(PAGE))
    row = said[said.index(pending.title) : said.index(first(owing).title)]
    assert "Cancelled" in row
    assert "PDF" not in row
    assert "Pay" not in row
    assert ana.get(f"{PAGE}{pending.public_id}/pdf/").status_code == 404
    assert "there is no document to download" in words(ana.get(f"{PAGE}{pending.public_id}/"))
    assert ana.post(f"{PAGE}{pending.public_id}/pay/").status_code == 409


@pytest.mark.rule("INV-5")
def test_a_draft_is_nobodys_business(ana, owing):
    pay_with(owing, "decline:balance")
    asked = public("chg", quote(owing, package="brl-250", now=clock.now()))
    ana.post(f"/en/settings/changes/{asked}/")
    [draft] = invoices.with_key_prefix(owing.contract_id, "change:")
    assert draft.state is State.DRAFT
    for page in ("", "pdf/", "pay/"):
        assert ana.get(f"{PAGE}{draft.public_id}/{page}").status_code == 404


@pytest.mark.rule("INV-5", part="overdue shown")
def test_overdue_is_shown_from_the_day_after_it_was_due(signed_at):
    padaria = make_padaria(card="renewals-fail", now=signed_at - 40 * DAY)
    renew_due(
        now=padaria.contract.cycle_end, customer_id=padaria.customer_id
    )  # 19 days ago or more; due on that day
    ana, late = signed_in("ana@padaria.example"), renewal(padaria)
    row = words(ana.get(PAGE, {"period": "all"})).partition(late.title)[2]
    assert f"{formats.day(late.due_date, 'en')} Overdue" in row
    assert late.title in words(ana.get(PAGE, {"status": "overdue"}))
    assert late.title not in words(ana.get(PAGE, {"status": "pending"}))


@pytest.mark.rule("INV-5", "TIM-3")
def test_on_the_day_itself_it_is_not_overdue_yet(owing):
    due = renewal(owing).due_date
    assert renewal(owing).status_on(due) is Status.PENDING
    assert renewal(owing).status_on(due + timedelta(days=1)) is Status.OVERDUE
    assert first(owing).status_on(due + timedelta(days=99)) is Status.PAID


@pytest.mark.rule("FIN-2", part="six months, older on request")
def test_six_months_at_first_and_older_on_request(signed_at):
    padaria = make_padaria(card="renewals-fail", now=signed_at - 250 * DAY)
    renew_due(now=clock.now(), customer_id=padaria.customer_id)
    ana = signed_in("ana@padaria.example")
    old = first(padaria)
    six_months = words(ana.get(PAGE))
    assert len(invoices.list_for_customer(padaria.customer_id)) == 9  # the first and eight renewals
    assert f" {old.title} First invoice" not in six_months
    assert "Show older ones too" in six_months
    assert f" {old.title} First invoice" in words(ana.get(PAGE, {"period": "all"}))


@pytest.mark.rule("FIN-2", part="search")
@pytest.mark.rule("FIN-2", part="filters")
def test_the_list_can_be_searched_and_filtered(ana, owing):
    number, both = owing.contract.number, {renewal(owing).title, first(owing).title}
    for query, shown in (
        ({"status": "pending"}, {renewal(owing).title}),
        ({"status": "paid"}, {first(owing).title}),
        ({"status": "cancelled"}, set()),
        ({"status": "overdue"}, set()),
        ({"type": "licensing"}, both),
        ({"type": "sva"}, both),
        ({"contract": "2099-"}, set()),
        ({"contract": number}, both),
        ({"contract": number[5:11], "status": "paid", "type": "sva", "period": "all"}, {first(owing).title}),
    ):
        said = words(ana.get(PAGE, query))
        assert {title for title in both if title in said} == shown, query
        assert ("No invoice fits these filters." in said) is (not shown), query


@pytest.mark.rule("FIN-2")
def test_only_invoices_of_the_type_are_left(ana, owing, signed_at):
    pay_with(owing, "ok")
    asked = public("chg", quote(owing, package="brl-250", now=clock.now()))
    ana.post(f"/en/settings/changes/{asked}/")
    raised = invoices.with_key_prefix(owing.contract_id, "change:")[0]
    assert raised.title in words(ana.get(PAGE, {"type": "sva"}))
    assert raised.title not in words(ana.get(PAGE, {"type": "licensing"}))


def test_a_filter_that_makes_no_sense_is_said_so(ana):
    for query in (
        {"status": "lost"},
        {"type": "\0"},
        {"period": "9" * 21},
        {"contract": "x" * 500},
        {"contract": "\0"},
    ):
        response = ana.get(PAGE, query)
        assert response.status_code == 422, query
        assert "One of the filters is not known here" in words(response)
        taken = ana.get(f"{PAGE}csv/", query)
        assert (taken.status_code, taken["Content-Type"]) == (422, "text/html; charset=utf-8"), query
        assert "so no file was made" in words(taken)


def test_a_place_in_the_list_that_never_was_does_not_exist(ana):
    for before in ("inv_0", "\0", "9" * 21, public("ctr", uuid7())):
        assert ana.get(PAGE, {"before": before}).status_code == 404, before


@pytest.mark.rule("FIN-2", part="export")
@pytest.mark.parametrize(
    ("language", "delimiter", "amount"), [("pt-br", ";", "700,00"), ("en", ",", "700.00")]
)
def test_the_list_can_be_taken_along(language, delimiter, amount, ana, owing):
    response = ana.get(f"/{language}/settings/financial/csv/", {"status": "pending"})
    _header, row = csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=delimiter)
    pending = renewal(owing)
    assert (row[0], row[1], row[5], row[8], row[9]) == (
        pending.title,
        owing.contract.number,
        pending.due_date.isoformat(),
        amount,
        "BRL",
    )


@pytest.mark.rule("PAY-1")
@pytest.mark.rule("FIN-3", part="card")
def test_a_pending_invoice_is_paid_by_card_after_a_confirmation(ana, owing, gateway):
    url = f"{PAGE}{renewal(owing).public_id}/pay/"
    said = words(ana.get(url))
    assert "You pay R$700.00 today" in said
    assert "Visa •••• 4243" in said
    assert "Pay R$700.00 now" in said
    charged = len(gateway.calls)
    answer = ana.get(pays(ana, url)["Location"])
    assert f"R$700.00 paid. Invoice {renewal(owing).title} is settled." in words(answer)
    assert renewal(owing).state is State.PAID
    assert [call.amount.minor for call in gateway.calls[charged:]] == [70_000]
    assert gateway.calls[-1].off_session is False


@pytest.mark.rule("END-2")
def test_whose_payment_lifts_a_restriction_reads_that_all_is_open(ana, owing):
    late = clock.now() + 15 * DAY
    follow_up(invoice_id=renewal(owing).id, now=late)
    assert owing.contract.state is Contracted.RESTRICTED
    answer = ana.get(pays(ana, f"{PAGE}{renewal(owing).public_id}/pay/")["Location"])
    assert "is settled: licences and sending are open again." in words(answer)
    assert "This contract is restricted." not in words(answer)


@pytest.mark.rule("FIN-3")
def test_it_can_be_paid_from_another_card_of_the_wallet(ana, owing, gateway):
    other = pay_with(owing, "ok")
    payments_before = payments.wallet(owing.customer_id)
    old = next(card for card in payments_before if not card.in_use)
    url = f"{PAGE}{renewal(owing).public_id}/pay/"
    assert f'value="{other.public_id}" checked' in ana.get(url).content.decode()
    pays(ana, url, card=old.public_id)
    assert gateway.calls[-1].method_token.startswith("renewals-fail")
    assert ana.post(url, {"card": "pay_0"}).status_code == 404


@pytest.mark.rule("FIN-3", part="card")
def test_another_sum_than_the_payer_saw_charges_nothing_and_is_shown(ana, owing, gateway):
    url = f"{PAGE}{renewal(owing).public_id}/pay/"
    seen = hidden(ana.get(url), "sum")
    charged = len(gateway.calls)
    credited(owing)
    for sent in ({"sum": seen}, {}, {"sum": "seven hundred"}):
        answer = ana.post(url, sent)
        assert answer.status_code == 409
        assert "What this costs has changed since you saw it. Nothing was charged." in words(answer)
        assert "Pay R$600.00 now" in words(answer)  # 700.00 - 100.00
    assert len(gateway.calls) == charged
    assert pays(ana, url).status_code == 302
    assert [call.amount.minor for call in gateway.calls[charged:]] == [600_00]


@pytest.mark.rule("FIN-3", "PAY-7")
def test_a_second_press_and_the_back_button_charge_nothing(ana, owing, gateway):
    url = f"{PAGE}{renewal(owing).public_id}/pay/"
    pays(ana, url)
    charged = len(gateway.calls)
    again = ana.post(url, {"sum": "70000"}, follow=True)
    assert "This invoice is paid. Nothing was charged again." in words(again)
    assert ana.get(url)["Location"] == f"{PAGE}{renewal(owing).public_id}/"
    assert len(gateway.calls) == charged


@pytest.mark.rule("FIN-3", "WAL-6")
def test_a_declined_payment_says_what_to_check_and_leaves_the_invoice_pending(ana, owing):
    pay_with(owing, "decline:expiry")
    answer = pays(ana, f"{PAGE}{renewal(owing).public_id}/pay/")
    said = words(answer)
    assert answer.status_code == 402
    assert said.index("expiry date") < said.index("digit by digit")
    assert "Add another card" in said
    assert "Pay R$700.00 now" in said
    assert renewal(owing).state is State.PENDING


@pytest.mark.rule("FIN-3", "PAY-7")
def test_an_unclear_payment_is_confirmed_later_and_never_made_twice(ana, owing, gateway):
    pay_with(owing, "lost")
    url = f"{PAGE}{renewal(owing).public_id}/pay/"
    answer = words(ana.get(pays(ana, url)["Location"]))
    assert "The bank has not answered clearly yet." in answer
    assert "Being confirmed" in answer
    charged = len(gateway.calls)
    again = ana.post(url, {"sum": "70000"})
    assert again.status_code == 409
    assert "A payment of this is being confirmed. You will not be charged twice." in words(again)
    assert len(gateway.calls) == charged
    ask_gateways(real=clock.now() + timedelta(minutes=5), customer_id=owing.customer_id)
    assert renewal(owing).state is State.PAID


@pytest.mark.rule("LIM-4")
def test_a_blocked_contract_finds_its_interim_invoice_here(ana, owing):
    block(owing, owing.contract.cycle_start + HOUR)
    assert "Overage so far" in words(ana.get(PAGE))


@pytest.mark.rule("FIN-1")
def test_a_line_for_use_leads_to_what_was_used_in_its_cycle(signed_at):
    padaria = make_padaria(card="renewals-fail", now=signed_at - 30 * DAY)
    use(padaria.contract_id, 200, at=signed_at - 29 * DAY)  # 110.00 of 100.00
    first_day = local_date(padaria.contract.cycle_start, ZONE).isoformat()
    renew_due(now=padaria.contract.cycle_end, customer_id=padaria.customer_id)
    ana = signed_in("ana@padaria.example")
    page = ana.get(f"{PAGE}{renewal(padaria).public_id}/").content.decode()
    assert page.count(f'href="/en/usage/?cycle={first_day}"') == 1
    assert "R$110.00" in words(ana.get(f"/en/usage/?cycle={first_day}"))


@pytest.mark.rule("FIN-2", part="export")
def test_what_was_paid_in_a_year_is_chosen_and_taken_along(ana, bruno, owing):
    page, year = f"{PAGE}year/", owing.contract.adhesion_date.year
    said = f"Contract {owing.contract.number} Paid, less what went back R$1,349.00"
    for client in (ana, bruno):
        assert said in words(client.get(page, {"year": year}))
    assert f"Nothing was paid in {year - 2}." in words(ana.get(page, {"year": year - 2}))
    for wrong in ("next", "99999", str(clock.now().year + 2), "١٩٩٩"):
        assert ana.get(page, {"year": wrong}).status_code == 404
    taken = ana.get(f"{page}csv/", {"year": year}).content.decode("utf-8-sig")
    [_header, row] = csv.reader(io.StringIO(taken))
    assert row[2:] == ["1349.00", "0.00", "1349.00", "BRL"]
    assert bruno.get(f"{page}pdf/", {"year": year}).content.startswith(b"%PDF")
    path = f"/contracts/{owing.contract.public_id}/paid-years/{year}"
    assert program(owing.customer_id).get(f"{path}/pdf").content.startswith(b"%PDF")
    told = program(owing.customer_id).get(path).json()
    assert (told["paid_minor"], told["back_minor"], len(told["months"])) == (1_349_00, 0, 1)
    assert told["settled"] is False
