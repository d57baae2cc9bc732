"""Settings › Organization: what the organization says of itself, who answers for payment, and who changed it (ACC-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from abono.domain.customers import addresses, queries
from abono.domain.customers.rules import printed_tax_id, tax_id_name
from abono.domain.customers.types import Address, Organization
from abono.entrypoints.site import actors
from abono.entrypoints.site.shell import LANGUAGES
from abono.entrypoints.site.visit import Visitor
from abono.flows.people.organization import contact_left
from abono.platform import formats

LATEST = 10  # changes
_LABELS = {
    "legal_name": _("Legal name"),
    "tax_id": _("Tax id"),
    "address": _("Postal address"),
    "financial_name": _("Name of the financial contact"),
    "financial_email": _("E-mail of the financial contact"),
    "language": _("Language of the financial contact"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One change: when, by whom, and of each fact what it was and is; those are empty once they were erased."""

    at: datetime
    by: str
    facts: tuple[tuple[str | Promise, str, str], ...]


@require_safe
def page(request: Visitor) -> HttpResponse:
    customer, language = request.visit.customer, get_language() or "en"
    context = {
        "customer": customer,
        "country": formats.country_name(customer.country, language),
        "tax_id_name": tax_id_name(customer.country, customer.tax_id) or _("Tax id"),
        "tax_id": printed_tax_id(customer.country, customer.tax_id),
        "address": addresses.lines(customer.country, customer.address),
        "speaks": dict(LANGUAGES)[customer.language],
        "left": contact_left(customer),
        "history": _history(customer),
        "may_change": request.visit.administers,
    }
    return render(request, "portal/organization/page.html", context)


def _history(customer: Organization) -> list[Step]:
    found = queries.changes(customer.id, limit=LATEST)
    names = actors.names_of(one.actor for one in found)
    return [
        Step(
            one.happened_at,
            names[one.actor],
            tuple(
                (_LABELS[name], _said(customer, name, was), _said(customer, name, now))
                for name, (was, now) in one.facts.items()
            ),
        )
        for one in found
    ]


def _said(customer: Organization, name: str, value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(addresses.lines(customer.country, Address(**value)))
    text = "" if value is None else str(value)
    if name == "tax_id":
        return printed_tax_id(customer.country, text)
    return get_language_info(text)["name_local"] if name == "language" else text
