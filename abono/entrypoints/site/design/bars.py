"""Use of something limited: one bar with its marks, the amount in words, and what happens at the next mark.

`package`, `interactions` and `licences` make the three bars of a contract with their words; they ask for
plain figures, so that every page, and nobody else, says the same about the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from abono.domain.metering.rules import WARN_PERCENT, Level
from abono.domain.metering.rules import marks as levels
from abono.domain.notices.types import Audience
from abono.entrypoints.site.design import drawing
from abono.entrypoints.site.design.next_step import Stands, sentence
from abono.kernel.rating import UNLIMITED
from abono.platform import formats

HEIGHT, BAR_TOP, BAR_HEIGHT = 56, 20, 14  # pixels


@dataclass(frozen=True, slots=True)
class Mark:
    """A named place on the bar, in the unit of the bar."""

    at: int
    name: str
    above: bool = False  # the name stands above the bar, so that neighbours do not meet


@dataclass(frozen=True, slots=True)
class UsageBar:
    """All amounts in one unit: millionths, interactions or licences."""

    title: str
    amount: str  # in words: "R$ 213,40 of R$ 250,00"
    note: str  # what happens at the next mark
    used: int
    own: int  # up to here it is the customer's; beyond is overage
    scale: int  # at the right end
    held: int = 0  # set aside, not used yet
    marks: tuple[Mark, ...] = ()
    state: str = ""  # a status of "sending", when there is one

    @property
    def svg(self) -> SafeString:
        """The bar. It says nothing that the words beside it do not say: readers skip it."""
        pieces = [*self._fills(), *self._marks()]
        return format_html(
            '<svg class="usage-drawing" aria-hidden="true" focusable="false" width="100%" height="{}">{}</svg>',
            HEIGHT,
            format_html_join("", "{}", ((piece,) for piece in pieces)),
        )

    def _fills(self) -> list[SafeString]:
        yours, beyond = min(self.used, self.own), max(0, self.used - self.own)
        pieces = [drawing.rect("0%", BAR_TOP, "100%", BAR_HEIGHT, "track")]
        for start, length, kind in (
            (0, yours, "used"),
            (self.own, beyond, "beyond"),
            (self.used, self.held, "held"),
        ):
            if length > 0:
                x, width = drawing.share(start, self.scale), drawing.share(length, self.scale)
                pieces.append(drawing.rect(x, BAR_TOP, width, BAR_HEIGHT, kind))
        return pieces

    def _marks(self) -> list[SafeString]:
        pieces = []
        for mark in self.marks:
            x, hold = drawing.share(mark.at, self.scale), drawing.anchor(mark.at, self.scale)
            top, bottom = (BAR_TOP - 4, 0) if mark.above else (BAR_TOP, 4)
            pieces.append(drawing.line(x, top, x, BAR_TOP + BAR_HEIGHT + bottom, "mark"))
            y = BAR_TOP - 8 if mark.above else BAR_TOP + BAR_HEIGHT + 18
            pieces.append(drawing.text(x, y, mark.name, "mark-name", anchor=hold))
        return pieces


def package(
    *,
    used_micro: int,
    held_micro: int,
    value_micro: int,
    ceiling_micro: int,
    blocked: bool,
    told: Collection[Audience],
    currency: str,
    language: str,
    overage_percent: int = 100,
    cap_micro: int | None = None,
    capped: bool = False,
    closed: bool = False,
    pay: bool = True,
    bigger: bool = True,
) -> UsageBar:
    """The channel package of a cycle (PKG-6, LIM-1, LIM-5). `ceiling_micro` is UNLIMITED for no limit.

    blocked, capped   what the metering knows and the amounts do not tell: a send was refused
    told              who gets a notice at 80 %; nobody where that level is not told of (LIM-3, NOT-1)
    closed            the cycle is over
    pay, bigger       what opens blocked sending (LIM-4)
    """
    limited, has_overage = ceiling_micro < UNLIMITED, ceiling_micro > value_micro
    shown = partial(formats.micro, currency=currency, language=language, decimals=2)
    steps, total_micro = _steps(value_micro, ceiling_micro), used_micro + held_micro
    reached = sum(total_micro >= at for at in steps)
    cap_counts = cap_micro is not None and cap_micro < ceiling_micro
    ahead = [at for at in steps[0 if told else 1 :] if at > total_micro]
    cap_next = cap_counts and (cap_micro or 0) <= min([*ahead, ceiling_micro])
    beyond = used_micro > value_micro
    stands = Stands(
        reached, limited, has_overage, told, beyond, blocked, closed, capped, cap_next, pay, bigger
    )
    scale = max(ceiling_micro if limited else max(value_micro * 2, total_micro), 1)
    facts = {
        **_amounts(used_micro, held_micro, value_micro, shown),
        "warn": shown(steps[0]),
        "percent": formats.percent(WARN_PERCENT, language),
        "limit": shown(ceiling_micro) if limited else "",
        "share": "" if overage_percent == 100 else formats.percent(overage_percent, language),
        "cap": "" if cap_micro is None else shown(cap_micro),
    }
    return UsageBar(
        title=_("Channel package"),
        amount=_package_amount(used_micro, held_micro, value_micro, shown),
        note=sentence(stands, facts),
        used=used_micro,
        held=held_micro,
        own=value_micro,
        scale=scale,
        marks=_package_marks(
            stands, value_micro, ceiling_micro, cap_micro if cap_counts else None, scale, language
        ),
        state="" if closed else _state(stands),
    )


def _package_marks(
    stands: Stands, value_micro: int, ceiling_micro: int, cap_micro: int | None, scale: int, language: str
) -> tuple[Mark, ...]:
    """Names that would meet stand on two sides of the bar, or the one that matters less is left out."""
    warn = _steps(value_micro, ceiling_micro)[0]
    near = value_micro * 100 > scale * 75
    marks = []
    told = stands.told and not stands.closed and value_micro > 0  # of none there is nothing to be told
    if told and (cap_micro is None or abs(cap_micro - warn) * 100 > scale * 15):
        marks.append(Mark(warn, formats.percent(WARN_PERCENT, language), above=True))
    if cap_micro is not None:
        marks.append(Mark(cap_micro, _("your cap"), above=True))
    if stands.has_overage and value_micro:
        marks.append(Mark(value_micro, _("package"), above=near and cap_micro is None))
    if stands.limited:
        marks.append(Mark(ceiling_micro, _("limit") if stands.has_overage else _("package = limit")))
    return tuple(marks)


def _state(stands: Stands) -> str:
    """A word of `words.status("sending", …)`."""
    if stands.blocked:
        return "blocked"
    return "capped" if stands.capped else ("open", "warned", "overage", "overage")[stands.reached]


def _amounts(
    used_micro: int, held_micro: int, value_micro: int, shown: Callable[[int], str]
) -> dict[str, str]:
    return {
        "value": shown(value_micro),
        "left": shown(max(0, value_micro - used_micro - held_micro)),
        "beyond": shown(max(0, used_micro - value_micro)),
    }


def _package_amount(used_micro: int, held_micro: int, value_micro: int, shown: Callable[[int], str]) -> str:
    """In words what is used of the package, and what is set aside."""
    beyond_micro = max(0, used_micro - value_micro)
    if beyond_micro:
        amount = _("{used} used, {beyond} beyond the package").format(
            used=shown(used_micro), beyond=shown(beyond_micro)
        )
    else:
        amount = _("{used} of {value} used").format(used=shown(used_micro), value=shown(value_micro))
    if held_micro:
        amount = _("{amount}, {held} set aside").format(amount=amount, held=shown(held_micro))
    return amount


def _steps(value_micro: int, ceiling_micro: int) -> list[int]:
    """The amounts at which something happens (LIM-3); the first is always there."""
    at = levels(value_micro=value_micro, ceiling_micro=ceiling_micro)
    steps = [at.get(Level.PACKAGE_80, 0)]
    if ceiling_micro > value_micro:
        steps += [value_micro, *([at[Level.LIMIT_90]] if Level.LIMIT_90 in at else [])]
    return steps


def interactions(
    *, used: int, included: int | None, extra_price: str, language: str, closed: bool = False
) -> UsageBar:
    """Interactions of a cycle (INT-6). `included` is None when the contract has no bound; price as shown.

    closed   the cycle is over
    """
    count = formats.number(used, language)
    if included is None:
        amount, note, own = _("{used} used").format(used=count), _("All are included."), max(used * 2, 1)
    else:
        own = included
        amount = _("{used} of {included} used").format(
            used=count, included=formats.number(included, language)
        )
        if used > included:
            amount = _("{used} used, {beyond} beyond the allowance").format(
                used=count, beyond=formats.number(used - included, language)
            )
        note = _("Each one beyond them costs {price}, on the next invoice. Nothing is blocked.")
        if closed:
            note = _("Each one beyond them cost {price}.") if used > included else _("None went beyond them.")
        note = note.format(price=extra_price)
    marks = () if included is None else (Mark(included, _("included")),)
    return UsageBar(
        title=_("InteractionZ"),
        amount=amount,
        note=note,
        used=used,
        own=own,
        scale=max(own, used, 1),
        marks=marks,
    )


def licences(*, in_use: int, owned: int | None, language: str) -> UsageBar:
    """Licences at this moment (LIC-1). `owned` is None when the contract has no bound."""
    count = formats.number(in_use, language)
    if owned is None:
        amount, note = _("{used} in use").format(used=count), _("There is no limit.")
    else:
        amount = _("{used} of {owned} in use").format(used=count, owned=formats.number(owned, language))
        note = _("When all are in use, the next person waits until one is free.")
    scale = max(owned or in_use * 2, in_use, 1)
    marks = () if owned is None else (Mark(owned, _("owned")),)
    return UsageBar(
        title=_("Licences"), amount=amount, note=note, used=in_use, own=scale, scale=scale, marks=marks
    )
