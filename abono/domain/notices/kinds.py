"""Everything that a customer is told (NOT-1): what it says, who hears it, and where to act.

Sentences are msgids. `{name}` stands for a fact as `wording` writes it: `total_minor` is named `{total}`,
`used_micro` `{used}`. `needs` are the facts without which a notice of the kind cannot be told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from abono.domain.notices.types import Audience, Facts
from abono.kernel.errors import _
from abono.kernel.rating import UNLIMITED

WHO_ANSWERS = (Audience.ADMINISTRATORS, Audience.FINANCIAL_CONTACT)  # LIM-3

PLANS, FINANCIAL, USAGE = "portal:plans", "portal:financial", "portal:usage"
INVOICE = "portal:invoice"  # the one that the fact `invoice_id` names
INVITATION = "portal:invitation"  # the one that the fact `invitation_id` names
ORDER = "public:order-resume"  # the one that the fact `order_id` names: nobody can sign in yet
RAISE = "portal:raise-package"  # of the contract that the fact `contract_id` names
OWN_LIMITS = "portal:own-limits"
HOME, WALLET, SET_PASSWORD = "portal:home", "portal:wallet", "portal:set_password"

_SOMEBODY_DID = _("If nobody at {organization} did this, write to {seller_email} at once.")
_BY_ITSELF = _(
    "You get this as one of those who answer for {organization} here. If that is not so, write to {seller_email}."
)


@dataclass(frozen=True, slots=True)
class Case:
    """What is added to the body when the facts say so; the first case that fits is the one."""

    when: Callable[[Facts], bool]
    says: tuple[str, ...]
    page: str = ""  # instead of the kind's own
    button: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    name: str  # for lists of what can be told
    title: str
    body: tuple[str, ...]
    needs: tuple[str, ...]
    page: str
    button: str
    figure: str = ""  # of facts alone, the same in every language
    caption: str = ""
    rows: tuple[tuple[str, str], ...] = ()  # label, name of the fact; left out when there is none
    cases: tuple[Case, ...] = ()
    unexpected: str = _BY_ITSELF
    audience: tuple[Audience, ...] = WHO_ANSWERS


def _always(facts: Facts) -> bool:
    return True


def _unlimited(facts: Facts) -> bool:
    ceiling = facts["ceiling_micro"]
    return ceiling is None or (isinstance(ceiling, int) and ceiling >= UNLIMITED)


def _no_overage(facts: Facts) -> bool:
    return facts["ceiling_micro"] == facts["value_micro"]


def _bigger(facts: Facts) -> bool:
    """A bigger package was on sale (LIM-4)."""
    return bool(facts["bigger"])


def _stops_and_bigger(facts: Facts) -> bool:
    return _no_overage(facts) and _bigger(facts)


def _two_ways(facts: Facts) -> bool:
    return bool(facts["payable"]) and _bigger(facts)


def _payable(facts: Facts) -> bool:
    """There was overage to be paid on an interim invoice (LIM-4)."""
    return bool(facts["payable"])


def _some_is_held(facts: Facts) -> bool:
    return "held_micro" in facts


def _hint(word: str) -> Callable[[Facts], bool]:
    return lambda facts: facts.get("hint") == word


_CONTRACT = ((_("Contract"), "number"),)
_INVOICE = ((_("Invoice"), "invoice"), (_("Contract"), "number"))
_USE = (
    (_("Package"), "value"),
    (_("Used and set aside"), "used"),
    (_("Limit"), "ceiling"),
    (_("Contract"), "number"),
)
_USE_FACTS = ("number", "currency", "value_micro", "ceiling_micro", "used_micro", "bigger", "payable")
_USED_OF = _("{used} of {value} are used and set aside in this cycle.")
_DECLINED = _("Your card was declined. Nothing was charged.")
_LOST_AT_END = _("What is left of the package at the end of the cycle is lost.")

KINDS: dict[str, Kind] = {
    "contract_active": Kind(
        name=_("Contract active"),
        title=_("Your contract is active"),
        body=(_("Plan {plan} with channel package {package} is ready: you can begin to send now."),),
        needs=("number", "plan", "package"),
        figure="{number}",
        caption=_("your contract number"),
        rows=((_("Software plan"), "plan"), (_("Channel package"), "package")),
        page=PLANS,
        button=_("See the contract"),
        unexpected=_SOMEBODY_DID,
    ),
    "invitation": Kind(
        name=_("Invitation"),
        title=_("{organization} names you as its Administrator"),
        body=(
            _(
                "Contract {number} was made with your e-mail address. You become its Administrator once you accept."
            ),
            _("Until then nothing changes in your account. If you do not know this organization, decline."),
        ),
        needs=("number", "invitation_id", "name"),
        rows=_CONTRACT,
        page=INVITATION,
        button=_("Accept or decline"),
        unexpected=_("If you did not expect this, decline, or do nothing. Questions: {seller_email}."),
        audience=(),
    ),
    "payment_unknown": Kind(
        name=_("Payment being confirmed"),
        title=_("We are confirming your payment"),
        body=(
            _("The bank has not answered clearly yet. We keep asking, and nothing is charged twice."),
            _("You need not do anything: we write again as soon as we know."),
        ),
        needs=("total_minor", "currency"),
        figure="{total}",
        caption=_("being confirmed"),
        rows=_INVOICE,
        page=FINANCIAL,
        button=_("See the payment"),
        unexpected=_SOMEBODY_DID,
    ),
    "payment_checked": Kind(
        name=_("Payment being checked"),
        title=_("We are checking your payment"),
        body=(
            _("What the bank reported is not what we asked for, so a person is looking at it."),
            _("You need not do anything. Please do not pay again: we write to you when it is settled."),
        ),
        needs=("total_minor", "currency"),
        figure="{total}",
        caption=_("being checked"),
        rows=_INVOICE,
        page=FINANCIAL,
        button=_("See the payment"),
    ),
    "payment_failed": Kind(
        name=_("Payment failed"),
        title=_("A payment did not go through"),
        body=(),
        needs=("total_minor", "currency"),
        figure="{total}",
        caption=_("still to be paid"),
        rows=_INVOICE,
        cases=(
            Case(
                _hint("never_received"),
                (
                    _(
                        "Our request never reached the bank. Your card was not declined, and nothing was charged."
                    ),
                    _("You can pay again at any time."),
                ),
                page=FINANCIAL,
                button=_("See the payment"),
            ),
            Case(_hint("number"), (_DECLINED, _("Most likely the number of the card is wrong."))),
            Case(_hint("expiry"), (_DECLINED, _("Most likely the card has expired, or its date is wrong."))),
            Case(
                _hint("cvv"),
                (_DECLINED, _("Most likely the security code on the back of the card is wrong.")),
            ),
            Case(
                _hint("online"), (_DECLINED, _("Most likely the card is not enabled for online purchases."))
            ),
            Case(
                _hint("balance"),
                (_DECLINED, _("Most likely the balance or the limit of the card is too low.")),
            ),
            Case(_always, (_DECLINED, _("The bank that issued the card can say why."))),
        ),
        page=WALLET,
        button=_("Check the card"),
    ),
    "payment_received": Kind(
        name=_("Payment received"),
        title=_("Payment received"),
        body=(_("Invoice {invoice} is paid. Thank you."),),
        needs=("invoice", "total_minor", "currency"),
        figure="{total}",
        caption=_("paid"),
        rows=_INVOICE,
        page=INVOICE,
        button=_("See the invoice"),
        unexpected=_SOMEBODY_DID,
    ),
    "invoice_issued": Kind(
        name=_("New invoice"),
        title=_("Invoice {invoice}"),
        body=(_("Your new invoice is here, as a PDF with this message. It is due on {due_date}."),),
        needs=("invoice", "total_minor", "currency", "due_date"),
        figure="{total}",
        caption=_("due on {due_date}"),
        rows=_INVOICE,
        page=INVOICE,
        button=_("See the invoice"),
    ),
    "package_80": Kind(
        name=_("80 percent of the package used"),
        title=_("{share} of the channel package is used"),
        body=(_USED_OF,),
        needs=_USE_FACTS,
        figure="{used}",
        caption=_("used and set aside, of {value}"),
        rows=_USE,
        cases=(
            Case(_unlimited, (_("Beyond the package sending goes on, billed on the next invoice."),)),
            Case(
                _stops_and_bigger,
                (_("When the package is used up, sending stops. You can raise it before."),),
                RAISE,
                _("Raise the package"),
            ),
            Case(_no_overage, (_("When the package is used up, sending stops until the next cycle."),)),
            Case(
                _always,
                (_("Beyond the package sending goes on up to {ceiling}, billed on the next invoice."),),
            ),
        ),
        page=USAGE,
        button=_("See the usage"),
    ),
    "package_100": Kind(
        name=_("Package used up"),
        title=_("The channel package is used up"),
        body=(_USED_OF,),
        needs=_USE_FACTS,
        figure="{used}",
        caption=_("used and set aside, of {value}"),
        rows=_USE,
        cases=(
            Case(_unlimited, (_("Sending goes on; what goes beyond is billed on the next invoice."),)),
            Case(
                _stops_and_bigger,
                (_("Sending stops here until the next cycle. A bigger package opens it at once."),),
                RAISE,
                _("Raise the package"),
            ),
            Case(_no_overage, (_("Sending stops here until the next cycle."),)),
            Case(
                _always,
                (_("Sending goes on up to {ceiling}; what goes beyond is billed on the next invoice."),),
            ),
        ),
        page=USAGE,
        button=_("See the usage"),
    ),
    "limit_90": Kind(
        name=_("Limit near"),
        title=_("Sending will stop soon"),
        body=(_("{used} are used and set aside in this cycle; at {ceiling} sending stops."),),
        needs=_USE_FACTS,
        figure="{used}",
        caption=_("used and set aside, of a limit of {ceiling}"),
        rows=_USE,
        cases=(
            Case(_bigger, (_("A bigger package moves the limit at once."),), RAISE, _("Raise the package")),
        ),
        page=USAGE,
        button=_("See the usage"),
    ),
    "sending_blocked": Kind(
        name=_("Sending blocked"),
        title=_("Sending is blocked"),
        body=(_("A send would have passed the limit of {ceiling}. Receiving and free replies go on."),),
        needs=_USE_FACTS,
        figure="{used}",
        caption=_("used and set aside, of a limit of {ceiling}"),
        rows=_USE,
        cases=(
            Case(
                _two_ways,
                (_("Two ways open it at once: pay what was used beyond the package, or raise the package."),),
            ),
            Case(_payable, (_("Pay what was used beyond the package: sending opens at once."),)),
            Case(
                _bigger,
                (_("A bigger package opens sending at once; else it opens with the next cycle."),),
                RAISE,
                _("Raise the package"),
            ),
            Case(_always, (_("It opens again with the next cycle."),), USAGE, _("See the usage")),
        ),
        page=HOME,
        button=_("Open sending again"),
    ),
    "own_cap": Kind(
        name=_("Your own cap reached"),
        title=_("Your own cap stops sending"),
        body=(
            _("{used} are used and set aside in this cycle, and your own cap is {cap}."),
            _(
                "Sends that cost something are refused until the next cycle begins, or until the cap is raised. Receiving and free replies go on."
            ),
        ),
        needs=("number", "currency", "used_micro", "cap_micro"),
        figure="{used}",
        caption=_("used and set aside, of a cap of {cap}"),
        rows=((_("Your own cap"), "cap"), (_("Used and set aside"), "used"), (_("Contract"), "number")),
        page=OWN_LIMITS,
        button=_("Change the cap"),
    ),
    "sending_released": Kind(
        name=_("Sending open again"),
        title=_("Sending is open again"),
        body=(_("Contract {number} can send again from now on."),),
        needs=("number",),
        rows=_CONTRACT,
        page=USAGE,
        button=_("See the usage"),
    ),
    "package_expired": Kind(
        name=_("Package at the end of a cycle"),
        title=_("Your channel package at the end of the cycle"),
        body=(
            _("From {cycle_start} to {cycle_end} you used {used} of {value}."),
            _LOST_AT_END,
            _("The new cycle begins with the whole package."),
        ),
        cases=(
            Case(
                _some_is_held,
                (_("{held} is set aside for sends that are not confirmed yet: it is used once they are."),),
            ),
        ),
        needs=(
            "number",
            "currency",
            "value_micro",
            "used_micro",
            "expired_micro",
            "cycle_start",
            "cycle_end",
        ),
        figure="{expired}",
        caption=_("expired"),
        rows=(
            (_("Package"), "value"),
            (_("Used"), "used"),
            (_("Set aside"), "held"),
            (_("Expired"), "expired"),
            (_("Contract"), "number"),
        ),
        page=USAGE,
        button=_("See the usage"),
    ),
    "package_raised": Kind(
        name=_("Package raised"),
        title=_("Your channel package was raised"),
        body=(
            _(
                "{paid} was charged for this cycle. From the next cycle on the package costs {becomes} a month instead of {was}."
            ),
            _("The new value is there from now on, and so are its session prices. What you used stays used."),
        ),
        needs=("number", "before", "after", "currency", "paid_minor", "was_minor", "becomes_minor"),
        figure="{before} → {after}",
        caption=_("a month, before and after"),
        rows=(
            (_("Charged now"), "paid"),
            (_("Package a month, before"), "was"),
            (_("Package a month, from the next cycle on"), "becomes"),
            (_("Contract"), "number"),
        ),
        page=PLANS,
        button=_("See the contract"),
        unexpected=_SOMEBODY_DID,
    ),
    "versions_change": Kind(
        name=_("New conditions of the contract"),
        title=_("Your contract goes on with new conditions on {begin_date}"),
        body=(
            _(
                "From {begin_date} on, plan {plan} and channel package {package} cost {to} a month together; until then they cost {from}."
            ),
            _(
                "Nothing changes before that day. On the page of the contract you see your plan and its prices."
            ),
        ),
        needs=("number", "currency", "plan", "package", "from_minor", "to_minor", "begin_date"),
        figure="{from} → {to}",
        caption=_("a month, before and after"),
        rows=(
            (_("From"), "begin_date"),
            (_("Software plan"), "plan"),
            (_("Channel package"), "package"),
            (_("Contract"), "number"),
        ),
        page=PLANS,
        button=_("See the contract"),
    ),
}
