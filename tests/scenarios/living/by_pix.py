"""Pix of a life at random: less than was asked for, more, or twice; and Pix that nobody here asked for (PAY-6, PAY-12)."""

from __future__ import annotations

from dataclasses import replace

from abono.domain.credit import queries as credit
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import State
from abono.domain.payments import receipts, unmatched
from abono.domain.payments.ports.push import Arrival, Received
from abono.domain.payments.states import Why
from abono.flows.requests.ask import ask_for, look
from abono.kernel.due import Means
from abono.kernel.errors import Refusal
from abono.kernel.money import Money
from abono.platform import clock
from tests.scenarios.living.life import Life
from tests.scenarios.living.standing import owing, some, today
from tests.work import gateway_tells
from tests.world import moment


def paid(life: Life) -> None:
    """An invoice, once or twice: each Pix counts once, however often its news come, and what is too much is credit."""
    if some(life, State.PENDING) is None:
        owing(life)
    found = some(life, State.PENDING)
    if found is None:
        return
    try:
        asked = ask_for(
            invoice_id=found.id,
            customer_id=life.tenant.customer_id,
            means=Means.PIX,
            actor="ana",
            moment=moment(life.now),
        )
    except Refusal as no:
        life.tell("no pix", found.title, repr(no))
        return
    rest, known = found.rest_minor, receipts.of_invoice(found.id)
    sums = life.dice.choice([[rest], [-(-rest // 3)], [rest + 1], [rest, rest], [rest, 5]])
    life.tell("pix", found.title, rest, sums)
    life.clean = False
    for minor in sums:
        life.bank.pay(asked.id.hex, minor, on=today(life))
        for _again in range(life.dice.choice([1, 2])):
            look(request_id=asked.id, real=clock.now())
    came = receipts.of_invoice(found.id)[: -len(known) or None]  # newest first
    assert sorted(one.amount.minor for one in came) == sorted(sums)
    late = sum(one.late.minor for one in came)
    too_much = sum(one.credit.minor for one in came)  # which may pay another invoice at once
    assert too_much == max(sum(sums) - late - rest, 0)
    found.refresh_from_db()
    assert found.rest_minor == max(rest - sum(sums) + late, 0)


def stray(life: Life) -> None:
    """One comes that belongs to no invoice, and maybe goes back to who sent it: it is shown meanwhile, and pays nothing."""
    name, stands = f"E{len(life.bank.strays)}", _stands(life)
    owed = Invoice.objects.filter(contract_id=life.key).order_by("id").values_list("total_minor", flat=True)
    life.strays[name] = Money(max(life.dice.choice([1, *owed]), 1), life.currency)  # as much as one asked for
    came = Received(name, life.strays[name], today(life))
    _told(life, came)
    if life.dice.randrange(3):
        gone = life.dice.choice(sorted(life.strays))
        _told(life, replace(life.bank.strays[gone].received, back=life.strays.pop(gone)))
    assert _stands(life) == stands


def _told(life: Life, came: Received) -> None:
    life.bank.strays[came.reference] = Arrival(None, "another shop", came)
    for _again in range(life.dice.choice([1, 2])):
        gateway_tells(received=came.reference, name="bank", real=clock.now())
    life.tell("stray pix", came)
    found = {one.key: one.taken for one in unmatched.open_money() if one.why is Why.NOBODY}
    assert found == life.strays


def _stands(life: Life) -> list[object]:
    of = Invoice.objects.filter(contract_id=life.key).order_by("id")
    return [*of.values_list("id", "state", "received_minor", "credited_minor"), credit.balance(life.key)]
