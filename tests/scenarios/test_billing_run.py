"""A billing run: restarted at any point, late, with contracts that cannot be renewed, and what it came to (INV-1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models.functions import Now

from abono.domain.billing_runs import queries as runs
from abono.domain.billing_runs.models import Run
from abono.domain.billing_runs.types import RunInfo
from abono.domain.contracts.due import RENEW
from abono.domain.invoicing.models import Invoice, InvoiceLine
from abono.domain.invoicing.runs import Amount, Billed
from abono.domain.payments.models import PaymentMethod
from abono.flows import due_work
from abono.flows.billing import run as billing
from abono.flows.billing.renew import renew
from abono.platform import agenda, clock
from abono.platform.models import Due, Event
from tests import sql
from tests.books import check_books
from tests.fakes import FakeGateway
from tests.scenarios.test_collecting import spoil
from tests.scenarios.test_cycles import JULY_1
from tests.versions import new_versions
from tests.work import run_jobs
from tests.world import DAY, HOUR, Tenant, bigger, load_catalog, make_padaria, sign, use

pytestmark = pytest.mark.django_db
BEGUN = JULY_1 + HOUR
OCTOBER = JULY_1 + 93 * DAY


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture(autouse=True)
def catalog(gateway: FakeGateway) -> None:
    load_catalog()


def last() -> RunInfo:
    return runs.page(limit=1)[0]


def lines_of(tenant: Tenant) -> list[tuple[object, ...]]:
    found = InvoiceLine.objects.filter(invoice__contract_id=tenant.contract_id, invoice__reason="renewal")
    named = ("invoice__key", "position", "kind", "name", "period_start", "period_end", "amount_minor")
    return list(found.order_by("invoice__key", "position").values_list(*named))


@pytest.mark.rule("INV-1", "TIM-4")
def test_one_late_run_bills_what_those_that_it_missed_would_have() -> None:
    in_time, late = make_padaria(), make_padaria()
    for tenant in (in_time, late):
        use(tenant.contract_id, 200)  # 10.00 beyond the package
    for _month in range(4):
        cycle_end = in_time.contract.cycle_end
        assert cycle_end is not None
        renew(contract_id=in_time.contract_id, now=cycle_end)
    assert billing.run(now=OCTOBER) == 4
    assert [key for key, position, *_ in lines_of(late) if position == 1] == [
        f"cycle:{n}" for n in (1, 2, 3, 4)
    ]
    assert lines_of(late) == lines_of(in_time)
    assert set(Invoice.objects.filter(billing_run_id=last().id).values_list("issued_at", flat=True)) == {
        OCTOBER
    }
    assert last().ended_at is not None
    assert check_books() == []


@pytest.mark.rule("INV-1", "OPS-1")
def test_what_is_killed_in_a_chunk_or_before_it_is_counted_is_taken_up_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Meanwhile the price list changes: those who are renewed later pay the same, by their contracts."""
    monkeypatch.setattr(billing, "CHUNK", 3)
    tenants = [make_padaria() for _ in range(8)]
    PaymentMethod.objects.update(in_use=False)  # so that they go one by one
    asked: list[bool] = []

    def in_the_second_chunk() -> bool:
        asked.append(True)
        if len(asked) == 7:  # before each chunk and each renewal
            raise Killed
        return False

    with pytest.raises(Killed):
        billing.run(now=BEGUN, stop=in_the_second_chunk)
    assert Invoice.objects.filter(reason="renewal").count() == 4
    assert last().done == 3  # of the fourth nobody was told

    new_versions(BEGUN)
    billing.run(now=BEGUN)  # it has what nobody had in hand; what somebody had may still be done
    assert Invoice.objects.filter(reason="renewal").count() == 6
    assert (last().done, last().left, last().ended_at) == (6, 2, None)

    Due.objects.filter(lease__isnull=False).update(held_until=Now())  # two minutes later
    assert billing.run(now=BEGUN) == 2
    assert billing.run(now=BEGUN) == 0
    assert [tenant.contract.cycle_number for tenant in tenants] == [1] * 8
    assert len(runs.page(limit=5)) == 1
    assert last().billed == (
        Billed("BRL", 8, 8 * 700_00, (Amount("plan", 8, 8 * 600_00), Amount("package", 8, 8 * 100_00))),
    )
    assert last().ended_at is not None
    event = Event.objects.get(name="billing_run.finished")
    assert (event.customer_id, event.data["invoices"], event.data["totals"]) == (None, 8, {"BRL": 8 * 700_00})
    assert check_books() == []


def twice(padaria: Tenant) -> Callable[[], object]:
    """The package of July is on another renewal already."""
    of_june = "(SELECT id FROM invoicing_invoice WHERE contract_id = %s AND key = 'first')"
    sql.run(
        "INSERT INTO invoicing_invoice SELECT (jsonb_populate_record(i, jsonb_build_object('id', gen_random_uuid(),"
        " 'key', 'cycle:9', 'reason', 'renewal', 'state', 'draft', 'number', NULL, 'paid_at', NULL))).*"
        f" FROM invoicing_invoice i WHERE id = {of_june}",
        padaria.contract_id,
    )
    line = "invoice_id IN (SELECT id FROM invoicing_invoice WHERE contract_id = %s AND key = 'cycle:9')"
    sql.run(
        "INSERT INTO invoicing_invoiceline (invoice_id, position, kind, name, period_start, period_end, quantity,"
        " unit_price_micro, amount_minor, fiscal_type, credited_minor)"
        " SELECT o.id, 1, 'package', name, period_start + interval '1 month', period_end + interval '1 month', 1, 1, 1, fiscal_type, 0"
        " FROM invoicing_invoiceline l JOIN invoicing_invoice o ON o.contract_id = %s AND o.key = 'cycle:9'"
        f" WHERE l.kind = 'package' AND l.invoice_id = {of_june}",
        padaria.contract_id,
        padaria.contract_id,
    )

    def mended() -> None:
        sql.run(f"DELETE FROM invoicing_invoiceline WHERE {line}", padaria.contract_id)
        sql.run(
            "DELETE FROM invoicing_invoice WHERE contract_id = %s AND key = 'cycle:9'", padaria.contract_id
        )

    return mended


def gap(padaria: Tenant) -> Callable[[], object]:
    """June ended an hour late, as metering has it."""
    move = "UPDATE metering_cycle SET cycle_end = cycle_end + interval '{} hour' WHERE contract_id = %s AND cycle_start < %s"
    sql.run(move.format(1), padaria.contract_id, JULY_1)
    return lambda: sql.run(move.format(-1), padaria.contract_id, JULY_1)


@pytest.mark.rule("INV-1", "INV-3")
@pytest.mark.parametrize(("broken", "why"), [(twice, "PeriodTwice"), (gap, "PeriodMissing")])
def test_what_cannot_be_proven_is_parked_at_once_and_renewed_when_it_is_repaired(
    broken: Callable[[Tenant], Callable[[], object]], why: str
) -> None:
    one, another = make_padaria(), make_padaria()
    mended = broken(one)
    assert billing.run(now=BEGUN) == 1
    assert (one.contract.cycle_number, another.contract.cycle_number) == (0, 1)
    [(entry, _since, reason)] = agenda.parked(RENEW)
    assert entry.subject == one.contract_id
    assert reason.startswith(why)
    assert (last().done, last().parked, last().ended_at is None) == (1, 1, False)

    mended()
    assert agenda.release_parked(real=BEGUN, kind=RENEW, subject=another.contract_id) == 0
    assert agenda.release_parked(real=BEGUN, kind=RENEW, subject=one.contract_id) == 1
    assert billing.run(now=BEGUN) == 1
    assert one.contract.cycle_number == 1
    assert agenda.parked() == []
    assert check_books() == []


@pytest.mark.rule("INV-1", "OPS-1")
def test_what_fails_is_tried_again_within_the_run_and_then_parked() -> None:
    padaria = make_padaria()
    spoil(padaria)
    for minutes in (0, 1, 3):
        assert last_is_open() == (minutes > 0)
        assert billing.run(now=BEGUN + timedelta(minutes=minutes)) == 0
    assert (last().done, last().again, last().parked) == (0, 0, 1)
    assert last().ended_at is not None
    assert len(runs.page(limit=5)) == 1


def last_is_open() -> bool:
    return runs.under_way() is not None


@pytest.mark.rule("INV-1")
def test_what_is_three_times_the_cycle_before_stands_out() -> None:
    signed = sign(plan="starter")
    assert billing.run(now=BEGUN) == 1  # 100.00 of package
    assert last().far == ()
    due_work.work_off(now=BEGUN)  # it is paid
    tenant = Tenant(signed.customer_id, signed.contract_id, {})
    bigger(tenant, "brl-500", now=BEGUN + DAY)
    assert billing.run(now=JULY_1 + 31 * DAY + HOUR) == 1
    [far] = last().far
    assert (far.contract_id, far.before_minor, far.after_minor) == (signed.contract_id, 100_00, 500_00)
    assert last().far_count == 1
    before = runs.before(last())
    assert before is not None
    assert before.billed[0].total_minor == 100_00


@pytest.mark.rule("INV-1", "OPS-1")
def test_the_sweep_calls_for_a_run_once_and_the_command_shows_it() -> None:
    padaria = make_padaria(now=clock.now() - 40 * DAY)
    sql.run("DELETE FROM procrastinate_jobs")
    for _again in range(2):
        due_work.sweep(real=clock.now())
    assert sql.run("SELECT task_name FROM procrastinate_jobs") == [("billing_run",)]
    run_jobs()
    assert padaria.contract.cycle_number == 1
    assert Run.objects.exclude(ended_at=None).count() == 1

    out = StringIO()
    call_command("billing_run", stdout=out)
    assert "1 renewed" in out.getvalue()
    assert "R$700.00" in out.getvalue()
    call_command("billing_run", "--start", stdout=out, stderr=(err := StringIO()))
    assert "0 renewed by this process" in err.getvalue()
