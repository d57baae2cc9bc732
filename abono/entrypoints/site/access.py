"""Who may open which page: one table, asked before every view; what is not in it is refused (ACC-1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone, translation

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.states import State
from abono.domain.customers import queries as customers
from abono.domain.identity import queries as identity
from abono.domain.identity.types import Member, Profile
from abono.domain.notices import queries as notices
from abono.kernel.ids import public
from abono.platform import events
from abono.platform.clock import shifted

ADMINISTRATORS = frozenset({Profile.ADMINISTRATOR})
READERS = frozenset({Profile.ADMINISTRATOR, Profile.VIEWER})
MEMBERS = frozenset(Profile)
PUBLIC: frozenset[Profile] = frozenset()  # anyone, signed in or not

ACCESS: dict[str, frozenset[Profile]] = {
    "portal:home": READERS,
    "portal:usage": READERS,
    "portal:usage-csv": READERS,
    "portal:own-limits": READERS,
    "portal:own-limits-save": ADMINISTRATORS,
    "portal:usage-sends": READERS,
    "portal:campaigns": READERS,
    "portal:campaign-estimate": READERS,
    "portal:plans": ADMINISTRATORS,
    "portal:raise-package": ADMINISTRATORS,
    "portal:pay-interim": ADMINISTRATORS,
    "portal:advance-clock": ADMINISTRATORS,
    "portal:financial": READERS,
    "portal:financial-csv": READERS,
    "portal:invoice": READERS,
    "portal:invoice-pdf": READERS,
    "portal:pay-invoice": ADMINISTRATORS,
    "portal:wallet": ADMINISTRATORS,
    "portal:wallet-add": ADMINISTRATORS,
    "portal:wallet-use": ADMINISTRATORS,
    "portal:wallet-remove": ADMINISTRATORS,
    "portal:notices": MEMBERS,
    "portal:notices-read": MEMBERS,
    "portal:notices-choose": ADMINISTRATORS,
    "portal:profile": MEMBERS,
    "portal:switch-organization": MEMBERS,
    "portal:sign-in": PUBLIC,
    "portal:sign-out": PUBLIC,
    "portal:set-password": PUBLIC,
    "portal:set-language": PUBLIC,
    "portal:style": PUBLIC,
    "public:root": PUBLIC,
    "public:prices": PUBLIC,
    "public:order": PUBLIC,
    "public:order-details": PUBLIC,
    "public:order-pay": PUBLIC,
    "public:order-done": PUBLIC,
    "public:terms": PUBLIC,
}

STAFF_ONLY = frozenset({"backoffice:metering"})  # for the seller's own people; for all others not there

DOORS_OF_PROGRAMS = (["api"], ["inbound"])  # by namespace: they have their own keys and signatures
SESSION_CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Visit:
    """Who is looking, and at which organization. `now_offset_s` shifts a sandbox's clock (TIM-2)."""

    person_id: UUID
    person_name: str
    email: str
    customer_id: UUID
    organization: str
    profile: str
    language: str
    time_zone: str
    organizations: tuple[tuple[str, str], ...]
    restricted: bool
    unread_notices: int
    sandbox: bool
    now_offset_s: int

    @property
    def actor(self) -> str:
        return f"person:{self.person_id}"


class Visitor(HttpRequest):
    """A request that passed the table: `visit` is there on every page that is not public."""

    visit: Visit


class Access:
    """Middleware: looks up the view's name in ACCESS before it runs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            response = self.get_response(request)
        finally:
            timezone.deactivate()
        if _private(request):  # nothing of it stays in a browser that others use
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        name = match.view_name if match is not None else ""
        if match is not None and match.namespaces[:1] in DOORS_OF_PROGRAMS:
            return None
        if name in STAFF_ONLY:
            return _staff(request, name)
        allowed = ACCESS.get(name)
        if allowed is None:
            raise PermissionDenied(f"{name} is not in the table of access")
        member = _member(request)
        request.visit = None if member is None else _visit(request, member)  # type: ignore[attr-defined]
        if request.visit is not None:  # type: ignore[attr-defined]
            timezone.activate(request.visit.time_zone)  # type: ignore[attr-defined]
        if not allowed:
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), reverse("portal:sign-in"))
        if member is None or member.profile not in allowed:
            _record_refusal(request, member, name)
            raise PermissionDenied(name)
        return None


def _private(request: HttpRequest) -> bool:
    match = request.resolver_match
    return getattr(request, "visit", None) is not None or (
        match is not None and match.view_name in STAFF_ONLY
    )


def _staff(request: HttpRequest, name: str) -> HttpResponseBase | None:
    """Lets the seller's people through; for everybody else who is signed in the page does not exist (ACC-2)."""
    request.visit = None  # type: ignore[attr-defined]
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), reverse("portal:sign-in"))
    if not (request.user.is_active and request.user.is_staff):
        _record_refusal(request, _member(request), name)
        raise Http404(name)
    return None


def _member(request: HttpRequest) -> Member | None:
    """The membership in the chosen organization, else in the first one."""
    if not request.user.is_authenticated:
        return None
    own = identity.memberships(request.user.pk)
    chosen = request.session.get(SESSION_CUSTOMER)
    picked = [member for member in own if str(member.customer_id) == chosen] or own
    return picked[0] if picked else None


def _visit(request: HttpRequest, member: Member) -> Visit:
    organization = customers.get(member.customer_id)
    others = [customers.get(m.customer_id) for m in identity.memberships(member.person_id)]
    contract = contracts.served(member.customer_id)
    return Visit(
        person_id=member.person_id,
        person_name=member.name,
        email=member.email,
        customer_id=member.customer_id,
        organization=organization.legal_name,
        profile=member.profile.value,
        language=translation.get_language() or member.language,
        time_zone=organization.time_zone,
        organizations=tuple((other.public_id, other.legal_name) for other in others),
        restricted=contract is not None and contract.state is State.RESTRICTED,
        unread_notices=notices.unread_count(member.customer_id) if member.profile in READERS else 0,
        sandbox=organization.sandbox,
        now_offset_s=organization.clock_offset_s,
    )


def _record_refusal(request: HttpRequest, member: Member | None, name: str) -> None:
    """A refused request leaves a trace (SEE-2)."""
    person_id = request.user.pk
    assert person_id is not None
    events.record(
        name="access.refused",
        subject=("person", person_id),
        customer_id=None if member is None else member.customer_id,
        actor=f"person:{person_id}",
        now=shifted(0),
        data={"page": name, "organization": "" if member is None else public("cus", member.customer_id)},
    )
