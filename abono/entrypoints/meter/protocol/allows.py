"""What is told of what a contract allows (CAT-12), in JSON."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from abono.domain.contracts.entitlements import IN_SERVICE
from abono.domain.contracts.states import State
from abono.domain.contracts.types import MONTH, YEAR
from abono.entrypoints.meter.protocol.texts import Code, ContractId, one_of

NOT_IN_PLAN = "not_in_plan"
_WITHHELD = [state.value for state in State if state.value not in IN_SERVICE]

type Standing = Annotated[str, Meta(extra_json_schema=one_of(*(state.value for state in State)))]
type Interval = Annotated[str, Meta(description="Of its plan's fee.", extra_json_schema=one_of(MONTH, YEAR))]
type WhyNot = Annotated[str, Meta(extra_json_schema=one_of(NOT_IN_PLAN, *_WITHHELD))]
type Version = Annotated[
    str,
    Meta(
        description="Another one exactly when something else of the whole is.",
        extra_json_schema={"pattern": "^[0-9a-f]{20}$"},
    ),
]


class EntitlementsAnswer(Struct):
    """What may be used now: `functions` are those of the plan's version while the contract is active or ending. In every
    other `state` there are none. `version` is the ETag as well."""

    contract: ContractId
    state: Standing
    plan: Code
    plan_version: int
    interval: Interval
    functions: tuple[Code, ...]
    version: Version


class EntitlementAnswer(Struct):
    """Whether one function may be used now, and if not, `why`: it is not in the plan, or the contract's state."""

    contract: ContractId
    function: Code
    allowed: bool
    why: WhyNot | None
    version: Version
