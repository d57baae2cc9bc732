"""Who may open which page: one table, asked before every view; what is not in it is refused (ACC-1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext

from abono.domain.identity import staff
from abono.domain.identity.roles import Act
from abono.domain.identity.types import Profile
from abono.domain.settings import queries as settings
from abono.domain.settings.known import SECOND_FACTOR
from abono.entrypoints.site import flash, sessions
from abono.entrypoints.site.acting import MAY_BE_SENT, Acting, looked
from abono.entrypoints.site.visit import ADMINISTRATORS, MEMBERS, READERS, Visit, chosen_customer, look
from abono.kernel.ids import public
from abono.platform import events
from abono.platform.clock import shifted
from abono.platform.postgres import scope
from abono.platform.postgres.scope import Crossing


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may open a page.

    members     those of the organization that is looked at, by profile
    staff       what somebody who works for the seller must be allowed to do, for the seller's own pages
                (`identity.roles`); for all others these do not exist (ACC-2)
    staff_does  the same for what the page changes; None: as for looking
    acting_as   who looks at a customer without being its member: pages that change nothing. Whoever works for the
                seller (ACC-5), and who paid a contract whose administrator has not come yet (CON-9)
    everybody   anyone, signed in or not
    fresh       asks for a factor when none was given in the last fifteen minutes (ACC-3)
    signed_in   whoever is signed in, member of whatever or of nothing: pages about the person alone
    """

    members: frozenset[Profile] = frozenset()
    staff: Act | None = None
    staff_does: Act | None = None
    acting_as: bool = False
    everybody: bool = False
    fresh: bool = False
    signed_in: bool = False


SEEN_BY_ALL_MEMBERS = Rule(MEMBERS, acting_as=True)
HOME, AGENTS_HOME = "portal:home", "portal:notices"
SEEN_BY_READERS = Rule(READERS, acting_as=True)
SEEN_BY_ADMINISTRATORS = Rule(ADMINISTRATORS, acting_as=True)
DONE_BY_MEMBERS = Rule(MEMBERS)
DONE_BY_ADMINISTRATORS = Rule(ADMINISTRATORS)
PROVEN_BY_ADMINISTRATORS = Rule(ADMINISTRATORS, fresh=True)
STAFF = Rule(staff=Act.READ)
SIGNED_IN = Rule(signed_in=True)
PROVEN = Rule(signed_in=True, fresh=True)
EVERYBODY = Rule(everybody=True)

ACCESS: dict[str, Rule] = {
    "portal:home": SEEN_BY_READERS,
    "portal:usage": SEEN_BY_READERS,
    "portal:usage-csv": SEEN_BY_READERS,
    "portal:usage-pdf": SEEN_BY_READERS,
    "portal:own-limits": SEEN_BY_READERS,
    "portal:own-limits-save": DONE_BY_ADMINISTRATORS,
    "portal:usage-sends": SEEN_BY_READERS,
    "portal:uncovered": SEEN_BY_READERS,
    "portal:uncovered-contest": DONE_BY_ADMINISTRATORS,
    "portal:campaigns": SEEN_BY_READERS,
    "portal:campaign-estimate": SEEN_BY_READERS,
    "portal:plans": SEEN_BY_ADMINISTRATORS,
    "portal:contract-pdf": SEEN_BY_ADMINISTRATORS,
    "portal:change-plan": DONE_BY_ADMINISTRATORS,
    "portal:coupon": DONE_BY_ADMINISTRATORS,
    "portal:change": PROVEN_BY_ADMINISTRATORS,
    "portal:change-link": EVERYBODY,
    "portal:cancel": DONE_BY_ADMINISTRATORS,
    "portal:regret": PROVEN_BY_ADMINISTRATORS,
    "portal:change-undo": DONE_BY_ADMINISTRATORS,
    "portal:change-withdraw": DONE_BY_ADMINISTRATORS,
    "portal:pay-interim": DONE_BY_ADMINISTRATORS,
    "portal:advance-clock": DONE_BY_ADMINISTRATORS,
    "portal:as-of": SEEN_BY_ADMINISTRATORS,
    "portal:financial": SEEN_BY_READERS,
    "portal:financial-csv": SEEN_BY_READERS,
    "portal:invoice": SEEN_BY_READERS,
    "portal:invoice-pdf": SEEN_BY_READERS,
    "portal:document-password": PROVEN_BY_ADMINISTRATORS,
    "portal:pay-invoice": DONE_BY_ADMINISTRATORS,
    "portal:payment-links": SEEN_BY_ADMINISTRATORS,
    "portal:payment-links-make": DONE_BY_ADMINISTRATORS,
    "portal:payment-links-revoke": DONE_BY_ADMINISTRATORS,
    "portal:credit": SEEN_BY_READERS,
    "portal:credit-note-pdf": SEEN_BY_READERS,
    "portal:payment": SEEN_BY_READERS,
    "portal:wallet": SEEN_BY_ADMINISTRATORS,
    "portal:wallet-add": PROVEN_BY_ADMINISTRATORS,
    "portal:wallet-use": PROVEN_BY_ADMINISTRATORS,
    "portal:wallet-remove": PROVEN_BY_ADMINISTRATORS,
    "portal:notices": SEEN_BY_ALL_MEMBERS,
    "portal:notices-read": DONE_BY_MEMBERS,
    "portal:notices-choose": DONE_BY_ADMINISTRATORS,
    "portal:organization": SEEN_BY_ADMINISTRATORS,
    "portal:organization-change": PROVEN_BY_ADMINISTRATORS,
    "portal:people": SEEN_BY_ADMINISTRATORS,
    "portal:people-in": SEEN_BY_ADMINISTRATORS,
    "portal:people-free": DONE_BY_ADMINISTRATORS,
    "portal:people-kept": SEEN_BY_ADMINISTRATORS,
    "portal:people-kept-save": DONE_BY_ADMINISTRATORS,
    "portal:people-invite": PROVEN_BY_ADMINISTRATORS,
    "portal:member": SEEN_BY_ADMINISTRATORS,
    "portal:member-profile": PROVEN_BY_ADMINISTRATORS,
    "portal:member-deactivate": PROVEN_BY_ADMINISTRATORS,
    "portal:member-reactivate": PROVEN_BY_ADMINISTRATORS,
    "portal:member-delete": PROVEN_BY_ADMINISTRATORS,
    "portal:invitation-again": PROVEN_BY_ADMINISTRATORS,
    "portal:invitation-withdraw": PROVEN_BY_ADMINISTRATORS,
    "portal:keys": SEEN_BY_ADMINISTRATORS,
    "portal:keys-create": PROVEN_BY_ADMINISTRATORS,
    "portal:keys-rotate": PROVEN_BY_ADMINISTRATORS,
    "portal:keys-bind": PROVEN_BY_ADMINISTRATORS,
    "portal:keys-revoke": PROVEN_BY_ADMINISTRATORS,
    "portal:profile": DONE_BY_MEMBERS,
    "portal:switch-organization": DONE_BY_MEMBERS,
    "portal:sign-in": EVERYBODY,
    "portal:sign-out": EVERYBODY,
    "portal:set-password": EVERYBODY,
    "portal:choose-password": EVERYBODY,
    "portal:forgot": EVERYBODY,
    "portal:security": SIGNED_IN,
    "portal:password-change": PROVEN,
    "portal:email-change": PROVEN,
    "portal:email-proof-link": EVERYBODY,
    "portal:email-proof": PROVEN,
    "portal:email-back-link": EVERYBODY,
    "portal:email-back": EVERYBODY,
    "portal:session-end": SIGNED_IN,
    "portal:sessions-end": SIGNED_IN,
    "portal:codes-add": PROVEN,
    "portal:codes-remove": PROVEN,
    "portal:recovery-codes": PROVEN,
    "portal:sign-on-in": EVERYBODY,
    "portal:sign-on-go": EVERYBODY,
    "openid_connect_callback": EVERYBODY,
    "portal:sign-on": PROVEN_BY_ADMINISTRATORS,
    "portal:sign-on-end": PROVEN_BY_ADMINISTRATORS,
    "portal:passkey-add": PROVEN,
    "portal:passkey-remove": PROVEN,
    "portal:passkey-sign-in": EVERYBODY,
    "portal:passkey-second": EVERYBODY,
    "portal:passkey-again": SIGNED_IN,
    "account_login": EVERYBODY,
    "account_reauthenticate": SIGNED_IN,
    "mfa_authenticate": EVERYBODY,
    "portal:set-language": EVERYBODY,
    "portal:invitation": EVERYBODY,
    "portal:invitation-link": EVERYBODY,
    "portal:invitation-leave": EVERYBODY,
    "portal:style": EVERYBODY,
    "public:root": EVERYBODY,
    "public:prices": EVERYBODY,
    "public:order": EVERYBODY,
    "public:order-details": EVERYBODY,
    "public:order-pay": EVERYBODY,
    "public:order-done": EVERYBODY,
    "public:order-resume": EVERYBODY,
    "public:terms": EVERYBODY,
    "public:codes": EVERYBODY,
    "public:help": EVERYBODY,
    "public:help-article": EVERYBODY,
    "public:payment-back": EVERYBODY,
    "public:payment-link": EVERYBODY,
    "public:pay": EVERYBODY,
    "backoffice:contracts": STAFF,
    "backoffice:contract": STAFF,
    "backoffice:contract-pdf": STAFF,
    "backoffice:arrangements": Rule(staff=Act.READ, staff_does=Act.CORRECT, fresh=True),
    "backoffice:arrangement": Rule(staff=Act.READ, staff_does=Act.CORRECT, fresh=True),
    "backoffice:as-of": STAFF,
    "backoffice:cancel": Rule(staff=Act.CORRECT, fresh=True),
    "backoffice:regret": Rule(staff=Act.CORRECT, fresh=True),
    "backoffice:restriction": Rule(staff=Act.CORRECT, fresh=True),
    "backoffice:trial": Rule(staff=Act.CORRECT, fresh=True),
    "backoffice:coupons": Rule(staff=Act.READ, staff_does=Act.COUPONS, fresh=True),
    "backoffice:coupon": Rule(staff=Act.READ, staff_does=Act.COUPONS, fresh=True),
    "backoffice:invoices": STAFF,
    "backoffice:invoice": Rule(staff=Act.READ, staff_does=Act.CORRECT, fresh=True),
    "backoffice:invoices-csv": STAFF,
    "backoffice:invoice-standing": Rule(staff=Act.READ, staff_does=Act.CORRECT, fresh=True),
    "backoffice:invoice-reissue": Rule(staff=Act.CORRECT, fresh=True),
    "backoffice:journal": STAFF,
    "backoffice:journal-csv": STAFF,
    "backoffice:payment-links": STAFF,
    "backoffice:payment-links-make": Rule(staff=Act.LINKS),
    "backoffice:payment-links-revoke": Rule(staff=Act.LINKS),
    "backoffice:drafts": STAFF,
    "backoffice:draft-new": Rule(staff=Act.CORRECT, fresh=True),
    "backoffice:draft": Rule(staff=Act.READ, staff_does=Act.CORRECT, fresh=True),
    "backoffice:draft-pdf": STAFF,
    "backoffice:margins": STAFF,
    "backoffice:metering": STAFF,
    "backoffice:money": STAFF,
    "backoffice:money-ask": Rule(staff=Act.MONEY),
    "backoffice:money-close": Rule(staff=Act.MONEY, fresh=True),
    "backoffice:payouts": Rule(staff=Act.READ, staff_does=Act.MONEY, fresh=True),
    "backoffice:payout-withdraw": Rule(staff=Act.MONEY, fresh=True),
    "backoffice:runs": STAFF,
    "backoffice:run": STAFF,
    "backoffice:run-again": Rule(staff=Act.CORRECT),
    "backoffice:changes": STAFF,
    "backoffice:change": Rule(staff=Act.READ, staff_does=Act.CHANGES, fresh=True),
    "backoffice:adjustments": Rule(staff=Act.READ, staff_does=Act.VERSIONS, fresh=True),
    "backoffice:adjustment": Rule(staff=Act.READ, staff_does=Act.VERSIONS, fresh=True),
    "backoffice:adjustment-line": Rule(staff=Act.READ, staff_does=Act.VERSIONS, fresh=True),
    "backoffice:adjustment-csv": STAFF,
    "backoffice:indexes": Rule(staff=Act.READ, staff_does=Act.VERSIONS, fresh=True),
    "backoffice:index": Rule(staff=Act.READ, staff_does=Act.VERSIONS, fresh=True),
    "backoffice:index-csv": STAFF,
    "backoffice:versions": Rule(staff=Act.READ, staff_does=Act.VERSIONS, fresh=True),
    "backoffice:versions-batch": Rule(staff=Act.READ, staff_does=Act.VERSIONS, fresh=True),
    "backoffice:versions-csv": STAFF,
    "backoffice:act-as": Rule(staff=Act.ACT_AS, staff_does=Act.ACT_AS, fresh=True),
    "backoffice:act-as-stop": Rule(staff=Act.ACT_AS),
    "backoffice:approvals": STAFF,
    "backoffice:approval": Rule(staff=Act.READ, staff_does=Act.APPROVE, fresh=True),
    "backoffice:keys": Rule(staff=Act.KEYS),
    "backoffice:keys-create": Rule(staff=Act.KEYS, fresh=True),
    "backoffice:keys-rotate": Rule(staff=Act.KEYS, fresh=True),
    "backoffice:keys-bind": Rule(staff=Act.KEYS, fresh=True),
    "backoffice:keys-revoke": Rule(staff=Act.KEYS, fresh=True),
    "backoffice:members": Rule(staff=Act.RECOVER),
    "backoffice:member": Rule(staff=Act.RECOVER, fresh=True),
    "backoffice:people": Rule(staff=Act.PEOPLE, staff_does=Act.PEOPLE, fresh=True),
    "backoffice:person": Rule(staff=Act.PEOPLE, fresh=True),
    "backoffice:person-link": Rule(staff=Act.PEOPLE, fresh=True),
    "backoffice:person-remove": Rule(staff=Act.PEOPLE, fresh=True),
    "backoffice:person-second-proof": Rule(staff=Act.PEOPLE, fresh=True),
    "backoffice:sign-on": Rule(staff=Act.PEOPLE, fresh=True),
    "backoffice:sign-on-end": Rule(staff=Act.PEOPLE, fresh=True),
    "backoffice:uncovered": STAFF,
    "backoffice:uncovered-decide": Rule(staff=Act.READ, staff_does=Act.UNCOVERED, fresh=True),
}

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
