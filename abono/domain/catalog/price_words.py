"""By which rules a price is drawn, in words: after "0.06", what that is for and what of it is free (CAT-9)."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from abono.domain.catalog.types import FreeQuantity, FreeWindow, Terms
from abono.platform import formats

_DAY_H = 24


def words(terms: Terms, language: str) -> str:
    """All that is not as everywhere else; empty for a message that draws when it is sent."""
    said = [_unit(terms.unit)]
    if terms.draws_at == "delivered":
        said.append(_("only when it is delivered"))
    if terms.free is not None:
        said.append(_quantity(terms.free, language))
    if terms.window is not None:
        said.append(_window(terms.window, language))
    return " · ".join(text for text in said if text)


def volume(count: int, language: str, *, up: bool) -> str:
    """How many sends a package allows: "about 182" where it is rounded up, the number alone where so many really fit (CAT-4)."""
    shown = formats.number(count, language)
    return _("about {count}").format(count=shown) if up else shown


def _unit(unit: str) -> str:
    return {"session": _("for 24 hours"), "minute": _("for each minute")}.get(unit, "")


def _quantity(free: FreeQuantity, language: str) -> str:
    count = formats.number(free.quantity, language)
    sentences = {
        ("sender", "month"): _("the first {count} of each number in a month are free"),
        ("sender", "day"): _("the first {count} of each number in a day are free"),
        ("contract", "month"): _("the first {count} in a month are free"),
        ("contract", "day"): _("the first {count} in a day are free"),
    }
    return sentences[free.scope, free.period].format(count=count)


def _window(window: FreeWindow, language: str) -> str:
    days, hours = divmod(window.hours, _DAY_H)
    if days > 1 and not hours:
        time = ngettext("{count} day", "{count} days", days).format(count=formats.number(days, language))
    else:
        time = ngettext("{count} hour", "{count} hours", window.hours).format(
            count=formats.number(window.hours, language)
        )
    sentences = {
        "ad_click": _("free for {time} after a click on an ad"),
        "contact_message": _("free for {time} after a message of the contact"),
    }
    return sentences.get(window.after, _("free for {time} after “{event}”")).format(
        time=time, event=window.after
    )
