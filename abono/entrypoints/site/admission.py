"""Who may come in is asked before every view: what the table of access says, and a record of whoever is refused (ACC-1)."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext

from abono.domain.identity import staff
from abono.domain.identity.types import Profile
from abono.domain.settings import queries as settings
from abono.domain.settings.known import SECOND_FACTOR
from abono.entrypoints.site import flash, sessions
from abono.entrypoints.site.access import ACCESS, AGENTS_HOME, HOME, Rule
from abono.entrypoints.site.acting import MAY_BE_SENT, Acting, looked
from abono.entrypoints.site.visit import MEMBERS, Visit, chosen_customer, look
from abono.kernel.ids import public
from abono.platform import events
from abono.platform.clock import shifted
from abono.platform.postgres import scope
from abono.platform.postgres.scope import Crossing

DOORS_OF_PROGRAMS = (["api"], ["inbound"])  # by namespace: they have their own keys and signatures
REFUSED, REFUSALS_A_DAY = "access.refused", 100  # of a person


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
            scope.work_for_nobody()  # until their key or signature is known
            return None
        rule = ACCESS.get(name)
        if rule is None:
            raise PermissionDenied(f"{name} is not in the table of access")
        if rule.staff is not None:
            return _staff(request, name, rule) or _proven(request, rule)
        visit = look(request)
        reads = request.method in ("GET", "HEAD")
        if visit is not None and visit.acting is not None:
            return _as_customer(request, visit.acting, name, rule, reads=reads)
        if rule.everybody:
            scope.cross(Crossing.PUBLIC)
            return None
        if visit is not None and visit.guest and rule.acting_as and reads:
            return None
        if not request.user.is_authenticated:
            return sessions.ask_who(request)
        if rule.signed_in:
            return _of_the_person(request, rule)
        if visit is None or visit.guest or Profile(visit.profile) not in rule.members:
            if name == HOME and reads and visit is not None and not visit.guest:
                return redirect(AGENTS_HOME)  # who knows no other address types this one
            with scope.crossing(Crossing.ACCESS):
                _record_refusal(request, None if visit is None else visit.customer_id, name)
            raise PermissionDenied(name)
        if rule.members != MEMBERS and lacks_second(request, visit):
            return redirect("portal:security")
        return _proven(request, rule)


def lacks_second(request: HttpRequest, visit: Visit | None) -> bool:
    """Whether somebody has to add a second proof before they do more than any member may (ACC-3)."""
    return (
        visit is not None
        and Profile(visit.profile) is Profile.ADMINISTRATOR
        and visit.person_id is not None
        and not (sessions.has_second(request) or sessions.has_second_there(request))
        and settings.snapshot().value(SECOND_FACTOR, at=shifted(0)) == "administrators"
    )


def _as_customer(
    request: HttpRequest, acting: Acting, name: str, rule: Rule, *, reads: bool
) -> HttpResponseBase | None:
    """Lets somebody of the seller see what members see, and writes down each page; nothing is sent (ACC-5)."""
    seen = rule.acting_as or rule.everybody or rule.signed_in
    if not (seen if reads else name in MAY_BE_SENT):
        _record_refusal(request, acting.customer_id, name)
        raise PermissionDenied(name)
    if rule.acting_as:
        looked(acting, name, request.path)
    return _of_the_person(request, rule) if rule.signed_in else None


def _of_the_person(request: HttpRequest, rule: Rule) -> HttpResponseBase | None:
    """What opens all organizations of a person is not changed by the supplier of one of them."""
    if rule.fresh and sessions.only(request):
        flash.told(
            request,
            gettext(
                "Sign in with your password to change this. If you have none, have a link sent to you, as if you had forgotten it."
            ),
        )
        return redirect("portal:security")
    return _proven(request, rule)


def _proven(request: HttpRequest, rule: Rule) -> HttpResponseBase | None:
    """Asks for a factor where the table wants a fresh one, and there is none. A page of the seller's that more may read
    than act on asks when somebody acts."""
    asks = rule.fresh and (rule.staff_does is None or request.method not in ("GET", "HEAD"))
    return sessions.ask_again(request) if asks and not sessions.fresh(request) else None


def _private(request: HttpRequest) -> bool:
    match = request.resolver_match
    rule = None if match is None else ACCESS.get(match.view_name)
    of_somebody = rule is not None and (rule.staff is not None or rule.signed_in)
    return getattr(request, "visit", None) is not None or of_somebody


def _staff(request: HttpRequest, name: str, rule: Rule) -> HttpResponseBase | None:
    """Lets the seller's people through, as their roles say; for everybody else who is signed in the page does not exist
    (ACC-2). Roles are read each time: what is taken away is gone at the next request. One statement."""
    if not request.user.is_authenticated:
        return sessions.ask_who(request)
    found = staff.colleague(request.user.pk)
    if found is None:
        _record_refusal(request, chosen_customer(request), name)
        raise Http404(name)
    request.visit, request.staff = None, found  # type: ignore[attr-defined]
    looks = request.method in ("GET", "HEAD")
    if (rule.staff if looks else rule.staff_does or rule.staff) not in found.acts:
        _record_refusal(request, None, name)
        raise PermissionDenied(name)
    if not sessions.has_second(request):  # a password alone opens nothing of the seller's
        return redirect("portal:security")
    scope.cross(Crossing.SELLER)
    return None


def _record_refusal(request: HttpRequest, customer_id: UUID | None, name: str) -> None:
    """A refused request leaves a trace (SEE-2): of a person so many a day, for no record may be filled by trying."""
    person_id, now = request.user.pk, shifted(0)
    assert person_id is not None
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    before = events.count_of(name=REFUSED, subject_id=person_id, since=day, most=REFUSALS_A_DAY)
    if before >= REFUSALS_A_DAY:
        return
    last = {"more": "not written this day"} if before == REFUSALS_A_DAY - 1 else {}
    events.record(
        name=REFUSED,
        subject=("person", person_id),
        customer_id=customer_id,
        actor=f"person:{person_id}",
        now=now,
        data={
            "page": name,
            "organization": "" if customer_id is None else public("cus", customer_id),
            **last,
        },
    )
