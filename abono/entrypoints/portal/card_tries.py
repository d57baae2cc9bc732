"""How often cards may be tried: who tries many is testing cards of others. A pause, and a page that says until when."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from abono.entrypoints.site import errors
from abono.entrypoints.site.visit import Visit
from abono.flows.signup import tries
from abono.platform import clock, throttle

FREE_TRIES = 6  # of one customer or payment link, before the first pause


@dataclass(frozen=True, slots=True)
class Payer:
    """Who tries cards, as events name them, and where they are counted: all of a customer's, or those of one link."""

    where: tuple[str, UUID]
    customer_id: UUID
    actor: str

    @classmethod
    def member(cls, visit: Visit) -> Payer:
        return cls(("customer", visit.customer_id), visit.customer_id, visit.actor)

    @property
    def counted(self) -> str:
        kind, key = self.where
        return f"card:{kind}:{key}"


def spend(request: HttpRequest, payer: Payer) -> HttpResponse | None:
    """Count one try, before any card is looked at. The page that says when the next one is looked at, or None."""
    now = clock.now()
    wait = throttle.spend(payer.counted, free=FREE_TRIES, now=now)
    name, free = of_address(request)
    wait = wait or throttle.spend(name, free=free, now=now)
    if not wait:
        return None
    tries.note_slowed(where=payer.where, customer_id=payer.customer_id, actor=payer.actor, now=now)
    return errors.too_many(request, wait=wait)


def give_back(request: HttpRequest, payer: Payer) -> None:
    """It was a good card: its tries do not count."""
    throttle.clear(payer.counted)
    throttle.give_back(of_address(request)[0])


def of_address(request: HttpRequest) -> tuple[str, int]:
    """Under which tries from the visitor's address are counted, and how many come before the first pause."""
    return tries.of_address(request.META.get("REMOTE_ADDR", ""))
