"""What a customer is told of its package and of sending (LIM-3, LIM-4, LIM-5, PKG-3, PKG-12)."""

from __future__ import annotations

from functools import partial

from abono.domain.notices.kind import (
    CHANGE_PLAN,
    DECIDE_UNCOVERED,
    HOME,
    OWN_LIMITS,
    UNCOVERED,
    USAGE,
    Case,
    Kind,
    always,
)
from abono.domain.notices.types import Facts
from abono.kernel.errors import _
from abono.kernel.rating import UNLIMITED


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


_CONTRACT = ((_("Contract"), "number"),)
_of_use = partial(  # how far the package is used: what such a notice needs, shows, and leads to
    Kind,
    needs=("number", "currency", "value_micro", "ceiling_micro", "used_micro", "bigger", "payable"),
    figure="{used}",
    rows=(
        (_("Package"), "value"),
        (_("Used and set aside"), "used"),
        (_("Limit"), "ceiling"),
        (_("Contract"), "number"),
    ),
    page=USAGE,
    button=_("See the usage"),
)
_USED_OF = _("{used} of {value} are used and set aside in this cycle.")
_NONE_PRICED = Case(
    lambda facts: facts["priced"] == 0, (_("None of them has a price, so nobody can say what they come to."),)
)
_LOST_AT_END = _("What is left of the package at the end of the cycle is lost.")
_HELD = _("{held} is set aside for sends that are not confirmed yet: it is used once they are.")
_BEGINS_WHOLE = _("The new cycle begins with the whole package.")
_BEGINS_RESTRICTED = _(
    "The new cycle begins restricted, without a package: on the day on which it opens you have the package for the days that are left."
)


def _was_last(facts: Facts) -> bool:
    return facts.get("next") == "none"


def _next_is_restricted(facts: Facts) -> bool:
    return facts.get("next") == "restricted"


OF_USE: dict[str, Kind] = {
    "package_80": _of_use(
        name=_("80 percent of the package used"),
        title=_("{share} of the channel package is used"),
        body=(_USED_OF,),
        caption=_("used and set aside, of {value}"),
        cases=(
            Case(_unlimited, (_("Beyond the package sending goes on, billed on the next invoice."),)),
            Case(
                _stops_and_bigger,
                (_("When the package is used up, sending stops. You can raise it before."),),
                CHANGE_PLAN,
                _("Raise the package"),
            ),
            Case(_no_overage, (_("When the package is used up, sending stops until the next cycle."),)),
            Case(
                always,
                (_("Beyond the package sending goes on up to {ceiling}, billed on the next invoice."),),
            ),
        ),
    ),
    "package_100": _of_use(
        name=_("Package used up"),
        title=_("The channel package is used up"),
        body=(_USED_OF,),
        caption=_("used and set aside, of {value}"),
        cases=(
            Case(_unlimited, (_("Sending goes on; what goes beyond is billed on the next invoice."),)),
            Case(
                _stops_and_bigger,
                (_("Sending stops here until the next cycle. A bigger package opens it at once."),),
                CHANGE_PLAN,
                _("Raise the package"),
            ),
            Case(_no_overage, (_("Sending stops here until the next cycle."),)),
            Case(
                always,
                (_("Sending goes on up to {ceiling}; what goes beyond is billed on the next invoice."),),
            ),
        ),
    ),
    "limit_90": _of_use(
        name=_("Limit near"),
        title=_("Sending will stop soon"),
        body=(_("{used} are used and set aside in this cycle; at {ceiling} sending stops."),),
        caption=_("used and set aside, of a limit of {ceiling}"),
        cases=(
            Case(
                _bigger,
                (_("A bigger package moves the limit at once."),),
                CHANGE_PLAN,
                _("Raise the package"),
            ),
        ),
    ),
    "sending_blocked": _of_use(
        name=_("Sending blocked"),
        title=_("Sending is blocked"),
        body=(_("A send would have passed the limit of {ceiling}. Receiving and free replies go on."),),
        caption=_("used and set aside, of a limit of {ceiling}"),
        cases=(
            Case(
                _two_ways,
                (_("Two ways open it at once: pay what was used beyond the package, or raise the package."),),
            ),
            Case(_payable, (_("Pay what was used beyond the package: sending opens at once."),)),
            Case(
                _bigger,
                (_("A bigger package opens sending at once; else it opens with the next cycle."),),
                CHANGE_PLAN,
                _("Raise the package"),
            ),
            Case(always, (_("It opens again with the next cycle."),), USAGE, _("See the usage")),
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
    "sends_uncovered": Kind(
        name=_("Sends that nothing covers"),
        title=_("Some sends are not covered"),
        body=(
            _("We were told of sends that had left already and that contract {number} does not cover."),
            _(
                "Nothing was taken from your package for them. If they are to be billed, we write to you five days before."
            ),
        ),
        cases=(_NONE_PRICED,),
        needs=("number", "currency", "sends", "priced", "total_micro"),
        figure="{sends}",
        caption=_("sends that nothing covers"),
        rows=(
            (_("Of these with a price"), "priced"),
            (_("Value of those"), "total"),
            (_("Contract"), "number"),
        ),
        page=UNCOVERED,
        button=_("See the sends"),
    ),
    "uncovered_to_decide": Kind(
        name=_("Uncovered sends to be decided"),
        title=_("Uncovered sends of {organization} wait for you to decide"),
        body=(
            _("We were told of sends that had left already and that contract {number} does not cover."),
            _("They drew on nothing. They are billed only if you say so; else let them go."),
        ),
        cases=(_NONE_PRICED,),
        needs=("number", "currency", "sends", "priced", "total_micro", "contract_id"),
        figure="{sends}",
        caption=_("sends to be decided"),
        rows=(
            (_("Of these with a price"), "priced"),
            (_("Value of those"), "total"),
            (_("Contract"), "number"),
        ),
        page=DECIDE_UNCOVERED,
        button=_("Decide"),
        unexpected=_(
            "You get this as one of the people of the seller, at most once a day for each contract."
        ),
        audience=(),
        for_seller=True,
    ),
    "uncovered_billed": Kind(
        name=_("Sends that nothing covers will be billed"),
        title=_("{total} for sends that nothing covers"),
        body=(
            _("From {bill_start} on, sends that contract {number} does not cover may stand on your invoice."),
            _("The seller says: {why}"),
            _(
                "If you do not agree, say so with one press on the page with the list: then they are not billed."
            ),
        ),
        needs=("number", "currency", "sends", "total_micro", "why", "bill_start"),
        figure="{total}",
        caption=_("from {bill_start} on"),
        rows=((_("Sends"), "sends"), (_("Contract"), "number")),
        page=UNCOVERED,
        button=_("See the list"),
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
        ),
        cases=(
            Case(lambda facts: _was_last(facts) and _some_is_held(facts), (_HELD,)),
            Case(_was_last, ()),
            Case(_next_is_restricted, (_BEGINS_RESTRICTED,)),
            Case(_some_is_held, (_BEGINS_WHOLE, _HELD)),
            Case(always, (_BEGINS_WHOLE,)),
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
}
