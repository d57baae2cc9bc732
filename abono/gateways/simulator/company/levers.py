"""What a tester can pull: outcomes, delays, webhooks. Kept in the store, so a restart changes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from abono.gateways.simulator.company.cards import DECLINED_AT_VERIFICATION, Behaviour
from abono.gateways.simulator.company.store import Store

MAX_MS = 3_600_000
NEXT_CHARGE = tuple(behaviour.value for behaviour in Behaviour)
LOST = "answer_lost"
NEXT_PIX = (LOST, "request_lost", "payer_marked")
NEXT_VERIFICATION = (*(b.value for b in Behaviour if b in DECLINED_AT_VERIFICATION), LOST)


class WrongLever(ValueError):
    """No such lever, or not a value that it can have; the text says which."""


@dataclass(frozen=True, slots=True)
class Levers:
    next_charge: str | None = None  # behaviour of the next new charge, whatever the card; then back to none
    next_verification: str | None = None
    next_pix: str | None = (
        None  # what becomes of the next Pix that is asked for, or of the answer to the next return
    )
    answer_delay_ms: int = 0  # before each answer about a charge
    slow_ms: int = 12_000  # how late a slow charge is paid and answered
    settle_ms: int = 4_000  # how long a charge is processing; 0: until settled by hand
    challenge_ms: int = 900_000  # how long a holder may take to confirm; then it is declined; 0: for ever
    dispute_ms: int = 10_000  # how long after it was paid a charge is disputed; 0: until disputed by hand
    webhooks: bool = True
    twice: bool = False
    late_ms: int = 0


_NAMES = frozenset(field.name for field in fields(Levers))


def read(store: Store) -> Levers:
    given = {row["name"]: json.loads(row["value"]) for row in store.all("SELECT name, value FROM lever")}
    return Levers(**{name: value for name, value in given.items() if name in _NAMES})


def pull(store: Store, change: Mapping[str, object]) -> Levers:
    """Set the levers that are named; the others stay. Raises WrongLever and then changes nothing."""
    checked = _checked(change)
    with store.transaction():
        levers = replace(read(store), **checked)
        for name, value in asdict(levers).items():
            store.run("INSERT OR REPLACE INTO lever VALUES (?, ?)", name, json.dumps(value))
    return levers


def _checked(change: Mapping[str, object]) -> dict[str, Any]:
    for name, value in change.items():
        if name not in _NAMES:
            raise WrongLever(f"no lever {name!r}")
        if name == "next_charge":
            right = value is None or value in NEXT_CHARGE
        elif name == "next_verification":
            right = value is None or value in NEXT_VERIFICATION
        elif name == "next_pix":
            right = value is None or value in NEXT_PIX
        elif name.endswith("_ms"):
            right = type(value) is int and 0 <= value <= MAX_MS
        else:
            right = type(value) is bool
        if not right:
            raise WrongLever(f"{name} cannot be {value!r}")
    return dict(change)


def take(store: Store, name: str) -> Behaviour | None:
    """Use up a lever that works once: `next_charge` or `next_verification`."""
    value = take_word(store, name)
    return Behaviour(value) if value else None


def take_word(store: Store, name: str) -> str | None:
    """The same of any such lever."""
    row = store.one("SELECT value FROM lever WHERE name = ?", name)
    value = json.loads(row["value"]) if row else None
    if value is None:
        return None
    store.run("UPDATE lever SET value = 'null' WHERE name = ?", name)
    return str(value)
