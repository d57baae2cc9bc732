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
) -> UsageBar:
    """The channel package of a cycle (PKG-6, LIM-1).

    ceiling_micro   value and overage limit together; `kernel.rating.UNLIMITED` for no limit
    blocked         a send was refused: the metering knows, the amounts do not tell
    overage_percent what is beyond the package costs, of the session prices
    told            who gets a notice at 80 %; nobody where that level is not told of (LIM-3, NOT-1)
    """
    limited, has_overage = ceiling_micro < UNLIMITED, ceiling_micro > value_micro
    shown = partial(formats.micro, currency=currency, language=language, decimals=2)
    amount = _package_amount(used_micro, held_micro, value_micro, shown)
    steps = _steps(value_micro, ceiling_micro)
    reached = sum(used_micro + held_micro >= at for at in steps)
    scale = ceiling_micro if limited else max(value_micro * 2, used_micro + held_micro)
    near = value_micro * 100 > scale * 75  # package and limit are so close that their names would meet
    marks = [Mark(steps[0], formats.percent(WARN_PERCENT, language), above=True)] if told else []
    if has_overage:
        marks.append(Mark(value_micro, _("package"), above=near))
    if limited:
        marks.append(Mark(ceiling_micro, _("limit") if has_overage else _("package = limit")))
    return UsageBar(
        title=_("Channel package"),
        amount=amount,
        note=_next_step(
            blocked=blocked,
            reached=reached,
            limited=limited,
            has_overage=has_overage,
            told=told,
            facts={
                "warn": shown(steps[0]),
                "percent": formats.percent(WARN_PERCENT, language),
                "value": shown(value_micro),
                "limit": shown(ceiling_micro) if limited else "",
                "share": "" if overage_percent == 100 else formats.percent(overage_percent, language),
            },
        ),
        used=used_micro,
        held=held_micro,
        own=value_micro,
        scale=max(scale, 1),
        marks=tuple(marks),
        state="blocked" if blocked else ("open", "warned", "overage", "overage")[reached],
    )


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


def _next_step(
    *,
    blocked: bool,
    reached: int,
    limited: bool,
    has_overage: bool,
    told: Collection[Audience],
    facts: dict[str, str],
) -> str:
    """One sentence about what comes next."""
    if blocked and has_overage:
        text = _("Pay what is beyond the package, or raise the package: sending resumes at that moment.")
    elif blocked:
        text = _("Raise the package: sending resumes at that moment.")
    elif reached == 0 and told:
        text = _who_hears(told)
    elif not has_overage:
        text = _("At {value} sending is blocked until the next cycle, or until you raise the package.")
    elif facts["share"]:
        text = _beyond_at_a_share(reached <= 1, limited)
    elif reached <= 1 and limited:
        text = _(
            "Beyond {value} sending goes on at the same prices, up to {limit}; that part is on the next invoice."
        )
    elif reached <= 1:
        text = _("Beyond {value} sending goes on at the same prices; that part is on the next invoice.")
    elif limited:
        text = _("What is beyond the package will be on the next invoice. At {limit} sending is blocked.")
    else:
        text = _("What is beyond the package will be on the next invoice.")
    return text.format(**facts)


def _beyond_at_a_share(ahead: bool, limited: bool) -> str:
    """The same where use beyond the package costs something else than inside it (LIM-1)."""
    if ahead and limited:
        return _(
            "Beyond {value} sending goes on up to {limit}, at {share} of the session prices; that part is on the next invoice."
        )
    if ahead:
        return _(
            "Beyond {value} sending goes on at {share} of the session prices; that part is on the next invoice."
        )
    if limited:
        return _(
            "What is beyond the package will be on the next invoice, at {share} of the session prices."
            " At {limit} sending is blocked."
        )
    return _("What is beyond the package will be on the next invoice, at {share} of the session prices.")


def _who_hears(told: Collection[Audience]) -> str:
    if set(told) == {Audience.ADMINISTRATORS}:
        return _("At {warn} ({percent}) administrators get a notice.")
    if set(told) == {Audience.FINANCIAL_CONTACT}:
        return _("At {warn} ({percent}) the financial contact gets a notice.")
    return _("At {warn} ({percent}) administrators and the financial contact get a notice.")


def interactions(*, used: int, included: int | None, extra_price: str, language: str) -> UsageBar:
    """Interactions of a cycle (INT-6). `included` is None when the contract has no bound; price as shown."""
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
        note = _("Each one beyond them costs {price}, on the next invoice. Nothing is blocked.").format(
            price=extra_price
        )
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
