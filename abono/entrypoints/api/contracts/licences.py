"""Licences of a contract, as the API shows them (LIC-6)."""

from __future__ import annotations

from typing import Annotated

from ninja import Field, Schema


class Licences(Schema):
    included: Annotated[int | None, Field(description="In the plan; null: by contract.")]
    extra: Annotated[int, Field(description="Bought beside them, each at the price of the plan's version.")]
