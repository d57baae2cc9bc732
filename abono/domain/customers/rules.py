"""Pure checks of what a customer says about itself: country, tax id, time zone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from stdnum.ar import cuit
from stdnum.br import cnpj, cpf
from stdnum.cl import rut
from stdnum.co import nit
from stdnum.cr import cpf as costa_rica_cpf
from stdnum.cr import cpj
from stdnum.cr import cr as costa_rica_dimex
from stdnum.do import cedula, rnc
from stdnum.ec import ruc as ecuador_ruc
from stdnum.exceptions import InvalidChecksum, InvalidFormat, ValidationError
from stdnum.gt import nit as guatemala_nit
from stdnum.mx import rfc
from stdnum.pe import ruc as peru_ruc
from stdnum.py import ruc as paraguay_ruc
from stdnum.sv import nit as salvador_nit
from stdnum.us import ein
from stdnum.uy import rut as uruguay_rut

from abono.domain.customers import addresses
from abono.domain.customers.errors import (
    ClockOnlyForward,
    ClockTooFar,
    GenericTaxId,
    InvalidTaxId,
    LeftAloneNotSoon,
    TaxIdKept,
    UnknownCountry,
    UnknownTimeZone,
    UnmailableAddress,
    UnreadableName,
    WrongAddress,
)
from abono.domain.customers.types import NewCustomer
from abono.kernel.errors import Sentence
from abono.kernel.ids import public
from abono.kernel.written import mailable, readable, visible
from abono.kernel.zones import zones


class TaxId(Protocol):
    """A kind of number, as the modules of python-stdnum offer it; some have `format` besides."""

    def validate(self, number: str, /) -> str: ...
    def is_valid(self, number: str, /) -> bool: ...


class Dui:
    """The document of persons in El Salvador, their tax id since 2021 (decree 32): eight digits and a check digit.

    python-stdnum does not have it. The digits, times 9 to 2, with the check digit make a multiple of ten.
    """

    def validate(self, number: str, /) -> str:
        digits = re.sub(r"[\s-]", "", number)
        if not re.fullmatch(r"[0-9]{9}", digits):
            raise InvalidFormat()
        total = sum(int(digit) * weight for digit, weight in zip(digits[:8], range(9, 1, -1), strict=True))
        if (total + int(digits[8])) % 10:
            raise InvalidChecksum()
        return digits

    def is_valid(self, number: str, /) -> bool:
        try:
            return bool(self.validate(number))
        except ValidationError:
            return False

    def format(self, number: str, /) -> str:
        return f"{number[:8]}-{number[8]}"


dui = Dui()

# Country: the name of its tax id, the forms that it may have, the time zone offered first.
# Where persons have another number than companies, both are taken.
COUNTRIES: dict[str, tuple[str, tuple[TaxId, ...], str]] = {
    "AR": ("CUIT", (cuit,), "America/Argentina/Buenos_Aires"),
    "BR": ("CNPJ / CPF", (cnpj, cpf), "America/Sao_Paulo"),
    "CL": ("RUT", (rut,), "America/Santiago"),
    "CO": ("NIT", (nit,), "America/Bogota"),
    "CR": ("Cédula jurídica / Cédula / DIMEX", (cpj, costa_rica_cpf, costa_rica_dimex), "America/Costa_Rica"),
    "DO": ("RNC / Cédula", (rnc, cedula), "America/Santo_Domingo"),
    "EC": ("RUC", (ecuador_ruc,), "America/Guayaquil"),
    "GT": ("NIT", (guatemala_nit,), "America/Guatemala"),
    "MX": ("RFC", (rfc,), "America/Mexico_City"),
    "PE": ("RUC", (peru_ruc,), "America/Lima"),
    "PY": ("RUC", (paraguay_ruc,), "America/Asuncion"),
    "SV": ("NIT / DUI", (salvador_nit, dui), "America/El_Salvador"),
    "US": ("EIN", (ein,), "America/New_York"),
    "UY": ("RUT", (uruguay_rut,), "America/Montevideo"),
}


def compact_tax_id(country: str, text: str) -> str:
    """The tax id without its punctuation, once its check digits are right.

    Raises UnknownCountry, InvalidTaxId, GenericTaxId. What cannot be seen around it is dropped. One digit repeated is refused even where the sum fits:
    such CPF and CNPJ are never given out.
    """
    if country not in COUNTRIES:
        raise UnknownCountry(country)
    name, forms, _zone = COUNTRIES[country]
    text = visible(text)
    for form in forms:
        try:
            compact = str(form.validate(text))
        except ValidationError:
            continue
        if (country, compact) in GENERIC:
            raise GenericTaxId(compact)
        if len(set(compact)) > 1:
            return compact
    raise InvalidTaxId(text[:40], name)


GENERIC = frozenset({("MX", "XAXX010101000"), ("MX", "XEXX010101000")})
"""What invoices say of buyers who gave no number (SAT): the public, and foreigners. They are nobody's."""


def tax_id_name(country: str, compact: str) -> str:
    """What the country calls an id of this form: CNPJ or CPF, NIT, RFC …; empty where that is not known."""
    names, forms, _zone = COUNTRIES.get(country, ("", (), ""))
    named = zip(names.split(" / "), forms, strict=False)
    return next((name for name, form in named if form.is_valid(compact)), "")


_OF_PERSONS = ("CPF", "Cédula", "DIMEX", "DUI")
_PERSONS: dict[str, str] = {  # where the number itself says it
    "AR": r"2[0-7]\d+",
    "MX": r".{13}",
    "PE": r"1[057]\d+",
}


def is_person(country: str, compact: str) -> bool:
    """Whether a tax id is that of a natural person: by its form, or by how the country numbers them. Where neither says
    it the buyer counts as a company."""
    if country in _PERSONS:
        return re.fullmatch(_PERSONS[country], compact) is not None
    return tax_id_name(country, compact) in _OF_PERSONS


_OF_COMPANIES = {"BR": (14, 8), "EC": (13, 10)}
"""By country: how long the tax id of a company is, and how many of its first characters say whose it is. The others count its
establishments (CNPJ: Receita Federal; RUC: SRI)."""


def other_establishments(country: str, compact: str) -> bool:
    """Whether the same company may have a further tax id of this country, for another of its establishments."""
    return len(compact) == _OF_COMPANIES.get(country, (0, 0))[0]


def check_same_company(*, country: str, kept: str, wanted: str) -> None:
    """Another tax id is another buyer, of whom nothing is known here; another establishment of a company is not.
    Raises TaxIdKept."""
    whose = _OF_COMPANIES.get(country, (0, 0))[1]
    if wanted != kept and not (
        other_establishments(country, kept)
        and other_establishments(country, wanted)
        and wanted[:whose] == kept[:whose]
    ):
        raise TaxIdKept(printed_tax_id(country, wanted), printed_tax_id(country, kept))


def printed_tax_id(country: str, compact: str) -> str:
    """The tax id as that country writes it: `12.345.678/0001-95`."""
    for form in COUNTRIES.get(country, ("", (), ""))[1]:
        if form.is_valid(compact):
            return str(form.format(compact)) if hasattr(form, "format") else compact
    return compact


REAL_SERIES = "A"  # of the numbers of invoices
REAL_NOTES = "C"  # of those of credit notes


def invoice_series(customer_id: UUID, *, sandbox: bool) -> str:
    """In which series the invoices of a customer are numbered: a sandbox has one of its own, marked as such, so that
    what is tried out takes no number of what is owed, nor a date before or after it (INV-4)."""
    return f"TEST-{public('cus', customer_id)[-6:].upper()}" if sandbox else REAL_SERIES


def credit_note_series(customer_id: UUID, *, sandbox: bool) -> str:
    """Likewise of the credit notes, which are counted apart from invoices."""
    return f"{invoice_series(customer_id, sandbox=True)}-{REAL_NOTES}" if sandbox else REAL_NOTES


LEFT_ALONE_AT_MOST = 90  # days
FARTHEST = timedelta(days=731)  # that a sandbox clock may be moved in one go


def check_clock(*, shown: datetime, to: datetime) -> None:
    """A clock goes forward, and not too far at once (TIM-2). Raises ClockOnlyForward, ClockTooFar."""
    if to < shown:
        raise ClockOnlyForward()
    if to > shown + FARTHEST:
        raise ClockTooFar((shown + FARTHEST).isoformat())


def check_left_alone(until: date, *, today: date) -> None:
    """A customer is left alone from now on, and not for ever (PAY-8). Raises LeftAloneNotSoon."""
    if not 0 < (until - today).days <= LEFT_ALONE_AT_MOST:
        raise LeftAloneNotSoon(LEFT_ALONE_AT_MOST)


def check(new: NewCustomer) -> NewCustomer:
    """The same facts with a compact tax id, a mailable address and a tidy postal one.

    Raises UnknownCountry, InvalidTaxId, GenericTaxId, UnknownTimeZone, UnreadableName, UnmailableAddress,
    WrongAddress.
    """
    compact = compact_tax_id(new.country, new.tax_id)
    if new.time_zone not in zones():
        raise UnknownTimeZone(new.time_zone[:40])
    for name in (new.legal_name, new.financial_name):
        check_name(name)
    address = addresses.tidy(new.country, new.address)
    for name, (message, facts) in addresses.wrong(new.country, address).items():
        raise WrongAddress(name, Sentence(message, facts))
    return replace(new, tax_id=compact, financial_email=mail_address(new.financial_email), address=address)


def check_name(name: str) -> None:
    """Names go on invoices and into e-mails. Raises UnreadableName."""
    if not readable(name):
        raise UnreadableName()


def mail_address(address: str) -> str:
    """The address in the form in which it is mailed. Raises UnmailableAddress."""
    found = mailable(address)
    if found is None:
        raise UnmailableAddress(visible(address)[:80])
    return found
