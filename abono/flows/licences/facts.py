"""What programs ask of licences (LIC-1). Ids are the programs' own, contracts are public ids; no field has been looked at."""

from __future__ import annotations

from msgspec import Struct


class Claim(Struct, frozen=True, gc=False):
    """Somebody wants to be in, on one device.

    id       of the lease: one for each sign-in
    person   whom the platform names: the public id of a member, or a key of its own
    device   for people to read
    groups   profiles and groups of the person, where licences are kept for some (LIC-9)
    wait     a place in the queue where all licences are in use (LIC-7)
    proof    a signed one comes with the lease (LIC-11)
    """

    id: str
    contract: str
    person: str
    device: str = ""
    groups: tuple[str, ...] = ()
    wait: bool = False
    proof: bool = True


class Beat(Struct, frozen=True, gc=False):
    """They are still there; `idle_s`: they did nothing for so many seconds (LIC-8). `device` is for the `proof` alone (LIC-11)."""

    id: str
    contract: str
    person: str
    idle_s: int | None = None
    device: str = ""
    proof: bool = True


class Leave(Struct, frozen=True, gc=False):
    """They are gone, or wait no more."""

    id: str
    contract: str
    person: str


type Fact = Claim | Beat | Leave
