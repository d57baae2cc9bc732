"""Pages that the portal and the back office share: whose they are, who acts, and what stands around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from django.http import HttpRequest

from abono.entrypoints.site.visit import SellersVisitor, Visitor


@dataclass(frozen=True, slots=True)
class Owner:
    """`customer_id` is None for the seller; `by` the name of who acts; `room` the namespace of the addresses."""

    customer_id: UUID | None
    by: str
    actor: str
    room: str
    frame: str  # template of what stands around
    may_change: bool = True


def owner_of(request: HttpRequest) -> Owner:
    """The seller in the back office, in the portal the organization that is looked at."""
    match = request.resolver_match
    if match is not None and match.namespace == "backoffice":
        who = cast(SellersVisitor, request).staff
        return Owner(None, who.name, who.actor, "backoffice", "backoffice/base.html")
    visit = cast(Visitor, request).visit
    return Owner(
        visit.customer_id, visit.person_name, visit.actor, "portal", "site/frame/page.html", not visit.guest
    )
