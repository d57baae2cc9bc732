"""A refusal is an expected no. Anything else that escapes a use case is a bug and surfaces as one."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum
from typing import ClassVar, dataclass_transform


def _(text: str) -> str:
    """Mark a message for the catalogs; entrypoints translate it."""
    return text


class Kind(Enum):
    """What went wrong, from the caller's side. Each entrypoint maps each kind once."""

    INVALID = "invalid"  # the request cannot be right, now or later
    FORBIDDEN = "forbidden"  # the actor may not
    NOT_FOUND = "not_found"  # no such thing, or not yours to see
    CONFLICT = "conflict"  # right request, wrong moment
    PAYMENT_REQUIRED = "payment"  # a balance or a payment stands in the way
    UNAVAILABLE = "unavailable"  # a supplier failed; the same call may work later


@dataclass_transform(eq_default=False)
@dataclass(eq=False)
class Refusal(Exception):
    """A use case said no for a reason that the caller can understand.

    Each refusal is a dataclass by itself; `message` is a msgid in which `{field}` names one of its fields.
    """

    code: ClassVar[str]
    kind: ClassVar[Kind]
    message: ClassVar[str]

    def __init_subclass__(cls) -> None:
        dataclass(eq=False)(cls)  # what is raised is told apart by identity

    @property
    def facts(self) -> dict[str, object]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __str__(self) -> str:
        return self.message.format(**self.facts)
