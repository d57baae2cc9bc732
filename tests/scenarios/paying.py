"""Paying by a card that does what it is told, and a gateway that answers late."""

from __future__ import annotations

from datetime import timedelta

from abono.domain.payments.models import Attempt
from abono.domain.payments.ports.port import ChargeReply, Outcome
from abono.flows.collecting.charge import charge_invoice
from abono.flows.collecting.hear import hear
from abono.flows.limits.interim import issue_interim
from abono.flows.wallet import save_card
from abono.kernel.money import Money
from tests import world
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_limits import LATER
from tests.world import moment

EVE = JULY_1 - timedelta(seconds=2)
MOMENT_AFTER = JULY_1 + timedelta(seconds=2)


def card(tenant, behaviour, now=LATER):
    save_card(customer_id=tenant.customer_id, frame_ref=behaviour, use=True, actor="ana", now=now)


def bigger(tenant, package="brl-250", now=LATER):
    return world.bigger(tenant, package, now=now)


def pay(tenant, invoice_id, now=LATER):
    return charge_invoice(
        invoice_id=invoice_id,
        customer_id=tenant.customer_id,
        method_id=None,
        off_session=False,
        actor="ana",
        moment=moment(now),
    )


def interim(tenant, now=LATER):
    return issue_interim(contract_id=tenant.contract_id, customer_id=tenant.customer_id, actor="ana", now=now)


def newest():
    return Attempt.objects.latest("id")


def yes(attempt):
    """The gateway took what an attempt asked for."""
    return ChargeReply(Outcome.PAID, "late", Money(attempt.amount_minor, attempt.currency))


def answer(reply=None, *, now):
    """The gateway speaks of the one charge that has no answer."""
    attempt = Attempt.objects.get(state="unknown")
    hear(attempt_id=attempt.id, reply=reply or yes(attempt), actor="system", moment=moment(now))
