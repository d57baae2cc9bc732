"""Usage that others tell us of after the fact, in whatever format: sends that ended, contacts that wrote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from abono.domain.catalog import queries as catalog
from abono.domain.interactions import actions as interactions
from abono.domain.interactions.types import ContactEvent, ObserveStatus
from abono.domain.metering import actions as metering
from abono.domain.metering.types import HoldRequest, Outcome, SettleRequest, SettleStatus, keyed
from abono.flows.usage.chains import chain
from abono.kernel.ids import event_key


class End(Enum):
    """How a send ended, in the words of PKG-4."""

    SENT = "sent"
    NOT_DELIVERED = "not_delivered"  # it was sent, so it draws; nothing comes back
    REJECTED = "rejected"  # it never reached the carrier


@dataclass(frozen=True, slots=True)
class SendFact:
    """A send that ended. `id` is the teller's own; `country` is ISO 3166-1, empty where it does not matter."""

    id: str
    contract_id: UUID
    channel: str
    kind: str
    country: str
    end: End


@dataclass(frozen=True, slots=True)
class ContactFact:
    """Something between a contact and the customer. `at` is the moment that the teller names."""

    id: str
    contract_id: UUID
    contact: str
    channel: str
    kind: str
    at: datetime


type Fact = SendFact | ContactFact
type Clock = Callable[[UUID], datetime]


def take_usage(facts: Sequence[Fact], *, clock: Clock) -> list[str]:
    """Book every fact by itself and say for each, in order, what became of it.

    clock   the present moment of a contract's customer

    Answers: recorded, settled, released, replayed, clash, expired, unknown, sending_blocked, no_price,
    no_cycle, opened, covered, not_counted, unknown_kind, too_late. The same fact again is `replayed`
    and draws nothing (PKG-4).
    """
    answers = [""] * len(facts)
    sends = [(n, fact) for n, fact in enumerate(facts) if isinstance(fact, SendFact)]
    contacts = [(n, fact) for n, fact in enumerate(facts) if isinstance(fact, ContactFact)]
    taken = [
        *zip(sends, _take_sends([fact for _n, fact in sends], clock), strict=True),
        *zip(contacts, _take_contacts([fact for _n, fact in contacts], clock), strict=True),
    ]
    for (n, _fact), answer in taken:
        answers[n] = answer
    return answers


def _take_sends(facts: Sequence[SendFact], clock: Clock) -> list[str]:
    """A hold that waits for it is settled; a send that nobody held is drawn now, if it was sent at all."""
    settled = metering.settle(
        [
            SettleRequest(
                f.contract_id,
                event_key(f.id),
                Outcome.REJECTED if f.end is End.REJECTED else Outcome.SENT,
                clock(f.contract_id),
            )
            for f in facts
        ]
    )
    answers = [
        _SETTLED[answer.status]
        if answer.status is not SettleStatus.SETTLED or fact.end is not End.REJECTED
        else "released"
        for fact, answer in zip(facts, settled, strict=True)
    ]
    unheld = [n for n, fact in enumerate(facts) if answers[n] == "unknown" and fact.end is not End.REJECTED]
    for n, answer in zip(unheld, _record([facts[n] for n in unheld], clock), strict=True):
        answers[n] = answer
    return answers


def _record(facts: Sequence[SendFact], clock: Clock) -> list[str]:
    routes = catalog.routes()
    requests, priced = [], []
    for n, fact in enumerate(facts):
        route = routes.get((fact.channel, fact.kind, fact.country)) or routes.get(
            (fact.channel, fact.kind, "*")
        )
        if route is not None:
            send, reference = keyed(fact.id)
            requests.append(HoldRequest(fact.contract_id, send, route, clock(fact.contract_id), reference))
            priced.append(n)
    answers = ["no_price"] * len(facts)
    for n, answer in zip(priced, metering.record(requests), strict=True):
        answers[n] = _RECORDED[answer.status.name]
    return answers


def _take_contacts(facts: Sequence[ContactFact], clock: Clock) -> list[str]:
    statuses: list[ObserveStatus] = interactions.observe(
        [
            ContactEvent(
                f.contract_id,
                event_key(f.id),
                event_key(f.contact),
                chain(f.channel),
                f.kind,
                f.at,
                clock(f.contract_id),
            )
            for f in facts
        ]
    )
    return [status.name.lower() for status in statuses]


_SETTLED = {
    SettleStatus.SETTLED: "settled",
    SettleStatus.REPLAYED: "replayed",
    SettleStatus.CLASH: "clash",
    SettleStatus.EXPIRED: "expired",
    SettleStatus.UNKNOWN_SEND: "unknown",
}
_RECORDED = {
    "HELD": "recorded",
    "REPLAYED": "replayed",
    "CLASH": "clash",
    "BLOCKED": "sending_blocked",
    "NO_PRICE": "no_price",
    "NO_CYCLE": "no_cycle",
    "EXPIRED": "expired",
}
