from __future__ import annotations

from dataclasses import dataclass

from abono.kernel.errors import Kind, Refusal, _


@dataclass(eq=False)
class NotAMember(Refusal):
    code = "identity.not_a_member"
    kind = Kind.NOT_FOUND
    message = _("There is no such organization.")


@dataclass(eq=False)
class NoSuchKey(Refusal):
    code = "identity.key_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such API key.")
