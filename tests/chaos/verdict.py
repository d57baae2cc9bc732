"""After the storm: time passes, and then everything that was told is true, and nothing else happened."""

from __future__ import annotations

import time
from collections import Counter

from django.db.models.functions import Now

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.states import State
from abono.domain.invoicing.models import Invoice
from abono.domain.metering import queries as metering
from abono.domain.usage.send_lines import Chosen, every_send
from abono.flows.check_books import check_books
from abono.kernel.ids import public
from abono.platform import agenda, clock
from abono.platform.models import Due
from tests.chaos.callers import Told
from tests.stand_ins import Simulator
from tests.world import Tenant

QUIET_S = 180


def time_passes() -> None:
    """Leases end and pauses are over: nobody repairs anything, the next minutes only come sooner."""
    end = time.monotonic() + QUIET_S
    while time.monotonic() < end:
        waits = Due.objects.filter(parked_at=None, due_at__lte=clock.now() + agenda.LEASE * 60)
        if not waits.exists():
            return
        waits.filter(lease=None).update(due_at=Now(), held_until=Now())
        waits.filter(held_until__gt=Now()).update(held_until=Now())
        agenda.call_workers(now=clock.now())
        time.sleep(2)


def judge(
    told: Told,
    metered: list[Tenant],
    payers: list[Tenant],
    regretters: list[Tenant],
    due: list[Tenant],
    simulator: Simulator,
) -> list[str]:
    """Every sentence that is wrong about the end."""
    wrong = list(told.wrong[:10])
    stored = {}
    for tenant in metered:
        cycle = metering.balance(contract_id=tenant.contract_id, at=clock.now()).cycle
        for send in every_send(Chosen(tenant.contract_id, cycle.start)):
            if send.reference in stored:
                wrong.append(f"{send.reference} is stored twice")
            stored[send.reference] = send.outcome
    wrong += [f"{name} was told to be held and is lost" for name in told.held.keys() - stored.keys()][:5]
    wrong += [f"{name} is held and nobody asked" for name in stored.keys() - told.asked][:5]
    for name, end in told.ended.items():
        if stored[name] is None or stored[name].name != end.upper():
            wrong.append(f"{name} was told to be {end} and is {stored[name]}")
    moved = Counter((entry["kind"], entry["customer"], entry["amount_minor"]) for entry in simulator.book())
    wrong += [f"moved {times} times: {which}" for which, times in moved.items() if times > 1]
    for tenant in regretters:
        whose, back = (
            public("cus", tenant.customer_id),
            told.given_back.get(public("ctr", tenant.contract_id)),
        )
        if contracts.get(tenant.contract_id).state is not State.ENDED or not moved["refund", whose, back]:
            wrong.append(f"{tenant.contract_id} was given back, and {back} did not go back")
    for tenant in payers:
        if contracts.get(tenant.contract_id).package_code != "brl-1000":
            wrong.append(f"the raise of {tenant.contract_id} is not in force")
    for tenant in due:
        paid = Invoice.objects.filter(customer_id=tenant.customer_id, reason="renewal")
        states = [invoice.state for invoice in paid]
        if states != ["paid"]:
            wrong.append(f"renewal of {tenant.contract_id}: {states}")
    wrong += [f"{entry.kind} is parked: {reason}" for entry, _since, reason in agenda.parked()]
    return wrong + [f"books: {finding}" for finding in check_books()]
