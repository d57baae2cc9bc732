"""Pure checks of what a customer says about itself: country, tax id, time zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from types import ModuleType
from uuid import UUID
from zoneinfo import available_timezones

from stdnum.ar import cuit
from stdnum.br import cnpj, cpf
from stdnum.cl import rut
from stdnum.co import nit
from stdnum.cr import cpj
from stdnum.do import rnc
from stdnum.ec import ruc as ecuador_ruc
from stdnum.exceptions import ValidationError
from stdnum.gt import nit as guatemala_nit
from stdnum.mx import rfc
from stdnum.pe import ruc as peru_ruc
from stdnum.py import ruc as paraguay_ruc
from stdnum.sv import nit as salvador_nit
from stdnum.us import ein
from stdnum.uy import rut as uruguay_rut

from abono.domain.customers.errors import (
    ClockOnlyForward,
    InvalidTaxId,
    UnknownCountry,
    UnknownTimeZone,
)
from abono.domain.customers.types import NewCustomer
from abono.kernel.ids import public

# Country: the name of its tax id, the forms that it may have, the time zone offered first.
COUNTRIES: dict[str, tuple[str, tuple[ModuleType, ...], str]] = {
    "AR": ("CUIT", (cuit,), "America/Argentina/Buenos_Aires"),
    "BR": ("CNPJ / CPF", (cnpj, cpf), "America/Sao_Paulo"),
    "CL": ("RUT", (rut,), "America/Santiago"),
    "CO": ("NIT", (nit,), "America/Bogota"),
    "CR": ("CPJ", (cpj,), "America/Costa_Rica"),
    "DO": ("RNC", (rnc,), "America/Santo_Domingo"),
    "EC": ("RUC", (ecuador_ruc,), "America/Guayaquil"),
    "GT": ("NIT", (guatemala_nit,), "America/Guatemala"),
    "MX": ("RFC", (rfc,), "America/Mexico_City"),
    "PE": ("RUC", (peru_ruc,), "America/Lima"),
    "PY": ("RUC", (paraguay_ruc,), "America/Asuncion"),
    "SV": ("NIT", (salvador_nit,), "America/El_Salvador"),
    "US": ("EIN", (ein,), "America/New_York"),
    "UY": ("RUT", (uruguay_rut,), "America/Montevideo"),
}


def compact_tax_id(country: str, text: str) -> str:
    """The tax id without its punctuation, once its check digits are right.

    Raises UnknownCountry, InvalidTaxId. One digit repeated is refused even where the sum fits:
    such CPF and CNPJ are never given out.
    """
    if country not in COUNTRIES:
        raise UnknownCountry(country)
    name, forms, _zone = COUNTRIES[country]
    for form in forms:
        try:
            compact = str(form.validate(text))
        except ValidationError:
            continue
        if len(set(compact)) > 1:
            return compact
    raise InvalidTaxId(text[:40], name)


def printed_tax_id(country: str, compact: str) -> str:
    """The tax id as that country writes it: `12.345.678/0001-95`."""
    for form in COUNTRIES.get(country, ("", (), ""))[1]:
        if form.is_valid(compact):
            return str(form.format(compact)) if hasattr(form, "format") else compact
    return compact


REAL_SERIES = "A"  # of the numbers of invoices


def invoice_series(customer_id: UUID, *, sandbox: bool) -> str:
    """In which series the invoices of a customer are numbered: a sandbox has one of its own, marked as such, so that
    what is tried out takes no number of what is owed, nor a date before or after it (INV-4)."""
    return f"TEST-{public('cus', customer_id)[-6:].upper()}" if sandbox else REAL_SERIES


FARTHEST = timedelta(days=731)  # that a sandbox clock may be moved in one go


def check_clock(*, shown: datetime, to: datetime) -> None:
    """A clock goes forward, and not too far at once (TIM-2). Raises ClockOnlyForward."""
    if not shown <= to <= shown + FARTHEST:
        raise ClockOnlyForward()


def check(new: NewCustomer) -> NewCustomer:
    """The same facts with a compact tax id. Raises UnknownCountry, InvalidTaxId, UnknownTimeZone."""
    compact = compact_tax_id(new.country, new.tax_id)
    if new.time_zone not in available_timezones():
        raise UnknownTimeZone(new.time_zone[:40])
    return replace(new, tax_id=compact)
