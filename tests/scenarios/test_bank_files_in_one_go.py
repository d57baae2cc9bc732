"""Lines of a return that are applied in one go leave behind what they do one by one, to the last row (PAY-4, PAY-7)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from random import Random

import pytest

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import Status
from abono.domain.payments import receipts
from abono.domain.payments.files import bank_files
from abono.domain.payments.models import Receipt
from abono.domain.payments.pushed import requests
from abono.domain.payments.receipts import Came
from abono.domain.payments.states import Did, Way
from abono.domain.payments.tables.requested import PaymentRequest
from abono.flows import locks
from abono.flows.bank_files.apply import apply_lines, apply_one
from abono.flows.bank_files.in_one_go import apply_in_one_go
from abono.flows.bank_files.take import take
from abono.flows.collecting.collect import collect
from abono.flows.restriction.by_seller import restrict_for_fraud
from abono.flows.restriction.debt import restrict_for_debt
from abono.flows.standing.dispute import open_dispute
from abono.flows.standing.record import record_payment
from abono.flows.standing.write_off import write_off
from abono.flows.wallet import save_card
from abono.gateways.simulator.slip_bank import answers
from abono.kernel.due import Means
from abono.kernel.errors import Refusal
from abono.kernel.moment import Moment
from abono.platform import clock
from tests.books import check_books
from tests.pushes import slips_by_files
from tests.scenarios.both_ways import alike
from tests.scenarios.living.seeds import seeds
from tests.scenarios.taking_back import AUGUST_1, newest, take_back
from tests.scenarios.test_bank_files import DAY, sent
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_limits import LATER
from tests.scenarios.test_requests import asked
from tests.work import renew_due
from tests.world import DAY as A_DAY
from tests.world import make_padaria

PAYERS = (
    "",
    "LESS",
    "",
    "MORE",
    "TWICE",
    "LATE",
    "WRITTEN OFF",
    "REFUSED",
    "",
)  # as the simulator's bank has it
PLAIN = [place for place, word in enumerate(PAYERS) if not word]
_WHOSE = "SELECT id FROM invoicing_invoice WHERE contract_id = ANY({})"
MORE = {
    "slips": f"SELECT to_jsonb(r) FROM payments_paymentrequest r WHERE invoice_id IN ({_WHOSE})",
    "receipts": f"SELECT to_jsonb(r) FROM payments_receipt r WHERE invoice_id IN ({_WHOSE})",
    "told": "SELECT to_jsonb(l) FROM payments_bankline l, (SELECT {}) of",
    "looks": f"""SELECT to_jsonb(d) - '{{{{id,held_until}}}}'::text[] FROM platform_due d WHERE subject IN
                  (SELECT id FROM payments_paymentrequest WHERE invoice_id IN ({_WHOSE}))""",
}


BEFORE = {  # what may become of an invoice, its contract or its slip before the bank tells of that
    "nothing": lambda _one, _invoice_id: None,
    "part of it came by transfer": lambda _one, invoice_id: transferred(invoice_id, 100_00),
    "all of it came by transfer": lambda _one, invoice_id: transferred(invoice_id, 700_00),
    "a line of it was taken back": lambda one, _invoice_id: take_back(newest(one), (1, 50_00)),
    "nobody is asked for it": lambda _one, invoice_id: write_off(invoice_id=invoice_id, **BY_OLGA),
    "it is contested": lambda _one, invoice_id: open_dispute(invoice_id=invoice_id, **BY_OLGA),
    "a Pix asks for it too": lambda one, invoice_id: asked(one, invoice_id, Means.PIX),
    "a card may pay it": lambda one, invoice_id: charged_unclearly(one, invoice_id),
    "its contract is restricted": lambda one, _id: restrict_for_fraud(contract_id=one.contract_id, **BY_OLGA),
    "it was due before": lambda _one, invoice_id: due_before(invoice_id),
    "and for this debt": lambda _one, invoice_id: restricted_for(invoice_id),
}
BY_OLGA = {"why": "x", "actor": "olga", "now": LATER}


def transferred(invoice_id, minor):
    came = Came(Way.TRANSFER, minor, LATER.date(), f"E{minor}", "Bank statement.")
    record_payment(invoice_id=invoice_id, came=came, actor="olga", now=LATER)


def charged_unclearly(one, invoice_id):
    save_card(customer_id=one.customer_id, frame_ref="vanish", use=True, actor="ana", now=LATER)
    collect(invoice_id=invoice_id, moment=Moment(clock.now(), LATER))


def restricted_for(invoice_id):
    with locks.invoice(invoice_id) as (contract, _invoice):
        assert restrict_for_debt(contract, invoices.get(invoice_id), now=AUGUST_1)


def due_before(invoice_id):
    due_date = (JULY_1 - 20 * A_DAY).date()
    PaymentRequest.objects.filter(invoice_id=invoice_id).update(due_date=due_date, counted_from=due_date)


def answered(words, before=()):
    """Invoices of as many customers whose cards did not pay them, asked for by slips, what became of each before its bank answers,
    and what that answers, the first file again at the end."""
    tenants = [make_padaria() for _ in words]
    for one in tenants:
        save_card(customer_id=one.customer_id, frame_ref="decline:balance", use=True, actor="ana", now=LATER)
    renew_due(now=JULY_1)
    for one, word in zip(tenants, words, strict=True):
        slip = asked(one, newest(one).id, Means.SLIP)
        payer = {**asdict(slip.payer), "name": f"Padaria {word}"}
        PaymentRequest.objects.filter(id=slip.id).update(payer=payer)
    asked_for = bank_files.content(sent().id)
    for one, acts in zip(tenants, before, strict=False):
        for act in acts:
            with suppress(Refusal):
                BEFORE[act](one, newest(one).id)
    return tenants, [*answers(asked_for, DAY, 31), answers(asked_for, DAY, 41)[0]]


@pytest.fixture
def slips(bank, settings):
    slips_by_files(settings)
    return answered(PAYERS)


def names():
    found = Receipt.objects.all()
    return {called: f"receipt {one.reference}" for one in found for called in (str(one.id), one.public_id)}


def applied_alike(tenants, contents):
    """Each file in both ways, which leave the same behind. Returns how many lines of each went in one go."""
    ordinary, real = [], clock.now()
    for content in contents:
        file, _new = take(name="x.ret", content=content, actor="olga", real=real)
        lines, left = bank_files.open_lines(file.id, 1), []

        def in_one_go(file=file, left=left):
            apply_in_one_go(file, 1, real=real)
            left += bank_files.open_lines(file.id, 1)
            for line in left:
                apply_one(file, line, real=real)

        def one_by_one(file=file, lines=lines):
            for line in lines:
                apply_one(file, line, real=real)

        alike(in_one_go, one_by_one, [one.contract_id for one in tenants], names, MORE)
        ordinary.append(len(lines) - len(left))
        apply_lines(file_id=file.id, first=1, real=real)
    assert {one.what for one in check_books()} <= {"money at a gateway belongs to nobody"}
    return ordinary


@pytest.mark.rule("PAY-7", part="news twice, late, in any order")
def test_lines_that_are_applied_in_one_go_leave_behind_what_they_do_one_by_one(slips):
    tenants, contents = slips
    assert applied_alike(tenants, contents) == [len(PAYERS) - 1, len(PLAIN), len(PAYERS) - 1]
    assert check_books() == []


@pytest.mark.parametrize("seed", seeds(7, always=1))
@pytest.mark.rule("PAY-7", part="news twice, late, in any order")
def test_whatever_became_of_an_invoice_before_both_ways_leave_the_same_behind(bank, settings, seed):
    slips_by_files(settings)
    drawn = Random(seed)
    acts = drawn.sample(list(BEFORE), len(BEFORE))
    words = drawn.choices(("", "", *PAYERS), k=len(acts))
    tenants, contents = answered(words, [(act, *drawn.choices(acts, k=drawn.randrange(2))) for act in acts])
    applied_alike(tenants, drawn.sample(contents, len(contents)))


@pytest.mark.rule("PAY-7", part="bank files")
def test_a_line_among_many_that_fails_holds_up_none_of_them(slips, monkeypatch):
    tenants, contents = slips
    broken, real = newest(tenants[PLAIN[1]]).id, clock.now()
    slip = requests.newest(broken)
    for content in contents[:2]:
        file, _new = take(name="x.ret", content=content, actor="olga", real=real)
        lines = [line.told for line in bank_files.lines(file.id)]
        monies = [one.received.reference for one in lines if one.received and one.reference == slip.reference]
        with monkeypatch.context() as broke:
            said = receipts.said

            def fails(row, said=said, monies=monies):
                if row.reference in monies:
                    raise OSError("no")
                return said(row)

            broke.setattr(receipts, "said", fails)
            if content is contents[0]:
                apply_lines(file_id=file.id, first=1, real=real)
                continue
            with pytest.raises(OSError, match="no"):
                apply_lines(file_id=file.id, first=1, real=real)
        assert bank_files.report(file.id).left == 1
        assert invoices.get(broken).status is not Status.PAID
        assert bank_files.report(file.id).did[Did.PAID] == len(bank_files.lines(file.id)) - 2
        apply_lines(file_id=file.id, first=1, real=real)
        assert bank_files.report(file.id).left == 0
    assert [invoices.get(newest(tenants[one]).id).status for one in PLAIN] == [Status.PAID] * len(PLAIN)
    assert check_books() == []
