"""Postal addresses: what each country needs of one, and how it is written on paper (CON-2).

Slips and fiscal documents refuse what is not whole, so that it is asked for before the contract is paid.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace

from abono.domain.customers.types import Address
from abono.kernel.errors import _
from abono.kernel.written import visible

_STATES_OF_BRAZIL = "AC AL AM AP BA CE DF ES GO MA MG MS MT PA PB PE PI PR RJ RN RO RR RS SC SE SP TO"
_STATES_OF_THE_US = (
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA"
    " RI SC SD TN TX UT VT VA WA WV WI WY DC PR GU VI AS MP"
)
MOST = {
    "street": 80,
    "number": 12,
    "complement": 60,
    "district": 60,
    "city": 60,
    "region": 60,
    "postal_code": 12,
}  # characters


@dataclass(frozen=True, slots=True)
class Needs:
    """What an address of a country needs besides street and city.

    needed      names of further fields that cannot be empty
    code        pattern of its postal code, compact; "" takes any
    code_name   how the postal code is called there
    region      a msgid: how its parts are called
    regions     the parts by code, where only these exist; empty: any text
    """

    needed: tuple[str, ...]
    code: str = ""
    code_name: str = ""
    region: str = _("Region")
    regions: frozenset[str] = frozenset()


_ANY = Needs(())
NEEDS: dict[str, Needs] = {
    "AR": Needs(("region", "postal_code"), r"[A-Z]?[0-9]{4}([A-Z]{3})?", "CPA", _("Province")),
    "BR": Needs(
        ("number", "district", "region", "postal_code"),
        r"[0-9]{8}",
        "CEP",
        _("State"),
        frozenset(_STATES_OF_BRAZIL.split()),
    ),
    "CL": Needs(("region",), r"[0-9]{7}"),
    "CO": Needs(("region",), r"[0-9]{6}", region=_("Department")),
    "CR": Needs(("region",), r"[0-9]{5}", region=_("Province")),
    "DO": Needs(("region",), r"[0-9]{5}", region=_("Province")),
    "EC": Needs(("region",), r"[0-9]{6}", region=_("Province")),
    "GT": Needs(("region",), r"[0-9]{5}", region=_("Department")),
    "MX": Needs(("region", "postal_code"), r"[0-9]{5}", "C.P.", _("State")),
    "PE": Needs(("region",), r"[0-9]{5}", region=_("Department")),
    "PY": Needs((), r"[0-9]{4}([0-9]{2})?", region=_("Department")),
    "SV": Needs(("region",), r"(CP)?[0-9]{4}", region=_("Department")),
    "US": Needs(
        ("region", "postal_code"),
        r"[0-9]{5}([0-9]{4})?",
        "ZIP",
        _("State"),
        frozenset(_STATES_OF_THE_US.split()),
    ),
    "UY": Needs(("region",), r"[0-9]{5}", region=_("Department")),
}
_MISSING = _("Type it to go on.")
_NO_CODE = _("This is no postal code of that country.")
_NO_REGION = _("Write it as two letters, such as {example}.")
_TOO_LONG = _("At most {most} characters.")


def needs(country: str) -> Needs:
    return NEEDS.get(country, _ANY)


def tidy(country: str, address: Address) -> Address:
    """Without what cannot be seen; codes in the form in which they are stored."""
    kept = Address(
        **{one.name: " ".join(visible(getattr(address, one.name)).split()) for one in fields(address)}
    )
    known = needs(country)
    code = re.sub(r"[\s.-]", "", kept.postal_code).upper() if known.code else kept.postal_code
    return replace(kept, postal_code=code, region=kept.region.upper() if known.regions else kept.region)


def wrong(country: str, address: Address) -> dict[str, tuple[str, dict[str, object]]]:
    """What is not right with a tidy address: by field a msgid with its facts."""
    known, found = needs(country), dict[str, tuple[str, dict[str, object]]]()
    for name, most in MOST.items():
        text = getattr(address, name)
        if not text and name in ("street", "city", *known.needed):
            found[name] = (_MISSING, {})
        elif len(text) > most:
            found[name] = (_TOO_LONG, {"most": most})
    if address.postal_code and known.code and not re.fullmatch(known.code, address.postal_code):
        found.setdefault("postal_code", (_NO_CODE, {}))
    if address.region and known.regions and address.region not in known.regions:
        found.setdefault("region", (_NO_REGION, {"example": "SP" if country == "BR" else "NY"}))
    return found


def lines(country: str, address: Address) -> tuple[str, ...]:
    """The address as it stands on paper, without the country; empty parts are left out."""
    street = ", ".join(filter(None, (address.street, address.number, address.complement)))
    code = written_code(country, address.postal_code)
    if country == "US":
        place = " ".join(
            filter(None, (f"{address.city}," if address.region else address.city, address.region, code))
        )
        return tuple(filter(None, (street, address.district, place)))
    place = " – ".join(filter(None, (address.city, address.region)))
    return tuple(filter(None, (street, address.district, place, code)))


def written_code(country: str, code: str) -> str:
    """`01310-100`, `10001-1234`."""
    if country == "BR" and len(code) == 8:
        return f"{code[:5]}-{code[5:]}"
    if country == "US" and len(code) == 9:
        return f"{code[:5]}-{code[5:]}"
    return code
