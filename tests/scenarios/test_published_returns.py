"""Return files that banks' customers published land on slips of ours that have their numbers (PAY-4, PAY-7)."""

from __future__ import annotations

from collections import Counter

import pytest

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import FiscalType
from abono.domain.payments.files import bank_files
from abono.domain.payments.ports.push import Happening
from abono.domain.payments.pushed import requests
from abono.domain.payments.states import Did
from abono.domain.payments.tables.requested import PaymentRequest
from abono.flows.bank_files.take import take
from abono.flows.one_off.draft import Written, seen, write_draft
from abono.flows.one_off.issue import issue_one_off
from abono.gateways.bank_boleto.returns import read
from abono.kernel.due import Means
from abono.kernel.ids import uuid7
from abono.platform import clock
from tests.books import check_books
from tests.pushes import SLIP_BANK
from tests.scenarios.test_requests import LATER, asked
from tests.unit.bank_boleto.accounts import FOR_FILES, OPTIONS
from tests.unit.bank_boleto.samples import ACCOUNTS, FILES, content
from tests.work import ask_gateways

DIGITS = {"341": {"account_digit": "1"}}  # of the account of its file, which does not say it
OURS = [file for file in FILES if file[:3] in FOR_FILES]  # of banks whose files we write


@pytest.fixture(params=OURS)
def file(request, bank, settings):
    """A published file, of the account that it is for: slips are of that account."""
    of_file = ACCOUNTS[request.param]
    own = {"agency": of_file.agency, "account": of_file.account, "agreement": of_file.agreement}
    own = {name: said for name, said in own.items() if said} | DIGITS.get(of_file.bank, {})
    options = OPTIONS[of_file.bank] | FOR_FILES[of_file.bank] | own
    settings.GATEWAYS = {**settings.GATEWAYS, "banco": {"adapter": SLIP_BANK, "options": options}}
    settings.PUSH_GATEWAYS = {"pix": "bank", "slip": "banco"}
    return request.param


def owing(tenant, minor):
    """The slip of an invoice of that much, of which the bank was asked."""
    line = Written("Training", 1, minor * 10_000, FiscalType.SVA)
    draft = write_draft(contract_id=tenant.contract_id, named=uuid7(), lines=[line], now=LATER)
    issued = issue_one_off(
        invoice_id=draft.id, accepted=seen(draft), why="As agreed.", actor="olga", now=LATER
    )
    return asked(tenant, issued.id, Means.SLIP)


@pytest.mark.rule("PAY-4", part="bank files")
def test_each_line_does_what_it_says_to_the_slip_of_its_number(padaria, file):
    lines = list(read(ACCOUNTS[file], content(file)).lines)
    sums = {line.reference: 10_00 for line in lines}
    sums |= {line.reference: line.received.amount.minor for line in lines if line.received}
    slips = {reference: owing(padaria, minor) for reference, minor in sums.items()}
    for reference, slip in slips.items():
        PaymentRequest.objects.filter(id=slip.id).update(reference=reference)

    taken, new = take(name=file, content=content(file), actor="olga", real=clock.now())
    ask_gateways(real=clock.now())

    did = [(line.told.reference, line.did) for line in bank_files.lines(taken.id)]
    assert new
    assert [reference for reference, _did in did] == [line.reference for line in lines]
    assert Did.UNKNOWN not in dict(did).values()
    paid = Counter(line.reference for line in lines if line.received)
    for reference, slip in slips.items():
        said = [line.happening for line in lines if line.reference == reference]
        found = requests.get(slip.id)
        if reference in paid:
            assert (found.state.value, invoices.get(slip.invoice_id).owed_minor) == ("paid", 0)
        elif said[-1] is Happening.REGISTERED:
            assert found.state.value == "payable"
    assert check_books() == []
