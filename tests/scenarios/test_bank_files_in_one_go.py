"""Lines of a return that are applied in one go leave behind what they do one by one, to the last row (PAY-4, PAY-7)."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import Status
from abono.domain.payments import bank_files, receipts
from abono.domain.payments.models import Receipt
from abono.domain.payments.requested import PaymentRequest
from abono.domain.payments.states import Did
from abono.flows.bank_files.apply import apply_lines, apply_one
from abono.flows.bank_files.in_one_go import apply_in_one_go
from abono.flows.bank_files.take import take
from abono.flows.check_books import check_books
from abono.flows.wallet import save_card
from abono.gateways.simulator.slip_bank import answers
from abono.kernel.due import Means
from abono.platform import clock
from tests.pushes import slips_by_files
from tests.scenarios.both_ways import alike
from tests.scenarios.taking_back import newest
from tests.scenarios.test_bank_files import DAY, sent
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_limits import LATER
from tests.scenarios.test_requests import asked
from tests.work import renew_due
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


@pytest.fixture
def slips(bank, settings):
    """Invoices of as many customers whose cards did not pay them, asked for by slips, and what their bank answers, the first file again at the end."""
    slips_by_files(settings)
    tenants = [make_padaria() for _ in PAYERS]
    for one in tenants:
        save_card(customer_id=one.customer_id, frame_ref="decline:balance", use=True, actor="ana", now=LATER)
    renew_due(now=JULY_1)
    for one, word in zip(tenants, PAYERS, strict=True):
        slip = asked(one, newest(one).id, Means.SLIP)
        payer = {**asdict(slip.payer), "name": f"Padaria {word}"}
        PaymentRequest.objects.filter(id=slip.id).update(payer=payer)
    asked_for = bank_files.content(sent().id)
    return tenants, [*answers(asked_for, DAY, 31), answers(asked_for, DAY, 41)[0]]


def names():
    found = Receipt.objects.all()
    return {called: f"receipt {one.reference}" for one in found for called in (str(one.id), one.public_id)}


@pytest.mark.rule("PAY-7", part="news twice, late, in any order")
def test_lines_that_are_applied_in_one_go_leave_behind_what_they_do_one_by_one(slips):
    tenants, contents = slips
    real = clock.now()
    ordinary = []
    for content in contents:
        file, _new = take(name="x.ret", content=content, actor="olga", real=real)
        lines, left = bank_files.open_lines(file.id, 1), []

        def in_one_go(file=file, lines=lines, left=left):
            left += apply_in_one_go(file, lines, real=real)
            for line in left:
                apply_one(file, line, real=real)

        def one_by_one(file=file, lines=lines):
            for line in lines:
                apply_one(file, line, real=real)

        alike(in_one_go, one_by_one, [one.contract_id for one in tenants], names, MORE)
        ordinary.append(len(lines) - len(left))
        apply_lines(file_id=file.id, first=1, real=real)
    assert ordinary == [len(PAYERS) - 1, len(PLAIN), len(PAYERS) - 1]
    assert check_books() == []


@pytest.mark.rule("PAY-7", part="bank files")
def test_a_line_among_many_that_fails_holds_up_none_of_them(slips, monkeypatch):
    tenants, contents = slips
    broken, real = newest(tenants[PLAIN[1]]).id, clock.now()
    for content in contents[:2]:
        file, _new = take(name="x.ret", content=content, actor="olga", real=real)
        with monkeypatch.context() as broke:
            note = receipts._note

            def fails(name, row, *more, note=note, **rest):
                if row.invoice_id == broken:
                    raise OSError("no")
                note(name, row, *more, **rest)

            broke.setattr(receipts, "_note", fails)
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
