"""`{% load own_limits %}`: the customer's own limits in few words, for the usage page (LIM-5)."""

from __future__ import annotations

from django import template

from abono.entrypoints.portal.own_limits.shown import own_limit_rows
from abono.entrypoints.portal.usage.shown import CycleUse

register = template.Library()


@register.inclusion_tag("portal/own_limits/_short.html", takes_context=True)
def own_limits(context: template.Context, chosen: CycleUse) -> dict[str, object]:
    """`{% own_limits chosen %}`: one line for each limit, and the way to change them."""
    rows = own_limit_rows(chosen.balance, chosen.contract.currency, chosen.standing.language)
    return {"rows": rows, "current": chosen.current, "request": context["request"]}
