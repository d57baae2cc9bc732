"""What bodies say of an organization and its people (CON-2)."""

from __future__ import annotations

from typing import Annotated

from ninja import Field
from pydantic import StringConstraints

from abono.entrypoints.api.protocol.fields import Asked, Email, OneLine

Name = Annotated[OneLine, StringConstraints(min_length=1, max_length=120)]
LegalName = Annotated[OneLine, StringConstraints(min_length=1, max_length=160)]
TaxId = Annotated[
    OneLine,
    StringConstraints(min_length=1, max_length=40),
    Field(description="With or without dots and dashes; its digits are checked."),
]


class PostalAddress(Asked):
    """Which parts are needed, the country says."""

    street: OneLine
    city: OneLine
    number: OneLine = ""
    complement: OneLine = ""
    district: OneLine = ""
    region: Annotated[OneLine, Field(description="State, province, department.", examples=["SP"])] = ""
    postal_code: OneLine = ""


class OrderPerson(Asked):
    name: Name
    email: Annotated[Email, Field(examples=["ana@padaria.example"])]
