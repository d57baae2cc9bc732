"""A write that was done and whose process died before it told: who asks again with the same key is told what was done, and
nothing is done a second time (API-2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.http import HttpResponse

from abono.domain.invoicing.models import Invoice
from abono.domain.settings import queries as settings
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import CHANGE_HELD_FOR, REVIEW_FOR
from abono.kernel.ids import public
from abono.platform import clock
from abono.platform.models import Event, IdempotencyKey
from tests.adjustments import adjusting
from tests.entrypoints.api.conftest import Program, contract_id, quoted
from tests.remembered import lately
from tests.stories import announced, linked, made_coupon, uncover
from tests.versions import new_versions
from tests.work import renew_due
from tests.world import DAY, Tenant, today

WHY = {"why": "a test"}
TENTH = {"code": "TEN", "rate_micro": 100_000, **WHY}
LINES = {"lines": [{"name": "Training", "unit_price_micro": 12_000_000}]}

type Write = tuple[Program, str, object]


def held(padaria: Tenant, sol: Program) -> str:
    """A change that waits for the seller."""
    set_value(setting=CHANGE_HELD_FOR, value="approval", actor="person:olga", why="a test", now=clock.now())
    settings.forget_snapshot()
    accept = quoted(sol, padaria)
    assert sol.post(accept, once="accept").status_code == 202
    return accept.removesuffix("/accept")


def changed(padaria: Tenant, sol: Program, **wanted: str) -> str:
    accept = quoted(sol, padaria, **wanted)
    assert sol.post(accept, once="accept").status_code == 200
    return accept.removesuffix("/accept")


def drafted(padaria: Tenant, seller: Program) -> str:
    made = seller.post(f"/contracts/{contract_id(padaria)}/one-off-invoices", LINES, once="draft").json()
    return f"/one-off-invoices/{made['id']}"


def reviewed(padaria: Tenant) -> str:
    set_value(
        setting=REVIEW_FOR,
        value=timedelta(days=7),
        actor="olga",
        why="a test",
        now=lately() - timedelta(seconds=1),
    )
    settings.forget_snapshot()
    assert padaria.contract.cycle_end is not None
    renew_due(now=padaria.contract.cycle_end)
    return f"/invoices-in-review/{Invoice.objects.get(state='draft').public_id}"


def redeemed(padaria: Tenant, sol: Program) -> str:
    made_coupon()
    path = f"/contracts/{contract_id(padaria)}/coupons"
    assert sol.post(path, {"code": "sol10"}, once="redeem").status_code == 201
    return path


def with_coupon(padaria: Tenant) -> str:
    made_coupon()
    return f"/contracts/{contract_id(padaria)}/coupons"


def refused_sends(padaria: Tenant) -> str:
    uncover(padaria, "one")
    return f"/contracts/{contract_id(padaria)}/uncovered-decisions"


def newer(seller: Program) -> str:
    new_versions(now=lately() - DAY)
    return f"/version-moves/{seller.post('/version-moves', {'plan': 'specialist'}, once='preview').json()['id']}/apply"


def seen(seller: Program, path: str) -> dict[str, str]:
    return {**WHY, "seen": seller.get(path).json()["seen"]}


PAID_OUT = {"gateway": "simulator", "reference": "po_1", "currency": "BRL", "arrived_minor": 1_00}


def _today() -> str:
    return today().isoformat()


def paid_out(seller: Program) -> str:
    made = seller.post("/payouts", PAID_OUT | {"paid_on": _today()}, once="payout")
    return str(made.json()["id"])


def paid_invoice() -> str:
    return f"/invoices/{Invoice.objects.get(number=1, state='paid').public_id}"


WRITES: dict[str, Callable[[Tenant, Program, Program], Write]] = {
    "make a coupon": lambda _p, _sol, seller: (seller, "/coupons", TENTH),
    "end a coupon": lambda _p, _sol, seller: (seller, f"/coupons/{made_coupon().public_id}/end", WHY),
    "redeem": lambda p, sol, _seller: (sol, with_coupon(p), {"code": "sol10"}),
    "take a coupon back": lambda p, sol, seller: (seller, f"{redeemed(p, sol)}/withdraw", WHY),
    "approve": lambda p, sol, seller: (seller, f"{held(p, sol)}/approve", {}),
    "refuse": lambda p, sol, seller: (seller, f"{held(p, sol)}/refuse", WHY),
    "accept": lambda p, sol, _seller: (sol, quoted(sol, p), {}),
    "undo": lambda p, sol, _seller: (sol, f"{changed(p, sol)}/undo", {}),
    "withdraw": lambda p, sol, _seller: (sol, f"{changed(p, sol, plan='starter')}/withdraw", {}),
    "draft": lambda p, _sol, seller: (seller, f"/contracts/{contract_id(p)}/one-off-invoices", LINES),
    "issue": lambda p, _sol, seller: (seller, f"{(path := drafted(p, seller))}/issue", seen(seller, path)),
    "discard": lambda p, _sol, seller: (seller, f"{drafted(p, seller)}/cancel", {}),
    "issue after review": lambda p, _sol, seller: (seller, f"{reviewed(p)}/issue", WHY),
    "park": lambda p, _sol, seller: (seller, f"{reviewed(p)}/park", WHY),
    "give back": lambda p, sol, _seller: (sol, f"/contracts/{contract_id(p)}/regret", {}),
    "bill what nothing covered": lambda p, _sol, seller: (
        seller,
        refused_sends(p),
        {**WHY, "bill": True, "price_micro": 120_000},
    ),
    "contest": lambda p, sol, _seller: (
        sol,
        f"/contracts/{contract_id(p)}/uncovered-decisions/{public('unc', announced(p).id)}/contest",
        {},
    ),
    "apply newer versions": lambda _p, _sol, seller: (seller, newer(seller), {}),
    "record a payout": lambda _p, _sol, seller: (seller, "/payouts", PAID_OUT | {"paid_on": _today()}),
    "take a payout back": lambda _p, _sol, seller: (seller, f"/payouts/{paid_out(seller)}/withdraw", WHY),
    "contest a payment": lambda _p, _sol, seller: (seller, f"{paid_invoice()}/disputes", WHY),
    "record a payment": lambda _p, _sol, seller: (
        seller,
        f"{paid_invoice()}/received-payments",
        {"way": "cash", "amount_minor": 1, "received_date": _today()},
    ),
    "apply an adjustment": lambda p, _sol, seller: (
        seller,
        f"/adjustments/{public('adj', adjusting(p))}/apply",
        {},
    ),
    "revoke a link": lambda p, sol, _seller: (sol, f"/payment-links/{linked(p).public_id}/revoke", {}),
}


@pytest.mark.rule("API-2", part="cut off by a crash")
@pytest.mark.parametrize("write", WRITES)
def test_who_asks_again_is_told_what_was_done(
    padaria: Tenant, sol: Program, seller: Program, write: str
) -> None:
    it, path, body = WRITES[write](padaria, sol, seller)

    def ask() -> HttpResponse:
        return it.post(path, body, once="cut-off")

    first, events = ask(), Event.objects.count()
    assert first.status_code < 300, first.content
    assert IdempotencyKey.objects.filter(key="cut-off").update(status=None, body="") == 1
    again = ask()
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert Event.objects.count() == events
