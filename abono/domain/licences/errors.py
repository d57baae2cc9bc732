from __future__ import annotations

from abono.kernel.errors import Kind, Refusal, _


class NobodyIn(Refusal):
    code = "licences.nobody_in"
    kind = Kind.NOT_FOUND
    message = _("“{person}” has no licence in use, and waits for none.")
    person: str


class KeptBeyondOwned(Refusal):
    code = "licences.kept_beyond_owned"
    kind = Kind.INVALID
    message = _(
        "{kept} licences would be kept, and the contract owns {owned}: keep fewer, or buy some first."
    )
    kept: int
    owned: int


class NoGroupName(Refusal):
    code = "licences.no_group_name"
    kind = Kind.INVALID
    message = _(
        "“{name}” is no name of a group: use 1 to 40 letters from a to z, digits, hyphens and underscores."
    )
    name: str


class KeptTooMany(Refusal):
    code = "licences.kept_too_many"
    kind = Kind.INVALID
    message = _("Licences are kept for at most {most} groups, one or more for each.")
    most: int
