"""Settings of files for banks (PAY-4). An account is named as GATEWAYS of the installation's settings names it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any, cast

from pydantic import BeforeValidator, Field

from abono.domain.settings.types import Setting

_ACCOUNT = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,30}$")]


def _by_account(raw: object) -> object:
    """As people type them: `bank_boleto 17:00, other_bank 9:30`. An account that is named twice says nothing."""
    if not isinstance(raw, str):
        return raw
    pairs = [part.split() for part in raw.split(",") if part.strip()]
    once = len({pair[0] for pair in pairs}) == len(pairs)
    return dict(pairs) if once and all(len(pair) == 2 for pair in pairs) else raw


def _hour(raw: object) -> object:
    """`9:30` is 09:30."""
    return raw.zfill(5) if isinstance(raw, str) else raw


REMITTANCES_AT: Setting[dict[str, str]] = Setting(
    key="remittances_at",
    rule="PAY-4",
    says="At which time of each bank day, in the seller's time zone, what an account's bank is to be asked is written into a file"
    " by itself, as `bank_boleto 17:00`; empty, or an account that is not named: only when somebody presses.",
    allowed=Annotated[
        dict[
            _ACCOUNT,
            Annotated[str, BeforeValidator(_hour), Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")],
        ],
        BeforeValidator(_by_account),
    ],
    shipped={},
)
REMITTANCES_FROM: Setting[dict[str, int]] = Setting(
    key="remittances_from",
    rule="PAY-4",
    says="From which number on an account's files are counted, as `bank_boleto 1234`, where another system wrote those before; lower"
    " than the last one it changes nothing.",
    allowed=Annotated[
        dict[_ACCOUNT, Annotated[int, Field(ge=1, le=999_999)]],
        BeforeValidator(_by_account),
    ],
    shipped={},
)
RETURN_WITHIN: Setting[int] = Setting(
    key="return_within",
    rule="PAY-4",
    says="How many bank days after a file was written the seller's people are told of it, if no return of the bank has answered"
    " all of its orders.",
    allowed=Annotated[int, Field(ge=1, le=30)],
    shipped=2,
)


def accounts_named(setting: Setting[Any], raw: object) -> Collection[str]:
    """The accounts that a value of a setting names; none where it is not allowed at all."""
    if setting not in (REMITTANCES_AT, REMITTANCES_FROM):
        return ()
    try:
        return cast(Collection[str], setting.read(raw))
    except ValueError:
        return ()


OF_BANK_FILES: tuple[Setting[Any], ...] = (REMITTANCES_AT, REMITTANCES_FROM, RETURN_WITHIN)
