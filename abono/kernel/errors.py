"""A refusal is an expected no. Anything else that escapes a use case is a bug and surfaces as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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


@dataclass(frozen=True, slots=True)
class Sentence:
    """A fact of a refusal that is itself a sentence: a msgid and its own facts."""

    message: str
    facts: Mapping[str, object]

    def __str__(self) -> str:
        return self.message.format(**self.facts)

    def said(self, speak: Callable[[str], str]) -> str:
        """In the language of `speak`, those within it too."""
        facts = {
            name: one.said(speak) if isinstance(one, Sentence) else one for name, one in self.facts.items()
        }
        return speak(self.message).format(**facts)


@dataclass_transform(eq_default=False)
@dataclass(eq=False)
class Refusal(Exception):
    """A use case said no for a reason that the caller can understand.

    Each refusal is a dataclass by itself; `message` is a msgid in which `{field}` names one of its fields.

    labels   of what the fact `field` can name: msgids, as forms write them
    """

    code: ClassVar[str]
    kind: ClassVar[Kind]
    message: ClassVar[str]
    labels: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls) -> None:
        dataclass(eq=False)(cls)  # what is raised is told apart by identity

    @property
    def facts(self) -> dict[str, object]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __str__(self) -> str:
        return self.message.format(**self.facts)


def known(code: str, facts: Mapping[str, object]) -> type[Refusal] | None:
    """The refusal of that code with those facts, as one that was kept names it; None where there is none any more."""
    named = (one for one in _all(Refusal) if getattr(one, "code", "") == code)
    return next((one for one in named if {field.name for field in fields(one)} == facts.keys()), None)


def _all(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for one in kind.__subclasses__():
        yield one
        yield from _all(one)
