"""Own prices and coupons in a life at random."""

from __future__ import annotations

from datetime import timedelta

from abono.domain.contracts.states import Arranged
from abono.flows.arrangements.arrange import Asked, arrange, end, preview_arranged
from abono.flows.billing.project import project_invoice
from abono.flows.coupons.redeem import redeem_coupon, take_back_coupon
from abono.kernel.errors import Refusal
from abono.kernel.periods import local_date
from tests.scenarios.living.life import Life


def own_price(life: Life) -> None:
    dice = life.dice
    today = local_date(life.now, life.customer.time_zone)
    since = today + timedelta(days=dice.choice([1, 5, 30]))
    kind = dice.choice([Arranged.ADD_ON, Arranged.PLAN, Arranged.PACKAGE, Arranged.EXTRA_LICENCE])
    asked = Asked(
        kind,
        dice.choice([0, 5_000_000, 33_330_000, 70_000_000]),
        since=since,
        why="x",
        until=dice.choice([None, since + timedelta(days=31)]),
        **({"name": "Training", "quantity": 3} if kind is Arranged.ADD_ON else {}),
    )
    try:
        shown = preview_arranged(contract_id=life.key, asked=asked, now=life.now)
        arrange(contract_id=life.key, asked=asked, actor="olga", now=life.now)
        life.tell("arranged", asked)
        assert project_invoice(contract_id=life.key) == shown.invoice.after
    except Refusal as no:
        life.tell("not arranged", repr(no))


def own_price_ends(life: Life) -> None:
    own = life.contract.arrangements_now
    if own:
        one = life.dice.choice(own)
        try:
            end(
                contract_id=life.key,
                arrangement_id=one.id,
                last=local_date(life.now, life.customer.time_zone),
                why="x",
                actor="olga",
                now=life.now,
            )
            life.tell("arrangement ended", one.kind)
        except Refusal as no:
            life.tell("not ended", repr(no))


def coupon(life: Life) -> None:
    try:
        if life.dice.randrange(3):
            code = life.dice.choice("ab")
            redeem_coupon(contract_id=life.key, code=code, actor="ana", now=life.now)
            life.tell("redeemed", code)
        else:
            whole = life.dice.choice([True, False])
            take_back_coupon(contract_id=life.key, whole=whole, why="x", actor="olga", now=life.now)
            life.tell("coupon taken back", whole)
            life.repaired = life.repaired and not whole  # no further back than two cycles
    except Refusal as no:
        life.tell("no coupon", repr(no))
