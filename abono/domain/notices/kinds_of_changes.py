"""What a customer is told of changes of plan and package: before and after (CHG-2)."""

from __future__ import annotations

from collections.abc import Callable

from abono.domain.notices.kind import (
    AS_STAFF,
    CHANGE,
    CHANGE_TO_DECIDE,
    LINES,
    PLANS,
    SOMEBODY_DID,
    Case,
    Kind,
    always,
)
from abono.domain.notices.types import Facts
from abono.kernel.errors import _


def _steps_down_later(facts: Facts) -> bool:
    return "begins_date" in facts


_NEEDS = (
    "number",
    "plan_before",
    "plan_after",
    "package_before",
    "package_after",
    "currency",
    "was_minor",
    "becomes_minor",
)
_BEFORE = (
    (_("Software plan, before"), "plan_before"),
    (_("Plan a year, before"), "plan_year_before"),
    (_("Channel package, before"), "package_before"),
    (_("Extra licences, before"), "licences_before"),
)
_AFTER = (
    (_("Software plan, now"), "plan_after"),
    (_("Plan a year, now"), "plan_year_after"),
    (_("Channel package, now"), "package_after"),
    (_("Extra licences, now"), "licences_after"),
)
_PLAN_LAST = Case(
    lambda facts: "plan_date" in facts,
    (
        _(
            "What is smaller of channel package and extra licences begins on {begins_date}, software plan {plan_later} on {plan_date}, when the paid year is over. Until then you can withdraw the change."
        ),
    ),
)
_LINES = (("", LINES),)
_LATER = (
    (_("Begins on"), "begins_date"),
    (_("Software plan, then"), "plan_later"),
    (_("The plan from"), "plan_date"),
    (_("Plan a year, then"), "plan_year_later"),
    (_("Channel package, then"), "package_later"),
    (_("Extra licences, then"), "licences_later"),
)
_CONTRACT = ((_("Contract"), "number"),)
_WANTED = (
    *_BEFORE,
    (_("Software plan, wanted"), "plan_after"),
    (_("Channel package, wanted"), "package_after"),
    (_("Extra licences, wanted"), "licences_after"),
    *_CONTRACT,
)
_TO_BE_CHARGED = (*_LINES, (_("To be charged"), "total"))

_ARRANGED = {
    "plan": _(
        "For your contract software plan {plan} costs {price} a month, for cycles that begin from {begins_date} on."
    ),
    "package": _(
        "For your contract channel package {package} costs {price} a month, for cycles that begin from {begins_date} on. What it is worth stays."
    ),
    "extra_interaction": _(
        "For your contract each extra InteractionZ costs {price}, in cycles that begin from {begins_date} on."
    ),
    "extra_licence": _(
        "For your contract each extra licence costs {price} a month, for cycles that begin from {begins_date} on."
    ),
    "add_on": _("{add_on} is added to your contract, for cycles that begin from {begins_date} on."),
}


_ARRANGED_BY_YEAR = _(
    "For your contract software plan {plan} costs {price} a year, for paid years that begin from {begins_date} on."
)
_ADJUSTED = ("number", "currency", "index", "first_month", "last_month", "to_minor", "begin_date")


def _ended(facts: Facts) -> bool:
    return "ended" in facts


def _of(kind: str) -> Callable[[Facts], bool]:
    """Of that kind, with the name of what it is of, where the sentence says it."""
    named = f"{{{kind}}}" in _ARRANGED[kind]
    return lambda facts: facts["kind"] == kind and (not named or kind in facts)


OF_CHANGES = {
    "contract_changed": Kind(
        name=_("Plan or package changed"),
        title=_("Your contract was changed"),
        body=(
            _(
                "From now on software plan {plan_after} and channel package {package_after} hold. What you used stays used."
            ),
        ),
        needs=(*_NEEDS, "interactions"),
        figure="{was} → {becomes}",
        caption=_("a month, before and after"),
        rows=(
            *_BEFORE,
            *_AFTER,
            *_LINES,
            (_("Charged now"), "paid"),
            (_("Taken off the next invoice"), "given_back"),
            (_("Put on the next invoice"), "put_off"),
            (_("InteractionZ in this cycle"), "interactions"),
            *_LATER,
            *_CONTRACT,
        ),
        cases=(
            _PLAN_LAST,
            Case(
                _steps_down_later,
                (
                    _(
                        "From {begins_date} on it is software plan {plan_later} with channel package {package_later}. Until then you can withdraw that."
                    ),
                ),
            ),
        ),
        page=CHANGE,
        button=_("See the change"),
        unexpected=SOMEBODY_DID,
    ),
    "change_scheduled": Kind(
        name=_("A smaller plan or package is to come"),
        title=_("Your contract changes on {begins_date}"),
        body=(),
        cases=(
            _PLAN_LAST,
            Case(
                always,
                (
                    _(
                        "From {begins_date} on software plan {plan_later} and channel package {package_later} hold. Until then everything stays as it is, and you can withdraw the change."
                    ),
                ),
            ),
        ),
        needs=(*_NEEDS, "begins_date", "plan_later", "package_later"),
        figure="{was} → {becomes}",
        caption=_("a month, before and after"),
        rows=(*_BEFORE, *_LATER, *_CONTRACT),
        page=CHANGE,
        button=_("See the change"),
        unexpected=SOMEBODY_DID,
    ),
    "change_undone": Kind(
        name=_("A change was undone"),
        title=_("Your change was undone"),
        body=(
            _(
                "Software plan {plan_before} and channel package {package_before} hold again, as if there had been no change."
            ),
        ),
        needs=(*_NEEDS, "interactions"),
        rows=(
            (_("Software plan, now"), "plan_before"),
            (_("Channel package, now"), "package_before"),
            (_("Extra licences, now"), "licences_before"),
            (_("InteractionZ in this cycle"), "interactions"),
            (_("What you paid, now credit of the contract"), "credit"),
            *_CONTRACT,
        ),
        page=CHANGE,
        button=_("See the change"),
        unexpected=SOMEBODY_DID,
    ),
    "change_withdrawn": Kind(
        name=_("A change was withdrawn"),
        title=_("Your contract goes on as it is"),
        body=(
            _(
                "The change to software plan {plan_later} and channel package {package_later} was withdrawn. Software plan {plan_after} and channel package {package_after} go on."
            ),
        ),
        needs=(*_NEEDS, "plan_later", "package_later"),
        rows=(*_AFTER, *_CONTRACT),
        page=CHANGE,
        button=_("See the change"),
        unexpected=SOMEBODY_DID,
    ),
    "change_to_confirm": Kind(
        name=_("A change waits for its confirmation"),
        title=_("Confirm the change of your contract"),
        body=(
            _(
                "Nothing is charged or changed yet. Press the button, sign in if you are asked to, and look at it once more: there you confirm it. The link serves once and for a day; after that the change is given up."
            ),
        ),
        needs=(*_NEEDS, "total_minor", "by_link"),
        figure="{was} → {becomes}",
        caption=_("a month, before and after"),
        rows=(*_WANTED, *_TO_BE_CHARGED),
        page=CHANGE,
        button=_("Look at it and confirm"),
        unexpected=SOMEBODY_DID,
        audience=(),
    ),
    "change_to_approve": Kind(
        name=_("A change waits for your approval"),
        title=_("{organization} wants to change its contract"),
        body=(_("Nothing is charged or changed before you approve it."),),
        needs=(*_NEEDS, "total_minor"),
        figure="{was} → {becomes}",
        caption=_("a month, before and after"),
        rows=(*_WANTED, *_TO_BE_CHARGED),
        page=CHANGE_TO_DECIDE,
        button=_("Approve or refuse"),
        unexpected=AS_STAFF,
        audience=(),
        for_seller=True,
    ),
    "change_refused": Kind(
        name=_("A change was refused"),
        title=_("The change of your contract was refused"),
        body=(_("Your contract goes on as it is, and nothing was charged. Reason: {why}"),),
        needs=(*_NEEDS, "why"),
        rows=_WANTED,
        page=CHANGE,
        button=_("See the change"),
    ),
    "change_approved": Kind(
        name=_("A change was approved and waits for you"),
        title=_("Your change is approved: accept it once more"),
        body=(
            _(
                "It could not be done as you had seen it: what it costs has changed since, or there is no card to charge. Look at it again and accept it; nothing is charged before."
            ),
        ),
        needs=_NEEDS,
        figure="{was} → {becomes}",
        caption=_("a month, before and after"),
        rows=_WANTED,
        page=CHANGE,
        button=_("Look at it again"),
    ),
    "change_lapsed": Kind(
        name=_("A change was given up"),
        title=_("The change of your contract was given up"),
        body=(
            _(
                "Nobody confirmed or approved it in time. Your contract goes on as it is, and nothing was charged. You can ask for it again."
            ),
        ),
        needs=_NEEDS,
        rows=_WANTED,
        page=CHANGE,
        button=_("See the change"),
    ),
    "arranged": Kind(
        name=_("A price of its own or an add-on"),
        title=_("Something of your contract costs otherwise"),
        body=(),
        needs=("number", "currency", "kind", "price_micro", "begins_date", "why"),
        cases=(
            Case(
                _ended,
                (
                    _(
                        "What was arranged for your contract ends: it holds for cycles that begin up to {last_date}."
                    ),
                ),
            ),
            Case(lambda facts: "by_year" in facts, (_ARRANGED_BY_YEAR,)),
            *(Case(_of(kind), (says,)) for kind, says in _ARRANGED.items()),
        ),
        rows=(
            (_("Software plan"), "plan"),
            (_("Channel package"), "package"),
            (_("Add-on"), "add_on"),
            (_("Quantity"), "quantity"),
            (_("Price"), "price"),
            (_("For cycles that begin from"), "begins_date"),
            (_("And up to"), "last_date"),
            (_("Reason"), "why"),
            *_CONTRACT,
        ),
        page=PLANS,
        button=_("See the contract"),
    ),
    "adjusted": Kind(
        name=_("Yearly adjustment of the prices"),
        title=_("The prices of your contract rise on {begin_date}"),
        body=(
            _(
                "It is the yearly adjustment by {index}: its months from {first_month} to {last_month} make up the factor {factor}."
            ),
            _(
                "Nothing changes before that day. What the package is worth, and what each send costs, stays as it is."
            ),
        ),
        cases=(
            Case(
                lambda facts: "year_price_micro" in facts,
                (
                    _(
                        "From {begin_date} on the plan costs {year_price} a year, package and extra licences {to} a month; until then they cost {year_was_price} and {from}."
                    ),
                ),
            ),
            Case(
                lambda _facts: True,
                (
                    _(
                        "From {begin_date} on plan, package and extra licences cost {to} a month; until then they cost {from}."
                    ),
                ),
            ),
        ),
        needs=(*_ADJUSTED, "from_minor", "factor"),
        figure="{from} → {to}",
        caption=_("a month, before and after"),
        rows=(
            (_("New prices begin on"), "begin_date"),
            (_("Index"), "index"),
            (_("Factor"), "factor"),
            (_("Software plan a year, then"), "year_price"),
            (_("Each extra InteractionZ, then"), "interaction_price"),
            (_("Each extra licence a month, then"), "licence_price"),
            *_CONTRACT,
        ),
        page=PLANS,
        button=_("See the contract"),
    ),
    "adjustment_withdrawn": Kind(
        name=_("A yearly adjustment was taken back"),
        title=_("Your contract goes on at {to} a month"),
        body=(
            _(
                "The adjustment by {index} that was announced for {begin_date} does not come: your prices stay as they are."
            ),
        ),
        needs=(*_ADJUSTED, "why"),
        rows=((_("Reason"), "why"), *_CONTRACT),
        page=PLANS,
        button=_("See the contract"),
    ),
}
