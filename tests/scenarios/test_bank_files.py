"""A slip's way through a bank that speaks in files: asked, registered, paid, or not any more (PAY-4, PAY-7)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from io import BytesIO
from zipfile import ZipFile

import pytest

from abono.domain.credit import queries as credit
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import Status
from abono.domain.notices.models import Notice
from abono.domain.payments import registry, unmatched
from abono.domain.payments.errors import (
    BadBankFile,
    BankFileKnown,
    NothingToAsk,
    OldOneStands,
    SlipNotPayable,
)
from abono.domain.payments.files import bank_files, bank_orders
from abono.domain.payments.files.bank_files import TOGETHER
from abono.domain.payments.ports.push import Act, Order
from abono.domain.payments.pushed import requests
from abono.domain.payments.states import Did, Direction, RequestState
from abono.domain.payments.tables.filed import BankFile, BankLine
from abono.domain.payments.tables.requested import PaymentRequest
from abono.entrypoints.jobs.mail import send_emails
from abono.flows.bank_files.remit import remit, to_ask
from abono.flows.bank_files.take import take
from abono.flows.documents.slip import paper_of
from abono.flows.requests.ask import look_at_unwanted
from abono.gateways.simulator import slip_files
from abono.gateways.simulator.slip_bank import answers
from abono.gateways.simulator.slip_files import Told
from abono.kernel.due import Means
from abono.platform import clock
from abono.platform.models import Due, Event
from tests import pdfs
from tests.books import check_books
from tests.pushes import slips_by_files
from tests.scenarios.taking_back import unpaid_renewal
from tests.scenarios.test_requests import asked, paid
from tests.unit.bank_boleto.accounts import REQUEST
from tests.work import ask_gateways

DAY = date(2026, 7, 2)


@pytest.fixture
def account(request, bank, settings):
    """Slips of an account at a bank that speaks in files; Pix as ever."""
    return slips_by_files(settings, getattr(request, "param", "341"))


@pytest.fixture
def owing(padaria, account):
    """The invoice of July, 700.00, which the card did not pay."""
    return unpaid_renewal(padaria)


def sent(account="banco"):
    return remit(gateway=account, actor="olga", real=clock.now())


def taken(content, name="retorno.ret"):
    file, new = take(name=name, content=content, actor="olga", real=clock.now())
    ask_gateways(real=clock.now())
    return file, new


def did(file):
    return [line.did for line in bank_files.lines(file.id)]


def states(*those):
    return [requests.get(one.id).state.value for one in those]


@pytest.mark.parametrize("account", ["341", "756"], indirect=True)
@pytest.mark.rule("PAY-4", part="bank files")
@pytest.mark.rule("PAY-4", part="payable once registered")
@pytest.mark.rule("PAY-7", part="news twice, late, in any order")
def test_a_slip_is_asked_for_by_a_file_registered_by_the_next_and_paid(padaria, owing):
    slip = asked(padaria, owing.id, Means.SLIP)
    assert slip.state is RequestState.ASKED
    with pytest.raises(SlipNotPayable):
        paper_of(slip, "pt-br")

    file = sent()
    assert (file.direction, file.number, file.lines) == (Direction.REMITTANCE, 1, 1)
    content = bank_files.content(file.id)
    with pytest.raises(NothingToAsk):
        sent()
    registered, settled = answers(content, DAY, 31)

    taken(settled)  # in any order
    assert states(slip) == ["paid"]
    first, new = taken(registered)
    assert (did(first), new) == ([Did.KNOWN], True)
    again, new = taken(settled.replace(b"\r\n", b"\n"))
    assert (did(again), new) == ([Did.PAID], False)

    assert invoices.get(owing.id).status is Status.PAID
    assert bank_files.report(again.id).fees.minor == 190
    names = [
        "bank_file.written",
        "bank_file.taken",
        "bank_file.applied",
        "bank_file.taken",
        "bank_file.applied",
    ]
    found = Event.objects.filter(name__startswith="bank_file.").order_by("id")
    assert [one.name for one in found] == names
    assert bank_files.content(file.id) == content
    assert check_books() == []


def test_once_it_is_registered_its_paper_goes_out_with_the_mail(padaria, owing, mailoutbox):
    slip = asked(padaria, owing.id, Means.SLIP)
    [registered, _settled] = answers(bank_files.content(sent().id), DAY, 31)
    taken(registered)
    slip = requests.get(slip.id)
    name, pdf = paper_of(slip, "pt-br")
    assert name == f"boleto-{owing.title}.pdf"
    assert slip.pay_with in pdfs.words(pdf)
    send_emails(0)
    told = [mail for mail in mailoutbox if slip.pay_with in mail.body]
    assert [[part[0] for part in mail.attachments] for mail in told] == [[name]] * len(told) != []


@pytest.mark.parametrize("in_one_go", [True, False])
def test_nobody_is_told_to_pay_a_slip_that_is_registered_after_its_invoice_was_paid(
    padaria, bank, owing, in_one_go, monkeypatch
):
    slip = asked(padaria, owing.id, Means.SLIP)
    [registered, _settled] = answers(bank_files.content(sent().id), DAY, 31)
    paid(bank, asked(padaria, owing.id))
    if not in_one_go:
        monkeypatch.setattr("abono.flows.bank_files.apply.apply_in_one_go", lambda *_those, **_named: None)
    file, _new = taken(registered)
    assert (did(file), states(slip)) == ([Did.REGISTERED], ["payable"])
    assert not Notice.objects.filter(kind="slip_ready").exists()


def test_a_slip_of_another_sum_waits_until_the_bank_has_taken_back_the_first(padaria, bank, owing):
    asked(padaria, owing.id, Means.SLIP)
    sent()
    paid(bank, asked(padaria, owing.id), 300_00)
    with pytest.raises(OldOneStands):
        asked(padaria, owing.id, Means.SLIP)


def test_what_nobody_owes_any_more_is_never_sent_or_written_off_by_the_next_file(padaria, bank, owing):
    early = asked(padaria, owing.id, Means.SLIP)
    paid(bank, asked(padaria, owing.id), 300_00)  # by Pix, a part
    look_at_unwanted(real=clock.now())
    ask_gateways(real=clock.now())
    assert states(early) == ["ended"]
    with pytest.raises(NothingToAsk):
        sent()

    slip = asked(padaria, owing.id, Means.SLIP)
    registered = answers(bank_files.content(sent().id), DAY, 31)[0]
    taken(registered)
    paid(bank, asked(padaria, owing.id))
    ask_gateways(real=clock.now())
    assert states(slip) == ["payable"]  # at its bank it can be paid, still
    with pytest.raises(SlipNotPayable):
        paper_of(requests.get(slip.id), "en")
    second = sent()
    assert [(one.act, second.number) for one in bank_orders.of_file(second.id)] == [(Act.WRITE_OFF, 2)]
    [written_off] = answers(bank_files.content(second.id), DAY, 33)
    file, _new = taken(written_off)
    assert (did(file), states(slip)) == ([Did.WRITTEN_OFF], ["ended"])
    assert to_ask("banco") == {}
    assert credit.balance(padaria.contract_id) == 0


@pytest.mark.rule("PAY-12", part="shown, never applied")
def test_a_file_that_cannot_be_believed_does_nothing_and_says_why(padaria, owing):
    slip = asked(padaria, owing.id, Means.SLIP)
    content = bank_files.content(sent().id)
    _registered, settled = answers(content, DAY, 31)
    lines = settled.splitlines(keepends=True)
    for wrong, why in (
        (content, "layout"),  # a remittance
        (b"", "cut"),
        (settled[:-200], "cut"),
        (b"".join(lines[:-1]), "cut"),
        (settled[:76] + b"237" + settled[79:], "bank"),
        (settled.replace(b"0000000070000", b"0000000080000", 1), "totals"),
        (b"PK\x03\x04 no zip", "zip"),
    ):
        with pytest.raises(BadBankFile) as no:
            taken(wrong)
        assert no.value.reason == why
    assert (BankLine.objects.count(), states(slip)) == (0, ["asked"])

    packed = BytesIO()
    with ZipFile(packed, "w") as file:
        file.writestr("CB.RET", settled)
    taken(packed.getvalue())
    assert states(slip) == ["paid"]
    with pytest.raises(BankFileKnown):  # its number and day, but it says something else
        taken(answers(content, date(2026, 7, 8), 32)[0])


@pytest.mark.rule("PAY-7", part="bank files")
def test_of_a_long_file_that_turns_out_to_be_wrong_at_its_end_nothing_is_kept_and_mended_it_is_taken(account):
    made = registry.bank_files("banco").write([Order(Act.REGISTER, REQUEST)], 7, clock.now())
    sheet = slip_files.read(made.content)
    told = [Told(order, "02", DAY) for order in sheet.orders * (2 * TOGETHER + 200)]
    right = slip_files.write(sheet, told, DAY, 31)
    trailer = right.rindex(b"\n", 0, -2) + 1
    wrong = right[:trailer] + right[trailer:].replace(b"%06d" % 1_202, b"%06d" % 1_203)
    with pytest.raises(BadBankFile) as no:
        taken(wrong)
    assert (no.value.reason, no.value.line) == ("cut", 1_202)
    kept = BankFile.objects, BankLine.objects, Due.objects, Event.objects.filter(name="bank_file.taken")
    assert [of.count() for of in kept] == [0, 0, 0, 0]

    file, new = taken(right)
    assert (new, file.lines, bank_files.report(file.id).did) == (True, 1_200, {Did.UNKNOWN: 1_200})
    assert bank_files.content(file.id) == right
    assert taken(right.replace(b"\r\n", b"\n") + b"\x1a") == (bank_files.get(file.id), False)


def test_money_for_a_slip_that_nobody_knows_is_kept_for_somebody_to_look_at(account):
    made = registry.bank_files("banco").write([Order(Act.REGISTER, REQUEST)], 7, clock.now())
    registered, settled = answers(made.content, DAY, 31)
    assert did(taken(registered)[0]) == [Did.UNKNOWN]
    assert did(taken(settled)[0]) == [Did.KEPT]
    [money] = unmatched.open_money()
    assert (money.taken.minor, money.gateway) == (199_90, "banco")


def test_a_slip_that_the_bank_refuses_says_why_in_its_words(padaria, owing):
    slip = asked(padaria, owing.id, Means.SLIP)
    PaymentRequest.objects.update(payer={**asdict(slip.payer), "name": "Padaria REFUSED"})
    [refused] = answers(bank_files.content(sent().id), DAY, 31)
    file, _new = taken(refused)
    assert (did(file), states(slip)) == ([Did.REFUSED], ["refused"])
    assert asked(padaria, owing.id, Means.SLIP).id != slip.id  # mended, it is asked for anew
