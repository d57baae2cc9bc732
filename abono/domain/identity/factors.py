"""Second factors of a person: an application that makes codes, passkeys, and recovery codes (ACC-3).

The rows are allauth's. Secrets in them lie encrypted (`sealed`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet

from abono.domain.identity import sealed

_KINDS = {
    Authenticator.Type.TOTP: "codes",
    Authenticator.Type.WEBAUTHN: "passkey",
    Authenticator.Type.RECOVERY_CODES: "recovery_codes",
}
_SECOND = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes stand in for one of these


@dataclass(frozen=True, slots=True)
class Passkey:
    id: int
    name: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """One factor of somebody's, as it is taken away."""

    id: int
    person_id: UUID
    language: str  # its owner's
    kind: str  # as events name it


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person proves themselves with, beside the password."""

    codes_since: datetime | None  # since when an application makes codes; None: it does not
    passkeys: tuple[Passkey, ...]
    recovery_codes: int  # that were not used yet

    @property
    def second(self) -> bool:
        return self.codes_since is not None or bool(self.passkeys)

    @property
    def typed(self) -> bool:
        """Whether there is a code that could be typed."""
        return self.codes_since is not None or self.recovery_codes > 0

    @property
    def one_left(self) -> bool:
        return bool(self.codes_since) + len(self.passkeys) == 1


def has_second(person_id: UUID) -> bool:
    """Whether a password alone does not let this person in."""
    return bool(Authenticator.objects.filter(user_id=person_id, type__in=_SECOND).exists())


def of(person_id: UUID) -> Factors:
    """One statement."""
    rows = list(Authenticator.objects.filter(user_id=person_id).order_by("id"))
    by_kind = {row.type: row for row in rows}
    codes, recovery = by_kind.get(Authenticator.Type.TOTP), by_kind.get(Authenticator.Type.RECOVERY_CODES)
    return Factors(
        codes_since=None if codes is None else codes.created_at,
        passkeys=tuple(
            Passkey(row.pk, row.wrap().name, row.created_at, row.last_used_at)
            for row in rows
            if row.type == Authenticator.Type.WEBAUTHN
        ),
        recovery_codes=0 if recovery is None else len(recovery.wrap().get_unused_codes()),
    )


def codes(person_id: UUID) -> list[Authenticator]:
    """What codes that this person types can be right for: their application's, and recovery codes."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
    return list(Authenticator.objects.filter(user_id=person_id, type__in=kinds).select_related("user"))


def application(person_id: UUID) -> Authenticator | None:
    """The one that makes codes; None for none."""
    return Authenticator.objects.filter(user_id=person_id, type=Authenticator.Type.TOTP).first()


def passkey(person_id: UUID, passkey_id: int) -> Authenticator | None:
    """One of this person's own; None for anybody else's."""
    own = Authenticator.objects.filter(user_id=person_id, type=Authenticator.Type.WEBAUTHN)
    return own.filter(pk=passkey_id).first()


def lost() -> list[Held]:
    """Everybody's of which no key reads a text (`sealed`): with them nobody gets in."""
    return [_held(row) for row in _all() if not sealed.reads(row.data)]


def held_by(person_id: UUID) -> list[Held]:
    """All of a person's, recovery codes included."""
    return [_held(row) for row in _all().filter(user_id=person_id)]


def _all() -> QuerySet[Authenticator]:
    rows: QuerySet[Authenticator] = Authenticator.objects.select_related("user").order_by("pk")
    return rows


def _held(row: Authenticator) -> Held:
    return Held(row.pk, row.user_id, row.user.language, _KINDS[row.type])


def forget(ids: Sequence[int]) -> int:
    """How many of them were still there."""
    count, _of = Authenticator.objects.filter(pk__in=ids).delete()
    return int(count)


def give(*, person_id: UUID, secret: str, recovery_codes: Sequence[str], now: datetime) -> None:
    """An application that makes codes from `secret`, and these recovery codes: for whoever makes a world in which
    everybody may know them."""
    Authenticator.objects.filter(user_id=person_id).delete()
    Authenticator.objects.create(
        user_id=person_id, type=Authenticator.Type.TOTP, data={"secret": sealed.seal(secret)}, created_at=now
    )
    if recovery_codes:
        Authenticator.objects.create(
            user_id=person_id,
            type=Authenticator.Type.RECOVERY_CODES,
            data={
                "migrated_codes": [sealed.seal(code) for code in recovery_codes],
                "viewed_at": now.timestamp(),
            },
            created_at=now,
        )
