"""Who did something, as a name: the record keeps `person:<id>`, `order:<id>`, `link:<id>`, `key:<prefix>`
or `system`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.utils.translation import gettext as _

from abono.domain.contracts import queries as contracts
from abono.domain.identity import queries as identity


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """Names by actor, read at once."""
    wanted = set(actors)
    people = identity.names([UUID(one[7:]) for one in wanted if one.startswith("person:")])
    orders = contracts.names_on_orders([UUID(one[6:]) for one in wanted if one.startswith("order:")])
    return {one: _name(one, people | orders) for one in wanted}


def _name(actor: str, people: Mapping[UUID, str]) -> str:
    """The person's name, the key's first letters, or ours for what happened by itself."""
    kind, _colon, rest = actor.partition(":")
    if kind in ("person", "order"):
        return people.get(UUID(rest)) or _("A former user")
    if kind == "key":
        return _("API key {prefix}…").format(prefix=rest)
    if kind == "link":
        return _("Payment link")
    return "abono"
