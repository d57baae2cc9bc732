"""What was true of a contract at a moment is what the live pages said then, whatever happened since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from abono.domain.contracts.models import Change
from abono.domain.customers import queries as customers
from abono.domain.interactions import actions as interactions
from abono.domain.interactions.types import ContactEvent
from abono.domain.invoicing import queries as invoices
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import LIMIT_PERCENT, OVERAGE_PRICE_PERCENT
from abono.domain.settings.types import Whose
from abono.flows.advance_clock import advance_clock
from abono.flows.changes.undo import undo_change
from abono.flows.collecting.charge import charge_invoice
from abono.flows.limits.interim import issue_interim
from abono.flows.limits.set_own import set_own_limits
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.flows.wallet import save_card
from abono.kernel.ids import public, uuid7
from abono.platform import clock
from tests import sql
from tests.entrypoints.api.conftest import Program, program
from tests.scenarios.test_campaigns import SMS
from tests.scenarios.test_campaigns import hold as hold_campaign
from tests.stories import credited
from tests.world import DAY, HOUR, Tenant, bigger, change, hold, make_luna, make_padaria, settle, use

FULL = 363  # company sessions of WhatsApp at 0.55 that fit below 200.00


@dataclass
class Life:
    """A sandbox's life, and what the API said of it on the way, by moment of its clock."""

    tenant: Tenant
    caller: Program
    said: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return customers.moment_of(self.tenant.customer_id, real=clock.now()).now

    @property
    def path(self) -> str:
        return f"/contracts/{public('ctr', self.tenant.contract_id)}"

    def record(self) -> None:
        """What the live API says now."""
        contract = self.caller.get(self.path).json()
        cycle = self.caller.get(f"{self.path}/cycles").json()["items"][0]
        listed = self.caller.get("/invoices").json()["items"]
        credit = self.caller.get(f"{self.path}/credit").json()
        live = {
            **{name: contract[name] for name in ("state", "interval", "signed_at", "currency")},
            "plan": contract["plan"]["code"],
            "package": (contract["package"]["code"], contract["package"]["value_minor"]),
            "limit": contract["limit_percent"],
            "overage price": contract["overage_price_percent"],
            "cycle": contract["cycle"],
            **{name: cycle[name] for name in CYCLE},
            "included": cycle["interactions"]["included"],
            "interactions": cycle["interactions"]["used"],
            "invoices": [{name: one[name] for name in INVOICE} for one in listed],
            "credit": credit["balance_minor"],
            "owed": sum(one["owed_minor"] for one in listed),
        }
        self.said.append((self.now, live))

    def as_of(self, at: datetime) -> dict[str, Any]:
        """The same, as it is told of a moment."""
        answer = self.caller.get(f"{self.path}/as-of?at={written(at)}")
        assert answer.status_code == 200, answer.content
        then = answer.json()
        cycle = then["cycle"]
        assert cycle["untold"] == []
        return {
            "state": then["state"]["state"],
            **{name: then[name] for name in ("interval", "signed_at", "currency")},
            "plan": then["plan"]["code"],
            "package": (then["package"]["code"], then["package"]["value_minor"]),
            "limit": cycle["limit"]["percent"],
            "overage price": cycle["overage_price"]["percent"],
            "cycle": {name: cycle[name] for name in ("number", "start", "end")},
            **{name: cycle[name] for name in CYCLE},
            "included": cycle["included_interactions"],
            "interactions": cycle["interactions"],
            "invoices": [{name: one[name] for name in INVOICE} for one in then["invoices"]],
            "credit": then["credit_minor"],
            "owed": then["receivable_minor"],
        }

    def advance(self, to: datetime) -> None:
        asked = {"customer_id": self.tenant.customer_id, "to": to, "actor": "ana"}
        assert advance_clock(**asked, real=clock.now()).arrived_at is not None


CYCLE = (
    *("value_micro", "ceiling_micro", "held_micro", "used_micro", "overage_micro"),
    *("cap_micro", "blocked_at"),
)
INVOICE = ("id", "number", "state", "total_minor", "credited_minor", "credit_used_minor", "owed_minor")


@pytest.fixture
def life(db: None, gateway: object) -> Life:
    padaria = make_padaria(now=clock.now() - DAY, sandbox=True)
    return Life(padaria, program(padaria.customer_id))


def lived(life: Life) -> Iterator[str]:
    """Three months; what is yielded has just happened."""
    padaria = life.tenant
    whose = {"contract_id": padaria.contract_id, "customer_id": padaria.customer_id}
    yield "contracted"
    use(padaria.contract_id, 20, at=life.now)
    sends, _answers = hold(padaria.contract_id, count=5, at=life.now)
    yield "used and held"
    settle(padaria.contract_id, sends[:2], at=life.now)
    hold_campaign(padaria, (SMS, 10), now=life.now)
    yield "settled in part, a campaign"
    set_own_limits(**whose, cap_micro=150_000_000, budgets={}, actor="ana", now=life.now)
    yield "a cap"
    set_own_limits(**whose, cap_micro=None, budgets={}, actor="ana", now=life.now)
    interactions.observe(
        [
            ContactEvent(
                padaria.contract_id, uuid7(), uuid7(), "webchat", "contact_message", life.now, life.now
            )
        ]
    )
    yield "no cap, an interaction"
    life.advance(life.now + 2 * DAY)
    yield "holds and the campaign ended"
    use(padaria.contract_id, FULL, at=life.now)
    tell_thresholds()
    yield "blocked"
    issue_interim(**whose, actor="ana", now=life.now)
    yield "an interim invoice waits"
    pay(life)
    use(padaria.contract_id, 1, at=life.now)
    yield "one more limit"
    bigger(padaria, now=life.now)
    use(padaria.contract_id, 3, at=life.now)
    yield "a bigger package"
    for setting, value in ((OVERAGE_PRICE_PERCENT, 120), (LIMIT_PERCENT, 50)):
        set_value(
            setting=setting,
            value=value,
            whose=Whose("", padaria.contract_id),
            actor="olga",
            why="agreed",
            now=life.now,
        )
    yield "settings for cycles to come"
    assert padaria.contract.cycle_end is not None
    life.advance(padaria.contract.cycle_end)
    yield "renewed"
    credited(padaria, 50_00, now=life.now)
    yield "a credit note"
    card(life, "decline:balance")
    life.advance(padaria.contract.cycle_end)
    yield "renewed, in part by credit, the card declined"
    credited(padaria, 30_00, now=life.now)
    yield "a credit note of what is owed"
    life.advance(life.now + 12 * DAY)
    yield "overdue"
    card(life, "ok")
    pay(life)
    yield "paid late"
    life.advance(padaria.contract.cycle_end)
    yield "renewed again"
    change(padaria, plan="expert", now=life.now)
    yield "a bigger plan"
    newest = Change.objects.filter(contract_id=padaria.contract_id).latest("accepted_at")
    undo_change(change_id=newest.id, customer_id=padaria.customer_id, actor="ana", now=life.now)
    yield "undone"
    change(padaria, plan="expert", package="brl-100", now=life.now)
    yield "a bigger plan now, a smaller package to come"
    assert padaria.contract.cycle_end is not None
    life.advance(padaria.contract.cycle_end)
    yield "smaller"


def card(life: Life, behaviour: str) -> None:
    whose = life.tenant.customer_id
    save_card(customer_id=whose, frame_ref=behaviour, use=True, actor="ana", now=life.now)


def pay(life: Life) -> None:
    """What waits for its money."""
    [invoice] = invoices.pending(customer_id=life.tenant.customer_id)
    charge_invoice(
        invoice_id=invoice.id,
        customer_id=life.tenant.customer_id,
        method_id=None,
        off_session=False,
        actor="ana",
        moment=customers.moment_of(life.tenant.customer_id, real=clock.now()),
    )


def test_as_of_each_moment_of_three_months_is_what_the_live_api_said_then(life: Life) -> None:
    happened = []
    for what in lived(life):
        life.record()
        happened.append(what)
    assert len(happened) == 22
    for what, (at, live) in zip(happened, life.said, strict=True):
        assert (what, life.as_of(at)) == (what, live)


def test_it_is_said_since_when_and_by_what(life: Life) -> None:
    began = life.tenant.contract
    first = life.caller.get(f"{life.path}/as-of?at={written(life.now)}").json()
    assert first["plan"]["since"]["begins_at"] is None
    assert first["state"] == {
        "state": "active",
        "since": written(began.activated_at),
        "actor": first["state"]["actor"],
        "why": "first charge paid",
    }
    assert first["cycle"]["limit"] == {"percent": 100, "valid_from": None, "actor": None, "why": None}
    assert life.caller.get(f"{life.path}/as-of?at={written(began.signed_at)}").json()["state"]["state"] in (
        "pending",
        "active",  # signed and paid at one moment
    )
    raised_at = life.now
    bigger(life.tenant, now=raised_at)
    then = life.caller.get(f"{life.path}/as-of?at={written(life.now)}").json()
    assert then["package"]["code"] == "brl-250"
    assert then["package"]["since"]["begins_at"] == written(raised_at)
    assert then["package"]["since"]["version_move"] is None
    assert then["plan"]["since"]["begins_at"] is None
    before = life.caller.get(f"{life.path}/as-of?at={written(raised_at - HOUR)}").json()
    assert before["package"]["code"] == "brl-100"


def test_what_cannot_be_told_is_null_and_said(life: Life) -> None:
    use(life.tenant.contract_id, 20, at=life.now)
    at = written(life.now)
    sql.run("UPDATE metering_cycle SET ceiling_micro = ceiling_micro + 1")
    sql.run(
        "INSERT INTO metering_use_border (contract_id, cycle_start, rolled_to, rolled_id, detached)"
        " SELECT contract_id, cycle_start, sealed_to, sealed_id, true FROM metering_cycle"
        " ON CONFLICT (contract_id, cycle_start) DO UPDATE SET detached = true"
    )
    cycle = life.caller.get(f"{life.path}/as-of?at={at}").json()["cycle"]
    assert cycle["untold"] == ["laid_away", "changed_otherwise"]
    untold = (
        "value_micro",
        "ceiling_micro",
        "held_micro",
        "used_micro",
        "overage_micro",
        "included_interactions",
    )
    assert {cycle[name] for name in untold} == {None}


def test_moments_before_the_contract_and_to_come_are_refused_and_others_have_none(life: Life) -> None:
    signed = life.tenant.contract.signed_at
    for at, code in (
        (signed - timedelta(seconds=1), "contracts.not_signed_then"),
        (life.now + HOUR, "contracts.not_yet"),
    ):
        answer = life.caller.get(f"{life.path}/as-of?at={written(at)}")
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    stranger = program(make_luna(now=clock.now() - DAY).customer_id)
    assert stranger.get(f"{life.path}/as-of?at={written(life.now)}").status_code == 404


def written(at: datetime | None) -> str:
    assert at is not None
    return at.isoformat().replace("+00:00", "Z")
