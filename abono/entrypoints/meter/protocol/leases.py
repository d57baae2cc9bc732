"""The JSON of licences in use: what may come in, with its bounds, and what goes out (LIC-1)."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from abono.domain.licences.types import GROUP
from abono.domain.metering.types import MAX_BATCH
from abono.entrypoints.meter.protocol.texts import At, ContractId, one_of
from abono.entrypoints.meter.protocol.wire import Body
from abono.flows.licences import facts
from abono.flows.licences.said import DONE, FULL, REFUSED, Said, Word

MOST_GROUPS_OF_A_PERSON = 10
FREE, BUY, WAIT = "free_a_licence", "buy_a_licence", "wait"
_FULL = (FREE, BUY)

type LeaseId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        description="Your own id of the lease or place: a new one for each sign-in.",
    ),
]
type Person = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        description="Whom it is for: the id of a member, an e-mail address, or a key of your own.",
    ),
]
type Group = Annotated[str, Meta(pattern=f"^{GROUP}$")]
type Told = Annotated[str, Meta(max_length=200)]
type Seconds = Annotated[int, Meta(ge=0, le=10**9)]
type Proof = Annotated[
    bool,
    Meta(description="False: without a proof, where nobody is kept in while we are not reachable."),
]
type Status = Annotated[
    str, Meta(description="What became of it.", extra_json_schema=one_of(*DONE, "refused"))
]
type Refused = Annotated[str, Meta(description="Why it was refused.", extra_json_schema=one_of(*REFUSED))]
type Way = Annotated[str, Meta(extra_json_schema=one_of(*_FULL, WAIT))]


class LeaseAsked(facts.Claim, frozen=True, forbid_unknown_fields=True, gc=False):
    """Somebody wants to be in."""

    id: LeaseId
    contract: ContractId
    person: Person
    device: Annotated[str, Meta(max_length=200, description="On which device, for people to read.")] = ""
    groups: Annotated[
        tuple[Group, ...],
        Meta(
            max_length=MOST_GROUPS_OF_A_PERSON,
            description="Profile and groups of the person, where licences are kept for some.",
        ),
    ] = ()
    wait: Annotated[bool, Meta(description="Where all are in use: a place in the queue.")] = False
    proof: Proof = True


class LeasesAsked(Struct, forbid_unknown_fields=True):
    leases: Annotated[list[LeaseAsked], Meta(min_length=1, max_length=MAX_BATCH)]


class LeaseHeartbeat(facts.Beat, frozen=True, forbid_unknown_fields=True, gc=False):
    """They are still there, or still wait."""

    id: LeaseId
    contract: ContractId
    person: Person
    idle_s: Annotated[
        Seconds | None, Meta(description="For how many seconds they have done nothing; left out: not known.")
    ] = None
    device: Annotated[str, Meta(max_length=200, description="For the proof: as it was claimed.")] = ""
    proof: Proof = True


class LeaseHeartbeats(Struct, forbid_unknown_fields=True):
    heartbeats: Annotated[list[LeaseHeartbeat], Meta(min_length=1, max_length=MAX_BATCH)]


class LeaseRelease(facts.Leave, frozen=True, forbid_unknown_fields=True, gc=False):
    """They are gone, or wait no more."""

    id: LeaseId
    contract: ContractId
    person: Person


class LeaseReleases(Struct, forbid_unknown_fields=True):
    releases: Annotated[list[LeaseRelease], Meta(min_length=1, max_length=MAX_BATCH)]


class LeaseResult(Struct, omit_defaults=True, gc=False):
    """The answer about one person. Count seconds from when it arrives; moments are on the customer's clock, and only to be shown."""

    id: Annotated[Told | None, Meta(description="Null when it was malformed and had none.")]
    status: Status
    server_time: At | UnsetType = UNSET
    code: Refused | UnsetType = UNSET
    where: Annotated[str, Meta(description="What of it is malformed.")] | UnsetType = UNSET
    message: str | UnsetType = UNSET
    line: Annotated[int, Meta(description="Of a stream: the malformed line.")] | UnsetType = UNSET
    next_heartbeat_in: Annotated[int, Meta(description="Seconds.")] | UnsetType = UNSET
    left_s: (
        Annotated[
            int,
            Meta(
                description="Seconds that the lease or place lasts without a heartbeat, or a licence is set aside."
            ),
        ]
        | UnsetType
    ) = UNSET
    until: At | UnsetType = UNSET
    position: Annotated[int, Meta(description="In the queue, from 1.")] | UnsetType = UNSET
    in_use: int | UnsetType = UNSET
    owned: (
        Annotated[int | None, Meta(description="Null where the plan leaves it to the contract.")] | UnsetType
    ) = UNSET
    ways_out: tuple[Way, ...] | UnsetType = UNSET
    who_can_help: Annotated[list[Told], Meta(description="Names of Administrators.")] | UnsetType = UNSET
    proof: (
        Annotated[
            str,
            Meta(
                description="A signed token that says that the person is in, for when we are not reachable:"
                " GET /v1/licence-keys has the public keys.",
                max_length=4_000,
            ),
        ]
        | UnsetType
    ) = UNSET
    replayed: Annotated[bool, Meta(description="It came before.")] = False


class LeaseResults(Struct):
    results: list[LeaseResult]


class LeaseInUse(Struct):
    """Somebody who is in. `ids` are your own, one a device where devices share the lease."""

    person: Told
    ids: list[Told]
    device: Told
    kept_for: Annotated[Group | None, Meta(description="The group of whose licences it is.")]
    since: At
    until: At
    active_at: Annotated[At, Meta(description="When the person last did something, as far as it was said.")]


class LeasesAnswer(Struct):
    """Who is in, by person. `next` is the `after` of the next page; null on the last."""

    contract: ContractId
    server_time: At
    in_use: int
    set_aside: int
    owned: int | None
    waiting: int
    leases: list[LeaseInUse]
    next: Told | None


CLAIMS = Body("leases", LeaseAsked, LeasesAsked)
HEARTBEATS = Body("heartbeats", LeaseHeartbeat, LeaseHeartbeats)
RELEASES = Body("releases", LeaseRelease, LeaseReleases)


def result(said: Said, helpers: list[str], *, may_wait: bool) -> LeaseResult:
    """The answer to one fact. `helpers`: who of the customer can help, where all are in use (LIC-4)."""
    word = said.word
    time = UNSET if said.at is None else said.at
    if not word.refused:
        return LeaseResult(
            said.id,
            word,
            time,
            next_heartbeat_in=UNSET if said.next_s is None else said.next_s,
            left_s=UNSET if said.left_s is None else said.left_s,
            until=UNSET if said.until is None else said.until,
            position=UNSET if said.position is None else said.position,
            in_use=UNSET if said.in_use is None else said.in_use,
            owned=UNSET if said.in_use is None else said.owned,
            proof=UNSET if said.proof is None else said.proof,
            replayed=said.replayed,
        )
    if word not in FULL:
        return LeaseResult(said.id, "refused", time, code=word)
    ways = (*_FULL, WAIT) if may_wait and word is Word.ALL_IN_USE else _FULL
    return LeaseResult(
        said.id,
        "refused",
        time,
        code=word,
        in_use=UNSET if said.in_use is None else said.in_use,
        owned=said.owned,
        ways_out=ways,
        who_can_help=helpers,
    )
