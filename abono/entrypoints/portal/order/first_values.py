"""What the details begin with: whoever is signed in does not type again what we know of them."""

from __future__ import annotations

from dataclasses import asdict

from abono.domain.contracts.types import Draft
from abono.domain.customers.rules import printed_tax_id
from abono.domain.identity import queries as identity
from abono.domain.identity.types import Profile


def first_values(draft: Draft) -> dict[str, str]:
    """Fields by name. Of a member their own organization's facts, as far as their profile lets them see those."""
    person = None if draft.buyer_id is None else identity.person(draft.buyer_id)
    country = "BR" if draft.currency == "BRL" else ""
    if person is None or person.is_staff:
        return {"same_person": "on", "country": country}
    typed = {
        "same_person": "on",
        "country": country,
        "administrator_name": person.name,
        "administrator_email": person.email,
    }
    own = [
        one for member, one in identity.organizations(person.id) if member.profile is Profile.ADMINISTRATOR
    ]
    if not own:
        return typed
    one = own[-1]
    if one.financial_email != person.email:
        typed |= {
            "same_person": "",
            "financial_name": one.financial_name,
            "financial_email": one.financial_email,
        }
    return typed | {
        "legal_name": one.legal_name,
        "country": one.country,
        "tax_id": printed_tax_id(one.country, one.tax_id),
        "time_zone": one.time_zone,
        **asdict(one.address),
    }
