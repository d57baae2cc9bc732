"""Pix on the simulator, behind the port of money that the payer pushes. What is unclear is UNKNOWN."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

from abono.domain.payments.ports.port import (
    GatewayEvent,
    GatewayUnavailable,
    KeyClash,
    RefundOutcome,
    RefundReply,
)
from abono.domain.payments.ports.push import Arrival, PushReply, PushRequest, Standing
from abono.gateways.simulator.automatic import SimulatorMandates
from abono.gateways.simulator.came import as_received
from abono.gateways.simulator.company.pushes import ZONE
from abono.gateways.simulator.line import Heard, Json, Line, money
from abono.kernel.bank_days import bank_day
from abono.kernel.money import Money

_STANDING = {
    "payable": Standing.PAYABLE,
    "paid": Standing.PAID,
    "refused": Standing.REFUSED,
    "withdrawn": Standing.ENDED,
    "over": Standing.ENDED,
}
_RETURNED = {"done": RefundOutcome.DONE, "refused": RefundOutcome.REFUSED}
_UNKNOWN = PushReply(Standing.UNKNOWN)


class SimulatorPix(SimulatorMandates):
    """Threads may share one. `base_url` is where our server reaches the simulator, `secret` what it shares with it."""

    def __init__(
        self, *, base_url: str, secret: str, connect_timeout_s: float = 2, read_timeout_s: float = 8
    ) -> None:
        self._line = Line(base_url, secret, connect_timeout_s, read_timeout_s)

    def ask(self, request: PushRequest) -> PushReply:
        last = (request.until - timedelta(microseconds=1)).astimezone(ZONE).date()
        due, late = request.due_date, request.late
        asked: Json = {
            "key": request.key,
            "amount_minor": request.amount.minor,
            "currency": request.amount.currency,
            "customer": request.payer.tax_id,
            "payer": request.payer.name,
            "description": request.title,
            "issued": request.issued.isoformat(),
            "due_date": due.isoformat() if due else None,
            "last_day": max(last, bank_day(due)).isoformat() if due else None,
            "lasts_s": max(int((request.until - request.asked_at).total_seconds()), 1),
            "fine": str(late.fine) if late else "0",
            "interest": str(late.interest) if late else "0",
        }
        heard = self._line.call("POST", "pix", asked)
        if heard.status == 409 and heard.body.get("error") == "key_reused":
            raise KeyClash("the simulator knows this key with another Pix")
        return _reply(heard)

    def find(self, key: str, reference: str) -> PushReply | None:
        heard = self._line.call("GET", f"pix/{quote(key, safe='')}")
        return None if _never_seen(heard) else _reply(heard)

    def withdraw(self, key: str, reference: str) -> PushReply:
        heard = self._line.call("POST", f"pix/{quote(key, safe='')}/withdraw", {})
        return PushReply(Standing.ENDED) if _never_seen(heard) else _reply(heard)

    def give_back(self, received: str, amount: Money, key: str) -> RefundReply:
        asked = {"key": key, "paid": received, "amount_minor": amount.minor, "currency": amount.currency}
        heard = self._line.call("POST", "returns", asked)
        if heard.status == 409 and heard.body.get("error") == "key_reused":
            raise KeyClash("the simulator knows this key with another return")
        outcome = _RETURNED.get(str(heard.body.get("status")))
        if heard.status != 200 or outcome is None:
            return RefundReply(RefundOutcome.UNKNOWN)
        return RefundReply(outcome, heard.body.get("reference"), heard.body.get("code"))

    def find_received(self, received: str) -> Arrival | None:
        heard = self._line.call("GET", f"received/{quote(received, safe='')}")
        if _never_seen(heard):
            return None
        said, amount = heard.body, money(heard.body)
        try:
            if heard.status == 200 and amount is not None:
                came = as_received(said, amount.currency)
                return Arrival(str(said["key"]), str(said["txid"]), came)
        except (KeyError, TypeError, ValueError):
            pass
        raise GatewayUnavailable

    def parse_webhook(
        self, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> tuple[GatewayEvent, ...]:
        return self._line.news(headers, body, now)


def _never_seen(heard: Heard) -> bool:
    return heard.status == 404 and heard.body.get("error") == "no_such_pix"


def _reply(heard: Heard) -> PushReply:
    said, standing = heard.body, _STANDING.get(str(heard.body.get("status")))
    reference, amount = said.get("reference"), money(said)
    if heard.status != 200 or standing is None or not isinstance(reference, str) or amount is None:
        return _UNKNOWN
    try:
        came = tuple(as_received(one, amount.currency) for one in said["received"])
    except (KeyError, TypeError, ValueError):
        return _UNKNOWN
    return PushReply(
        standing,
        reference,
        amount,
        pay_with=str(said.get("pay_with")) if standing is Standing.PAYABLE else None,
        code=said.get("code"),
        received=came,
    )
