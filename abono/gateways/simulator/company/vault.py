"""Card fields and the cards that came through them. Neither numbers nor CVVs get this far."""

from __future__ import annotations

import json
from collections.abc import Mapping

from abono.gateways.simulator.company import fields, levers, outbox
from abono.gateways.simulator.company.cards import DECLINED_AT_VERIFICATION, Behaviour, decline_code
from abono.gateways.simulator.company.once import Json, fingerprint, first, new_name
from abono.gateways.simulator.company.store import Row, Store, now_ms, to_json

FRAME_MS = 2 * 3_600_000  # how long card fields stay usable
RENEWED_FOR = 4  # years

_KEPT = (
    "SELECT card.token, brand, last4, holder, exp_month, exp_year FROM card JOIN printed ON printed.token = card.token"
    " WHERE forgotten_ms IS NULL"
)


class Vault:
    def __init__(self, store: Store) -> None:
        self._store = store

    def open_frame(self, body: Mapping[str, object]) -> Json:
        """Start card fields that only pages of `parent_origin` can show. Raises KeyReused, WrongField."""
        key = fields.text(body, "key")
        asked = {
            "customer": fields.text(body, "customer"),
            "language": fields.text(body, "language", longest=10),
            "parent_origin": fields.origin(body, "parent_origin"),
        }
        with self._store.transaction():
            known = first(self._store, "frame", key, asked)
            if known:
                return {"ref": known["ref"]}
            ref = new_name("frm")
            self._store.insert(
                "frame", ref=ref, key=key, fingerprint=fingerprint(asked), created_ms=now_ms(), **asked
            )
        return {"ref": ref}

    def frame(self, ref: str) -> Row | None:
        """The session of card fields, while it lasts."""
        since = now_ms() - FRAME_MS
        return self._store.one("SELECT * FROM frame WHERE ref = ? AND created_ms > ?", ref, since)

    def type_card(self, ref: str, card: Json) -> None:
        """Keep what the holder typed last: brand, last4, holder, exp_month, exp_year, behaviour."""
        self._store.run(
            "UPDATE frame SET card = ?, typing = ? WHERE ref = ?", to_json(card), new_name("typ"), ref
        )

    def save_card(self, body: Mapping[str, object]) -> tuple[Json, bool]:
        """Ask the issuer for nothing but a yes, then keep the card under a token.

        The same key answers the same until another card is typed. Returns the answer, and whether it
        gets lost on its way. Raises WrongField("frame") when no card was typed there for this customer.
        """
        ref, key, customer = (fields.text(body, name) for name in ("frame", "key", "customer"))
        with self._store.transaction():
            frame = self.frame(ref)
            if frame is None or frame["card"] is None or frame["customer"] != customer:
                raise fields.WrongField("frame")
            known = self._store.one(
                "SELECT answer FROM verification WHERE key = ? AND typing = ?", key, frame["typing"]
            )
            if known:
                return json.loads(known["answer"]), False
            lever = levers.take(self._store, "next_verification")
            answer = self._verified(json.loads(frame["card"]), lever)
            self._store.insert("verification", key=key, typing=frame["typing"], answer=to_json(answer))
        return answer, lever is Behaviour.ANSWER_LOST

    def _verified(self, typed: Json, lever: Behaviour | None) -> Json:
        behaviour = lever if lever in DECLINED_AT_VERIFICATION else Behaviour(typed["behaviour"])
        if behaviour in DECLINED_AT_VERIFICATION:
            code = decline_code(behaviour, typed["brand"])
            return {"status": "declined", "code": code, "brand": typed["brand"]}
        token = new_name("card")
        self._store.insert(
            "card",
            token=token,
            brand=typed["brand"],
            last4=typed["last4"],
            behaviour=behaviour.value,
            created_ms=now_ms(),
        )
        printed = {part: typed[part] for part in ("holder", "exp_month", "exp_year")}
        self._store.insert("printed", token=token, **printed)
        shown = {"token": token, "brand": typed["brand"], "last4": typed["last4"], **printed}
        return {"status": "saved", "card": shown}

    def card(self, token: str) -> Json | None:
        """What is printed on a kept card by now; None for one that is not known, or was forgotten."""
        row = self._store.one(f"{_KEPT} AND card.token = ?", token)
        return {"card": dict(row)} if row else None

    def cards(self) -> list[Row]:
        """What is kept, newest first."""
        return self._store.all(f"{_KEPT} ORDER BY created_ms DESC, card.rowid DESC LIMIT 50")

    def renew_card(self, token: str) -> Json | None:
        """The bank sends its holder a new card: other digits, a later date, the same token. A webhook says so."""
        with self._store.transaction():
            kept = self.card(token)
            if kept is not None:
                digits = (int(kept["card"]["last4"]) + 1) % 10_000
                self._store.run("UPDATE card SET last4 = ? WHERE token = ?", f"{digits:04}", token)
                self._store.run(
                    "UPDATE printed SET exp_year = exp_year + ? WHERE token = ?", RENEWED_FOR, token
                )
                outbox.write(self._store, "card.updated", key=token, reference=token)
            return self.card(token)

    def forget_card(self, token: str) -> None:
        """Make a token unusable; nothing happens when it is not known or is forgotten already."""
        with self._store.transaction():
            self._store.run(
                "UPDATE card SET forgotten_ms = ? WHERE token = ? AND forgotten_ms IS NULL", now_ms(), token
            )
            self._store.run("DELETE FROM printed WHERE token = ?", token)
