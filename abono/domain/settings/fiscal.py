"""What settings say of taxes: rates on lines, and how the tax office calls a supply (INV-7); what gets a fiscal document (INV-11)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from abono.domain.settings.types import Setting

Code = Annotated[str, Field(max_length=20, pattern=r"^[0-9A-Za-z.-]*$")]
FiscalTypeName = Literal["licensing", "sva"]


@dataclass(frozen=True)
class TaxRate:
    """A rate on lines of one fiscal type, for buyers of a country.

    buyer   None: persons and companies
    way     `on_top`: added, a line of its own · `included`: the price is an amount with its tax · `of_price`: a part of the
            price, reckoned of the price
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=30, pattern=r"^[^\x00-\x1f]+$")]
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    fiscal_type: FiscalTypeName
    percent: Annotated[Decimal, Field(gt=0, le=100, decimal_places=4)]
    way: Literal["on_top", "included", "of_price"]
    buyer: Literal["person", "company"] | None = None

    @property
    def rate_micro(self) -> int:
        """In millionths."""
        return int(self.percent * 10_000)


@dataclass(frozen=True)
class FiscalCode:
    """How the tax office of the seller calls supplies of a fiscal type: item of the list of services, NBS, CST and tax class,
    code of the city, CNAE and indicator of the operation of a Brazilian invoice; what there is none of is empty.

    kind   of lines of this kind alone, before those of their type; empty: of all others
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    fiscal_type: FiscalTypeName
    item: Code = ""
    nbs: Code = ""
    cst: Code = ""
    tax_class: Code = ""
    city_code: Code = ""
    cnae: Code = ""
    operation: Code = ""
    kind: Annotated[str, Field(max_length=20, pattern="^[a-z_]*$")] = ""


def _listed(raw: object) -> object:
    """As it stands in a file: JSON."""
    return json.loads(raw) if isinstance(raw, str) else raw


Rates = Annotated[tuple[TaxRate, ...], BeforeValidator(_listed), Field(max_length=500)]
Codes = Annotated[tuple[FiscalCode, ...], BeforeValidator(_listed), Field(max_length=40)]

FISCAL_DOCUMENTS: Setting[str] = Setting(
    key="fiscal_documents",
    rule="INV-11",
    says="Whether invoices get a fiscal document that somebody issues, and when it is to be issued: once the invoice is issued, or"
    " once it is paid; of invoices that are issued from then on.",
    allowed=Literal["none", "issued", "paid"],
    shipped="none",
)
