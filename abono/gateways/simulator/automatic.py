"""Pix Automático on the simulator, behind its port. What is unclear is UNKNOWN."""

from __future__ import annotations

from datetime import date, datetime
from urllib.parse import quote

from abono.domain.payments.ports.mandates import (
    Debit,
    DebitReply,
    DebitStanding,
    MandateReply,
    MandateRequest,
    MandateStanding,
    PayerAccount,
)
from abono.domain.payments.ports.push import Payer
from abono.gateways.simulator.came import as_received
from abono.gateways.simulator.line import Heard, Json, Line, money

_MANDATE = {one.value: one for one in MandateStanding}
_DEBIT = {
    "scheduled": DebitStanding.SCHEDULED,
    "paid": DebitStanding.PAID,
    "refused": DebitStanding.REFUSED,
    "ended": DebitStanding.ENDED,
}
_UNKNOWN, _UNKNOWN_DEBIT = MandateReply(MandateStanding.UNKNOWN), DebitReply(DebitStanding.UNKNOWN)


class SimulatorMandates:
    """The part of `SimulatorPix` that charges by announcement. Bank accounts of payers are unknown there."""

    _line: Line

    def ask_mandate(self, request: MandateRequest) -> MandateReply:
        most = request.least or request.amount
        asked: Json = {
            "name": request.name,
            "subject": request.subject,
            "customer": request.payer.tax_id,
            "payer": request.payer.name,
            "most_minor": most.minor if most else 1,
        }
        return _mandate(self._line.call("POST", "mandates", asked))

    def find_mandate(self, request: MandateRequest, reference: str | None) -> MandateReply | None:
        heard = self._line.call("GET", f"mandates/{quote(reference or request.name, safe='')}")
        return None if _never_seen(heard) else _mandate(heard)

    def send_mandate(
        self, reference: str, account: PayerAccount, payer: Payer, until: datetime
    ) -> MandateReply:
        return MandateReply(MandateStanding.REFUSED, reference, code="not_offered")

    def end_mandate(self, reference: str) -> MandateReply:
        return _mandate(self._line.call("POST", f"mandates/{quote(reference, safe='')}/end", {}))

    def announce(self, debit: Debit) -> DebitReply:
        asked: Json = {
            "key": debit.key,
            "mandate": debit.mandate,
            "amount_minor": debit.amount.minor,
            "currency": debit.amount.currency,
            "description": debit.title,
            "day": debit.day.isoformat(),
        }
        return _debit(self._line.call("POST", "debits", asked))

    def find_debit(self, key: str) -> DebitReply | None:
        heard = self._line.call("GET", f"debits/{quote(key, safe='')}")
        return None if _never_seen(heard) else _debit(heard)

    def try_again(self, key: str, on: date) -> DebitReply:
        heard = self._line.call("POST", f"debits/{quote(key, safe='')}/again", {"on": on.isoformat()})
        return _debit(heard)

    def take_back(self, key: str) -> DebitReply:
        heard = self._line.call("POST", f"debits/{quote(key, safe='')}/withdraw", {})
        return DebitReply(DebitStanding.ENDED) if _never_seen(heard) else _debit(heard)


def _never_seen(heard: Heard) -> bool:
    return heard.status == 404 and heard.body.get("error") == "no_such_pix"


def _mandate(heard: Heard) -> MandateReply:
    said, standing = heard.body, _MANDATE.get(str(heard.body.get("status")))
    if heard.status != 200 or standing is None:
        return _UNKNOWN
    waits = standing is MandateStanding.ASKED
    return MandateReply(
        standing,
        str(said.get("reference")),
        agree_with=str(said.get("agree_with")) if waits else None,
        ended_by_payer=said.get("by_payer") is True,
    )


def _debit(heard: Heard) -> DebitReply:
    said, standing, amount = heard.body, _DEBIT.get(str(heard.body.get("status"))), money(heard.body)
    if heard.status != 200 or standing is None or amount is None:
        return _UNKNOWN_DEBIT
    try:
        came = tuple(as_received(one, amount.currency) for one in said["received"])
        tries = tuple(date.fromisoformat(one) for one in said["tries"])
    except (KeyError, TypeError, ValueError):
        return _UNKNOWN_DEBIT
    return DebitReply(standing, amount, tries, received=came)
