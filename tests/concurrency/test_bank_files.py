"""A bank's return that is pressed and applied by several at once, and whose worker is killed in the middle: each line once (PAY-7)."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.db import transaction
from django.db.models.functions import Now

from abono.domain.invoicing.models import Invoice
from abono.domain.payments.files import bank_files
from abono.domain.payments.models import Receipt
from abono.domain.payments.pushed import requests
from abono.domain.payments.states import Did, RequestState
from abono.flows.bank_files.apply import apply_lines
from abono.flows.bank_files.remit import remit
from abono.flows.bank_files.take import take
from abono.flows.check_books import check_books
from abono.flows.wallet import save_card
from abono.gateways.simulator.slip_bank import answers
from abono.kernel.due import Means
from abono.platform import clock
from abono.platform.models import Due, Event
from tests import sql
from tests.concurrency.test_flows import at_once
from tests.concurrency.test_worker import until
from tests.concurrency.waiting import WAITING
from tests.concurrency.worker_process import worker
from tests.pushes import SLIP_BANK
from tests.scenarios.taking_back import newest
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_limits import LATER
from tests.scenarios.test_requests import asked
from tests.unit.bank_boleto.accounts import FOR_FILES, OPTIONS
from tests.work import ask_gateways, renew_due
from tests.world import load_catalog, make_padaria

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
ACCOUNT = OPTIONS["341"] | FOR_FILES["341"]
SLIPS = 4


@pytest.fixture
def slips(gateway, bank, settings):
    """Of as many customers, asked for at an account that a worker's own process knows as well."""
    settings.GATEWAYS = {**settings.GATEWAYS, "bank_boleto": {"adapter": SLIP_BANK, "options": ACCOUNT}}
    settings.PUSH_GATEWAYS = {"pix": "bank", "slip": "bank_boleto"}
    load_catalog()
    tenants = [make_padaria() for _ in range(SLIPS)]
    for one in tenants:
        save_card(customer_id=one.customer_id, frame_ref="decline:balance", use=True, actor="ana", now=LATER)
    renew_due(now=JULY_1)
    return [asked(one, newest(one).id, Means.SLIP) for one in tenants]


def states(those):
    return {requests.get(one.id).state for one in those}


@pytest.mark.rule("PAY-7", part="bank files")
@pytest.mark.rule("OPS-1", part="killed at any moment")
def test_each_line_is_applied_once_whoever_presses_at_once_or_is_killed(slips):
    written = at_once(lambda _n: remit(gateway="bank_boleto", actor="olga", real=clock.now()), threads=3)
    [sent] = [one for one in written if isinstance(one, bank_files.FileInfo)]
    registered, settled = answers(bank_files.content(sent.id), date(2026, 7, 2), 31)

    def press(content):
        return take(name="a.ret", content=content, actor="olga", real=clock.now())

    pressed = at_once(lambda _n: press(registered), threads=3)
    [file_id] = {file.id for file, _new in pressed}
    assert [new for _file, new in pressed].count(True) == 1
    at_once(lambda _n: apply_lines(file_id=file_id, first=1, real=clock.now()), threads=3)
    assert bank_files.report(file_id).did == {Did.REGISTERED: SLIPS}
    assert states(slips) == {RequestState.PAYABLE}

    with (
        transaction.atomic()
    ):  # somebody has a customer in hand: the worker waits for it, and is killed there
        sql.run("SELECT id FROM customers_customer WHERE id = %s FOR UPDATE", slips[1].customer_id)
        with worker(ABONO_BANK_BOLETO=json.dumps(ACCOUNT), ABONO_ALLOW_UNSAFE_FSYNC="1"):
            [[file, _new]] = at_once(lambda _n: press(settled), threads=1)
            until(lambda: bank_files.report(file.id).left == 1 and sql.run(WAITING)[0][0] > 0)
    assert bank_files.report(file.id).did == {Did.PAID: SLIPS - 1}
    Due.objects.filter(held_until__isnull=False).update(held_until=Now())
    for _twice in range(2):
        ask_gateways(real=clock.now())
    assert bank_files.report(file.id).did == {Did.PAID: SLIPS}
    assert states(slips) == {RequestState.PAID}
    assert (Receipt.objects.count(), Invoice.objects.filter(reason="renewal", state="paid").count()) == (
        SLIPS,
        SLIPS,
    )
    assert Event.objects.filter(name="bank_file.applied").count() == 2
    assert check_books() == []
