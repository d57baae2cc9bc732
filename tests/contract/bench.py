"""A gateway as a contract test sees it: the port on our side, a lever and a book on the other."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from abono.domain.payments.ports.port import ChargeReply, ChargeRequest, Gateway
from abono.gateways.simulator.company.cards import Behaviour
from abono.kernel.money import Money
from tests.contract.stripe.answers import Answers
from tests.stand_ins import Simulator

ORIGIN = "https://abono.example"
PADARIA = "cus_padaria"  # who pays


@dataclass
class Bench:
    """A gateway, and the other side of it."""

    gateway: Gateway
    other_side: Simulator | Answers

    def typed(self, behaviour: Behaviour) -> str:
        """Reference of a frame in which a card that does this was typed."""
        frame = self.gateway.open_card_frame(PADARIA, "pt-br", ORIGIN, key=fresh())
        self.other_side.type_card_that(behaviour, frame.ref)
        return frame.ref

    def card(self, behaviour: Behaviour = Behaviour.PAID) -> str:
        """Token of a saved card that does this."""
        reply = self.gateway.save_card(self.typed(behaviour), PADARIA, key=fresh())
        assert reply.card is not None, reply
        return reply.card.token

    def find(self, request: ChargeRequest) -> ChargeReply | None:
        """What became of a charge of which no answer came, so that nothing but its request is known."""
        return self.gateway.find(request.key, method_token=request.method_token)

    def captures(self, key: str) -> list[int]:
        """What the gateway took for a key, minor units, one for each time."""
        entries = self.other_side.book()
        return [
            entry["amount_minor"] for entry in entries if (entry["kind"], entry["key"]) == ("capture", key)
        ]


def fresh() -> str:
    """A key that nobody used."""
    return str(uuid4())


def request_for(
    token: str, *, minor: int = 74_000, key: str = "", off_session: bool = False
) -> ChargeRequest:
    return ChargeRequest(
        key=key or fresh(),
        amount=Money(minor, "BRL"),
        description="2026-000042-6",
        method_token=token,
        customer_reference=PADARIA,
        off_session=off_session,
    )
