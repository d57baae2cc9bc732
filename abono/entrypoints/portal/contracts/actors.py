"""Who did something, as a name: the record keeps `person:<id>`, `key:<prefix>` or `system`."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from abono.domain.identity import queries as identity


def name_of(actor: str) -> str:
    """The person's name, the key's first letters, or ours for what happened by itself."""
    kind, _colon, rest = actor.partition(":")
    if kind == "person":
        person = identity.person(UUID(rest))
        return person.name if person is not None else _("A former user")
    if kind == "key":
        return _("API key {prefix}…").format(prefix=rest)
    return "abono"
