"""Everything that the fast lane says to the database: its role may call these, and reads and writes no table (ACC-2).

A batch mixes customers, so that no policy could say for whom it works. A statement that is not here is refused
before the database would refuse it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from django.conf import settings

from abono.domain.catalog import hot as catalog
from abono.domain.contracts import entitlements
from abono.domain.contracts import hot as contracts
from abono.domain.identity import hot, keys, signing
from abono.domain.licences import hot as licences
from abono.domain.metering import hot as metering
from abono.domain.settings.queries import EVERY
from abono.domain.uncovered import hot as uncovered
from abono.domain.usage import minutes
from abono.domain.usage.receipts import RECEIPT
from abono.flows.limits import ways_out
from abono.flows.usage.hold import HOLD
from abono.flows.usage.observe import OBSERVE
from abono.flows.usage.settle import SETTLE, SETTLE_CAMPAIGNS
from abono.flows.usage.told import TELL
from abono.platform import agenda
from abono.platform.postgres import doors, migrated
from abono.platform.postgres.batches import Call

_CALLS = {
    "holds": HOLD.call,
    "settlements": SETTLE.call,
    "interactions": OBSERVE.call,
    "campaign_settlements": SETTLE_CAMPAIGNS.call,
    "told": TELL.call,
}
DOORS: dict[str, str] = {
    **{name: call.statement for name, call in _CALLS.items()},
    **{f"{name}_of_one": call.alone.statement for name, call in _CALLS.items() if call.alone is not None},
    "key": keys.FIND,
    "key_used": keys.NOTE_USE,
    "contracts": contracts.CONTRACTS,
    "entitlements": entitlements.ENTITLEMENTS,
    "functions": entitlements.FUNCTIONS,
    "routes": catalog.ROUTES,
    "leases": licences.DECIDE.statement,
    "lease_heartbeats": licences.BEAT.statement,
    "leases_in_use": licences.IN_USE,
    "leases_listed": licences.LEASES,
    "administrators": hot.ADMINISTRATORS,
    "member_addresses": hot.ADDRESSES,
    "signing_keys": signing.KEYS,
    "channels": catalog.CHANNELS,
    "settings": EVERY,
    "outcomes": metering.OUTCOMES,
    "known_sends": metering.KNOWN,
    "balance": metering.BALANCE,
    "receipt": RECEIPT,
    "ways_out": ways_out.STATEMENT,
    "refused_holds": uncovered.REFUSED,
    "minutes": minutes.ADD,
    "backlog": agenda.BACKLOG,
    "workers": agenda.WORKERS,
    "migrated": migrated.APPLIED,
}
_WHAT = {statement: what for what, statement in DOORS.items()}


@cache
def through(statement: str) -> str:
    """The call that does the statement; the statement itself where processes have no roles."""
    return doors.call(_WHAT[statement], statement) if settings.DATABASE_ROLES else statement


def call(given: Call) -> Call:
    """The same for events in columns."""
    alone = None if given.alone is None else call(given.alone)
    return replace(given, statement=through(given.statement), alone=alone)
