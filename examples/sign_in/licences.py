"""Licences in use, for your sign-in: people come in, stay, wait and go (docs/licences.md).

Copy this file. It needs urllib3 and PyJWT[crypto], and nothing else of Abono's.

    licences = Licences("https://abono.example", key="abk_…", contract="ctr_…")
    lease = licences.claim("ana@padaria.example", device="Firefox", wait=True)    # at sign-in; keep it in the session
    lease = licences.keep(lease)                                                  # once licences.asks_in(lease) is 0
    licences.release(lease)                                                       # at sign-out
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import jwt
import urllib3

IN, WAITING, OUT, AWAY = "granted", "waiting", "refused", "away"
"""What a lease is: in; in the queue; refused, or over (`code` says why); nobody knows, as Abono does not answer."""

ANSWERS_WITHIN_S = urllib3.Timeout(connect=1, read=4)  # somebody waits at the sign-in
ASK_AGAIN_S = 10  # while Abono does not answer
KEYS_KEPT_S = 300
CLAIMED_ANEW = {
    WAITING: ("lost", "no_lease"),
    AWAY: ("no_lease",),
}  # a place that was lost, a sign-in that nobody heard
OUR_MISTAKES = frozenset({"invalid_id", "malformed", "no_contract"})

_log = logging.getLogger(__name__)


class Misused(Exception):
    """Key, contract or call are wrong: nothing gets better by itself. The text says what Abono says."""


class Away(Exception):
    """Abono does not answer, or not well."""


@dataclass(frozen=True, slots=True)
class Lease:
    """One person at the door, on one device: plain values, to be kept in the session as they are (`asdict`).

    id            a new one for each sign-in
    state         IN, WAITING, OUT, AWAY
    ask_at        when to ask again, on our own clock: Abono says seconds, and no two clocks are compared
    away          Abono did not answer the last time: the state is that of before
    proof         signed by Abono; it serves until `proved_until`, on our own clock, too
    code          why they are out: https://abono.example/v1/openapi.json has all words
    position      in the queue, from 1
    in_use        of how many that are owned, as of the sign-in; heartbeats tell neither
    """

    id: str
    person: str
    device: str = ""
    state: str = AWAY
    ask_at: float = 0
    away: bool = False
    proof: str = ""
    proved_until: float = 0
    code: str = ""
    position: int | None = None
    in_use: int | None = None
    owned: int | None = None
    who_can_help: tuple[str, ...] | list[str] = ()


class Licences:
    """The licences of one contract. Threads may share it.

    url      where Abono is called
    issuer   by which address it signs, if that is another one
    http     what calls are made with: a pool of urllib3
    now      our own clock, in seconds
    """

    def __init__(
        self,
        url: str,
        *,
        key: str,
        contract: str,
        issuer: str = "",
        http: Any = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._url, self._contract, self._now = url.rstrip("/"), contract, now
        self._issuer = issuer or self._url
        self._headers = {"authorization": f"Bearer {key}"}
        self._http = http or urllib3.PoolManager(retries=False, timeout=ANSWERS_WITHIN_S)
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._keys_until = 0.0

    def claim(self, person: str, *, device: str = "", wait: bool = False) -> Lease:
        """Somebody signs in. `wait`: into the queue where all licences are in use. Raises Misused.

        AWAY: nobody knows whether they may come in, so they may not; `keep` asks again.
        """
        person = person.strip()
        lease = Lease(str(uuid4()), person.lower() if "@" in person else person, device[:200])
        asked_at = self._now()
        try:
            return self._told(lease, self._claim(lease, wait=wait), asked_at)
        except Away:
            return self._unheard(lease)

    def keep(self, lease: Lease, *, idle_s: int | None = None) -> Lease:
        """They are still there, or still wait; a licence that is set aside for them is claimed. Raises Misused.

        Who is in stays in while Abono is away for as long as the last proof says, checked here, and comes back with the
        first answer if nobody took the licence meanwhile.
        """
        idle = {} if idle_s is None else {"idle_s": idle_s}
        asked_at = self._now()
        try:
            answer = self._post("lease-heartbeats", lease, device=lease.device, **idle)
            if answer["status"] == "set_aside" or answer.get("code") in CLAIMED_ANEW.get(lease.state, ()):
                asked_at = self._now()
                answer = self._claim(lease, wait=lease.state == WAITING)
        except Away:
            return self._unheard(lease)
        return self._told(lease, answer, asked_at)

    def asks_in(self, lease: Lease) -> float | None:
        """In how many seconds it is time for `keep`, 0: now; None: never, whoever is out comes back by a new sign-in only."""
        return None if lease.state == OUT else max(0.0, lease.ask_at - self._now())

    def release(self, lease: Lease) -> None:
        """They leave, or wait no more. While Abono is away nothing is said: the licence is free once its time is over."""
        try:
            self._post("lease-releases", lease)
        except Away:
            return

    def proves(self, lease: Lease) -> bool:
        """Whether its proof says that this person is in now, on this lease of this contract (LIC-11). Calls nobody."""
        return self._now() < lease.proved_until and self._lasts_s(lease) > 0

    def _lasts_s(self, lease: Lease) -> float:
        """For how many seconds from its making the proof serves; 0: it is not Abono's, or of something else."""
        try:
            told = jwt.decode(
                lease.proof,
                self._keys[jwt.get_unverified_header(lease.proof)["kid"]],
                algorithms=["EdDSA"],
                issuer=self._issuer,
                options={"require": ["exp", "iat", "sub"], "verify_exp": False, "verify_iat": False},
            )
        except (jwt.InvalidTokenError, KeyError):
            return 0
        of = (told.get("contract"), told["sub"], told.get("lease"))
        return told["exp"] - told["iat"] if of == (self._contract, lease.person, lease.id) else 0

    def _claim(self, lease: Lease, *, wait: bool) -> dict[str, Any]:
        return self._post("leases", lease, device=lease.device, wait=wait)

    def _told(self, lease: Lease, answer: Mapping[str, Any], asked_at: float) -> Lease:
        """A proof serves from when it was asked for, which is before Abono made it: so it ends no later than the lease."""
        if answer.get("code") in OUR_MISTAKES:
            raise Misused(f"{answer['code']} {answer.get('where', '')} {answer.get('message', '')}")
        told = replace(
            lease,
            state=answer["status"],
            ask_at=self._now() + answer.get("next_heartbeat_in", 0),
            away=False,
            proof=answer.get("proof", ""),
            code=answer.get("code", ""),
            position=answer.get("position"),
            in_use=answer.get("in_use"),
            owned=answer.get("owned"),
            who_can_help=answer.get("who_can_help", ()),
        )
        return replace(told, proved_until=asked_at + self._proved_s(told))

    def _proved_s(self, lease: Lease) -> float:
        """For how long a proof serves that came just now. One that does not is said in the log, while it does no harm."""
        if not lease.proof:
            return 0
        self._keep_keys(lease.proof)
        lasts_s = self._lasts_s(lease)
        if not lasts_s:
            _log.warning("a proof is not Abono's: does it call itself %s?", self._issuer)
        return lasts_s

    def _unheard(self, lease: Lease) -> Lease:
        state = lease.state if lease.state == WAITING or self.proves(lease) else AWAY
        return replace(lease, state=state, away=True, ask_at=self._now() + ASK_AGAIN_S)

    def _keep_keys(self, proof: str) -> None:
        """The public keys, asked for while Abono answers, so that they are here when it does not."""
        known = jwt.get_unverified_header(proof)["kid"] in self._keys
        if known and self._now() < self._keys_until:
            return
        try:
            published = self._call("GET", "licence-keys", None)["keys"]
        except Away:
            return
        self._keys = {one["kid"]: jwt.PyJWK(one) for one in published}
        self._keys_until = self._now() + KEYS_KEPT_S

    def _post(self, what: str, lease: Lease, **more: object) -> dict[str, Any]:
        return self._call(
            "POST", what, {"id": lease.id, "contract": self._contract, "person": lease.person, **more}
        )

    def _call(self, method: str, what: str, body: object) -> dict[str, Any]:
        """Raises Away, Misused."""
        try:
            reply = self._http.request(method, f"{self._url}/v1/{what}", json=body, headers=self._headers)
        except urllib3.exceptions.HTTPError as trouble:
            raise Away(type(trouble).__name__) from None
        if reply.status == 429 or reply.status >= 500:
            raise Away(str(reply.status))
        if reply.status != 200:
            raise Misused(f"{reply.status} {reply.data.decode(errors='replace')[:300]}")
        try:
            return dict(reply.json())
        except ValueError:  # somebody between us and Abono
            raise Away("no JSON") from None
