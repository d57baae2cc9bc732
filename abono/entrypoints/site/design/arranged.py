"""Prices of its own and add-ons of a contract, as pages show them (CAT-11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.labels import package_name
from abono.domain.contracts.arrangements import ArrangementInfo
from abono.domain.contracts.states import Arranged
from abono.entrypoints.site.design.words import Text
from abono.kernel.periods import local_date
from abono.platform import formats

KINDS: dict[Arranged, Text] = {
    Arranged.PLAN: _("Software plan"),
    Arranged.PACKAGE: _("Channel package"),
    Arranged.EXTRA_INTERACTION: _("Extra InteractionZ"),
    Arranged.EXTRA_LICENCE: _("Extra licence"),
    Arranged.ADD_ON: _("Add-on"),
}
_OF_PLAN = (Arranged.PLAN, Arranged.EXTRA_INTERACTION, Arranged.EXTRA_LICENCE)
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ShownArrangement:
    """`last` is the last local day on which a cycle may begin with it; None: until it is ended."""

    public_id: str
    kind: Text
    of: str
    price: str
    quantity: int
    since: date
    last: date | None
    why: str
    actor: str
    over: bool
    lapsed: bool  # the plan is paid for by another interval since


def shown_arrangements(
    found: Iterable[ArrangementInfo], *, zone: str, language: str, now: datetime
) -> list[ShownArrangement]:
    """In the order in which they begin; without those that were taken back before they began."""
    found = [one for one in found if one.until != one.since]
    plans = catalog.plan_names() if any(one.kind in _OF_PLAN for one in found) else {}
    return [
        ShownArrangement(
            public_id=one.public_id,
            kind=KINDS[one.kind],
            of=_of(one, plans, language),
            price=formats.micro(one.price_micro, one.currency, language),
            quantity=one.quantity,
            since=local_date(one.since, zone),
            last=None if one.until is None else local_date(one.until - _MOMENT, zone),
            why=one.why,
            actor=one.actor,
            over=one.until is not None and one.until <= now,
            lapsed=one.lapsed,
        )
        for one in found
    ]


def arranged_rows(facts: Mapping[str, Any], currency: str) -> list[tuple[Text, str]]:
    """What somebody asked a second person for: one that is to be arranged, or one that ends on its `last` day."""
    language = get_language() or "en"
    kind = Arranged(facts["kind"])
    name, quantity = facts["name"], facts["quantity"]
    days = [(_("From"), "since"), (_("Up to"), "until"), (_("It ends: last day"), "last")]
    return [
        (_("What"), f"{KINDS[kind]}: {name}" if kind is Arranged.ADD_ON else str(KINDS[kind])),
        *([(_("Quantity"), formats.number(quantity, language))] if quantity > 1 else []),
        (_("Price"), formats.micro(facts["price_micro"], currency, language)),
        *(
            (label, formats.long_day(date.fromisoformat(facts[day]), language))
            for label, day in days
            if facts.get(day)
        ),
        *([(_("How often"), gettext("once"))] if facts.get("once") else []),
    ]


def _of(one: ArrangementInfo, plans: Mapping[str, str], language: str) -> str:
    if one.kind is Arranged.PACKAGE:
        return package_name(one.of, language)
    return plans.get(one.of, one.of) if one.kind in _OF_PLAN else one.of
