"""Who is looking, and at what: what every page of theirs knows before it begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.states import State
from abono.domain.contracts.types import ContractInfo
from abono.domain.customers import queries as customers
from abono.domain.customers.types import Organization
from abono.domain.identity import members
from abono.domain.identity import queries as identity
from abono.domain.identity.staff import Colleague
from abono.domain.identity.types import Member, Profile
from abono.domain.invoicing.labels import AT_THE_BANK
from abono.domain.notices import queries as notices
from abono.domain.restrictions import queries as restrictions
from abono.domain.restrictions.rules import NOT_YET, restricted_until
from abono.domain.restrictions.states import Cause
from abono.domain.restrictions.types import RestrictionInfo
from abono.entrypoints.site import sessions
from abono.entrypoints.site.acting import Acting, current
from abono.flows.restriction.days import ends_on
from abono.platform import clock
from abono.platform.postgres import scope
from abono.platform.postgres.scope import Crossing

ADMINISTRATORS = frozenset({Profile.ADMINISTRATOR})
READERS = frozenset({Profile.ADMINISTRATOR, Profile.VIEWER})
MEMBERS = frozenset(Profile)

SESSION_CUSTOMER = "customer"
SESSION_PAID = "paid"  # the organization whose contract this browser paid, until its administrator comes


@dataclass(frozen=True)
class Visit:
    """Who is looking, and at which organization: what the frame reads once, for every page.

    contract        the one that is pending or running
    organizations   public id, name and the person's profile in each of theirs
    person_id       None for who paid and is nobody's member: they look, and change nothing (CON-9)
    profile         of a member; whoever else looks sees what an Administrator sees
    administered_by names of its Administrators, of a member
    acting          who of the seller looks as this customer, why and until when (ACC-5); `person_id` is None then too
    unread          notices, where the page counted them with what it read of them; None: the frame counts them
    """

    person_name: str
    email: str
    customer: Organization
    language: str
    contract: ContractInfo | None
    person_id: UUID | None = None
    profile: str = Profile.ADMINISTRATOR.value
    organizations: tuple[tuple[str, str, str], ...] = ()
    unread: int | None = None
    administered_by: tuple[str, ...] = ()
    acting: Acting | None = None

    @cached_property
    def unread_notices(self) -> int:
        if Profile(self.profile) not in READERS:
            return 0
        return notices.unread_count(self.customer_id) if self.unread is None else self.unread

    @property
    def customer_id(self) -> UUID:
        return self.customer.id

    @property
    def organization(self) -> str:
        return self.customer.legal_name

    @property
    def time_zone(self) -> str:
        return self.customer.time_zone

    @property
    def sandbox(self) -> bool:
        return self.customer.sandbox

    @property
    def now_offset_s(self) -> int:
        """Seconds that a sandbox's clock is ahead of real time (TIM-2)."""
        return self.customer.clock_offset_s

    @property
    def restricted(self) -> bool:
        return self.contract is not None and self.contract.state is State.RESTRICTED

    @cached_property
    def sellers_word(self) -> str:
        """The reason for which the seller restricted the contract (END-4); empty where only a debt restricts it."""
        return next((one.why for one in self._causes if one.cause is Cause.FRAUD), "")

    @property
    def until_dispute_ends(self) -> bool:
        """That reason is a payment that is contested at the bank: the end of that lifts it (PAY-10)."""
        return self.sellers_word == AT_THE_BANK

    @property
    def owes_too(self) -> bool:
        """What is overdue restricts it beside the seller's word."""
        return any(one.cause is Cause.DEBT for one in self._causes)

    @cached_property
    def ends(self) -> date | None:
        """The day on which a debt ends the contract, unless it is settled before (END-5)."""
        contract = self.contract
        if contract is None:
            return None
        now = self.customer.moment(clock.now()).now
        found = (
            ends_on(one, plan_code=contract.plan_code, zone=self.time_zone, now=now) for one in self._causes
        )
        return next((day for day in found if day is not None), None)

    @property
    def began_restricted(self) -> bool:
        """The cycle of now did, and waits for its package (END-5)."""
        start = self.contract.cycle_start if self.contract is not None else None
        spells = [(one.made_at, one.lifted_at or NOT_YET) for one in self._restrictions]
        return start is not None and restricted_until(spells, start) == NOT_YET

    @property
    def _causes(self) -> list[RestrictionInfo]:
        return [one for one in self._restrictions if one.lifted_at is None]

    @cached_property
    def _restrictions(self) -> list[RestrictionInfo]:
        """Of a restricted contract all that ever held, newest first."""
        return restrictions.history(self.contract.id) if self.contract is not None and self.restricted else []

    @property
    def guest(self) -> bool:
        return self.person_id is None

    @property
    def administers(self) -> bool:
        """Whether who looks may change what an Administrator changes; whoever only sees it is offered nothing to press."""
        return not self.guest and Profile(self.profile) in ADMINISTRATORS

    @cached_property
    def administrators(self) -> list[str]:
        """The names of those who may, for whoever may not; none where nobody has come yet (CON-9)."""
        if self.acting is None:
            return list(self.administered_by)
        return [one.name for one in identity.administrators(self.customer_id)]

    @property
    def actor(self) -> str:
        return f"person:{self.person_id}"


class Visitor(HttpRequest):
    """A request that passed the table: `visit` is there on every page that is not public."""

    visit: Visit


class SellersVisitor(HttpRequest):
    """A request of somebody who works for the seller, on one of the seller's own pages."""

    staff: Colleague


def look(request: HttpRequest) -> Visit | None:
    """Who is looking, and on which clock: `request.visit`, here and below. From here on the database works for them alone."""
    with scope.crossing(Crossing.ACCESS):
        visit = _visit(request)
    request.visit = visit  # type: ignore[attr-defined]
    if visit is None:
        scope.work_for_nobody()
    else:
        scope.work_for(visit.customer_id)
        timezone.activate(visit.time_zone)
    return visit


def _visit(request: HttpRequest) -> Visit | None:
    """None for whoever is not signed in, or a member of nothing, and has paid for nothing. Two statements."""
    if (acting := current(request)) is not None:
        who = acting.who
        return _at(
            customers.get(acting.customer_id),
            who.language,
            person_name=who.name,
            email=who.email,
            acting=acting,
        )
    own = _own(request)
    chosen = _chosen(request, own)
    if chosen is None:
        return _guest(request)
    member, customer = chosen
    _saw(member, clock.now())
    return _at(
        customer,
        member.language,
        person_name=member.name,
        email=member.email,
        person_id=member.person_id,
        profile=member.profile.value,
        administered_by=member.administrators,
        organizations=tuple((c.public_id, c.legal_name, m.profile.value) for m, c in own),
    )


def _saw(member: Member, now: datetime) -> None:
    if member.seen_at is None or now - member.seen_at > members.SEEN_EVERY:
        members.saw(person_id=member.person_id, customer_id=member.customer_id, now=now)


def _guest(request: HttpRequest) -> Visit | None:
    """Who paid sees that organization until its administrator comes, and nothing else (CON-9)."""
    paid = request.session.get(SESSION_PAID)
    customer = identity.unopened(UUID(paid)) if paid else None
    if customer is None:
        return None
    return _at(customer, customer.language, person_name=gettext("You, for now"), email="")


def _at(customer: Organization, language: str, **who: Any) -> Visit:
    return Visit(
        customer=customer,
        language=translation.get_language() or language,
        contract=contracts.served(customer.id),
        **who,
    )


def chosen_customer(request: HttpRequest) -> UUID | None:
    """Of whoever is signed in: whose member they look around as; None for a member of nothing."""
    chosen = _chosen(request, _own(request))
    return None if chosen is None else chosen[0].customer_id


def _own(request: HttpRequest) -> list[tuple[Member, Organization]]:
    """The organizations that this session opens."""
    own = identity.organizations(request.user.pk) if request.user.is_authenticated else []
    only = sessions.only(request)
    return [one for one in own if not only or str(one[0].customer_id) == only]


def _chosen[T: tuple[Member, Organization]](request: HttpRequest, own: list[T]) -> T | None:
    """The membership in the chosen organization, else in the first one."""
    chosen = request.session.get(SESSION_CUSTOMER)
    return next((one for one in own if str(one[0].customer_id) == chosen), own[0] if own else None)
