"""Look at each thing that programs ask of licences, and say what became of it. Nothing here asks a database: whoever serves it
looks up `Given` before, and submits the rows between (as flows.usage.case)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from abono.domain.contracts.hot import Contract
from abono.domain.identity.hot import Addresses, Member
from abono.domain.identity.signing import Keyring, Signer
from abono.domain.licences import hot
from abono.domain.licences.actions import Answered
from abono.domain.licences.types import Op, Policy
from abono.domain.settings.queries import Snapshot
from abono.flows.licences.facts import Beat, Claim, Fact, Leave
from abono.flows.licences.policy import policies
from abono.flows.licences.proofs import proof
from abono.flows.licences.said import GRANTED, Said, Word, say


class Given(Struct, frozen=True):
    """What has to be known of facts. `contracts`: those that their teller may reach (ACC-2), by public id; `now`: real time;
    `keys` sign the proofs of leases (LIC-11): without any they have none. `addresses`: of members who are named by id, who are the
    same person by either name (LIC-3): that of now, and before it."""

    contracts: Mapping[str, Contract]
    settings: Snapshot
    now: datetime
    keys: Keyring = Keyring()
    addresses: Mapping[Member, Addresses] = {}


class Batch(Struct, frozen=True):
    """Facts that were looked at: rows of those that can be done, with their places, policies and the present of their
    customers' clocks, and why the others cannot, by place."""

    facts: Sequence[Fact]
    rows: list[hot.Event]
    places: list[int]
    policies: list[Policy]
    moments: list[datetime]
    refused: dict[int, Word]
    given: Given

    def say(self, told: Iterable[Answered], *, now: datetime) -> list[Said]:
        """The answers in the order of the facts; `told` are those to the rows. `now`: when they go out, in real time."""
        late = now - self.given.now
        signer = self.given.keys.at(self.given.now)
        done: list[Said] = []
        for n, one, policy, at in zip(self.places, told, self.policies, self.moments, strict=True):
            fact = self.facts[n]
            signed = None if signer is None else self._proof(signer, fact, one, policy, at)
            done.append(say(fact.id, one, policy, at + late, proof=signed))
        for n in sorted(self.refused):
            done.insert(n, Said(self.facts[n].id, self.refused[n]))
        return done

    def _proof(self, signer: Signer, fact: Fact, told: Answered, policy: Policy, at: datetime) -> str | None:
        """Of who has a lease, unless they asked for none; `at` is the moment on the customer's clock."""
        if isinstance(fact, Leave) or not fact.proof or told.until is None or told.status not in GRANTED:
            return None
        left = told.until - at
        return proof(signer, fact, person_of(fact.person), policy, left=left, now=self.given.now)


def look(facts: Sequence[Fact], given: Given, *, at_once: bool = False) -> Batch:
    """Look at each fact by itself. With `at_once` rows carry by how much their customer's clock is ahead, not the moment."""
    batch = Batch(facts, [], [], [], [], {}, given)
    policy_of = policies(given.settings, now=given.now)
    for n, fact in enumerate(facts):
        contract = given.contracts.get(fact.contract)
        if contract is None:
            batch.refused[n] = Word.NO_CONTRACT
            continue
        person = person_of(fact.person)
        if "\0" in fact.id or not person or "\0" in person:
            batch.refused[n] = Word.INVALID_ID
            continue
        if given.addresses:
            person = given.addresses.get((contract.customer_id, person), (person,))[0]
        policy = policy_of(contract)
        at = given.now + timedelta(seconds=contract.offset_s) if contract.offset_s else given.now
        clock = contract.offset_s if at_once else at
        batch.rows.append(_row(fact, contract.text, clock, policy, person))
        batch.places.append(n)
        batch.policies.append(policy)
        batch.moments.append(at)
    return batch


def before(facts: Sequence[Fact], said: Sequence[Said], given: Given) -> tuple[list[int], Given]:
    """The places of those who may be in under an address that they had before, as they are named by id: they are still there but not
    under that of now, or go. With what is given where that was theirs; nobody, at the latest when they had no other."""
    if all(len(had) == 1 for had in given.addresses.values()):
        return [], given
    given = replace(given, addresses={who: had[1:] for who, had in given.addresses.items() if had[1:]})
    places = [
        n
        for n, (fact, one) in enumerate(zip(facts, said, strict=True))
        if isinstance(fact, Leave) or (isinstance(fact, Beat) and one.word is Word.NO_LEASE)
        if members_of([fact], given.contracts) & given.addresses.keys()
    ]
    return places, given


def members_of(facts: Iterable[Fact], contracts: Mapping[str, Contract]) -> set[Member]:
    """Who may be a member named by id: their addresses are to be known."""
    return {
        (contracts[fact.contract].customer_id, person_of(fact.person))
        for fact in facts
        if "usr_" in fact.person and fact.contract in contracts
    }


def person_of(text: str) -> str:
    """The key of a person: an address is the same in small and capital letters, anything else is taken as it is."""
    return text.strip().lower() if "@" in text else text.strip()


def _row(fact: Fact, contract: str, clock: datetime | int, policy: Policy, person: str) -> hot.Event:
    if isinstance(fact, Claim):
        op = Op.WAIT if fact.wait else Op.CLAIM
        device = fact.device.replace("\0", "")
        return hot.event(contract, clock, policy, op, person, fact.id, device=device, groups=fact.groups)
    if isinstance(fact, Beat):
        return hot.event(contract, clock, policy, Op.BEAT, person, fact.id, idle_s=fact.idle_s)
    return hot.event(contract, clock, policy, Op.RELEASE, person, fact.id)
