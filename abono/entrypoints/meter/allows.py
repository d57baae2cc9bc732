"""GET /v1/entitlements/{contract}, whole or one function of it: what a contract allows now (CAT-12)."""

from __future__ import annotations

from abono.domain.contracts.entitlements import Entitlements
from abono.domain.contracts.errors import NoSuchContract
from abono.domain.identity.keys import Key
from abono.entrypoints.meter import problems
from abono.entrypoints.meter.engine import Engine
from abono.entrypoints.meter.protocol.allows import NOT_IN_PLAN, EntitlementAnswer, EntitlementsAnswer
from abono.platform.web.problems import refused

type Answer = EntitlementsAnswer | EntitlementAnswer


async def entitlements(engine: Engine, key: Key, path: str) -> Answer:
    """`path` is what follows the address: a contract, or a contract and a function. Raises Problem (404: no_contract,
    no_function)."""
    name, one, function = path.partition("/")
    found = await engine.known.entitlements(name)
    if found is None or not key.reaches(
        found.customer_id
    ):  # another customer's does not exist for the caller (ACC-2)
        raise refused(NoSuchContract())
    if one:
        return await _one(engine, name, function, found)
    return EntitlementsAnswer(
        contract=name,
        state=found.state,
        plan=found.plan,
        plan_version=found.plan_version,
        interval=found.interval,
        functions=found.functions,
        version=found.version,
    )


async def _one(engine: Engine, name: str, function: str, found: Entitlements) -> EntitlementAnswer:
    """A code that no catalog ever had is a mistake of the caller's, not a no."""
    allowed = function in found.functions
    if not allowed and not (function.isprintable() and await engine.known.is_function(function)):
        raise problems.no_function()
    why = None if allowed else NOT_IN_PLAN if found.in_service else found.state
    return EntitlementAnswer(name, function, allowed, why, found.version)
