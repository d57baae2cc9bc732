"""Taking money: what the card or a lever says happens, once per key, in one transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from abono.gateways.simulator.company import book, fields, levers, outbox
from abono.gateways.simulator.company.cards import DECLINED_AT_CHARGE, Behaviour, decline_code
from abono.gateways.simulator.company.levers import Levers
from abono.gateways.simulator.company.once import Json, fingerprint, first, new_name
from abono.gateways.simulator.company.store import Row, Store, now_ms

WAITING = ("processing", "on_hold", "challenge")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller hears, if anything."""

    body: Json
    lost: bool = False
    delay_ms: int = 0
    wait_for: str | None = None  # key of a charge that must be settled before the answer leaves


@dataclass(frozen=True, slots=True)
class Plan:
    """The status of a charge now and, if it waits, its last one and the milliseconds until then."""

    status: str
    code: str | None = None
    settle_as: str | None = None
    after_ms: int = 0  # 0: somebody settles it by hand
    dispute_ms: int = 0  # until its holder disputes it; 0: never by itself


class Charges:
    def __init__(self, store: Store, news: Callable[[], None]) -> None:
        self._store = store
        self._news = news  # called after a commit that may have left work for the threads
        self._settled = threading.Condition()

    def charge(self, body: Mapping[str, object]) -> Answer:
        """Take money once per key. Raises KeyReused, WrongField."""
        key = fields.text(body, "key")
        asked: Json = {
            "amount_minor": fields.amount_minor(body),
            "currency": fields.currency(body),
            "description": fields.text(body, "description"),
            "customer": fields.text(body, "customer"),
            "card": fields.text(body, "card"),
            "off_session": fields.flag(body, "off_session"),
            "return_url": fields.address(body, "return_url"),
        }
        with self._store.transaction():
            pulled = levers.read(self._store)
            known = first(self._store, "charge", key, asked)
            if known:
                return Answer(_shown(known), delay_ms=pulled.answer_delay_ms)
            card = self._card(asked["card"], asked["customer"])
            behaviour = self._behaviour(card)
            if behaviour is Behaviour.REQUEST_LOST:
                return Answer({}, lost=True)
            self._enter(key, asked, card, _plan(behaviour, card, asked["off_session"], pulled))
            answer = _shown(self._row(key))
        self._news()
        return Answer(
            answer,
            lost=behaviour is Behaviour.ANSWER_LOST,
            delay_ms=pulled.answer_delay_ms,
            wait_for=key if behaviour is Behaviour.SLOW else None,
        )

    def find(self, key: str) -> Json | None:
        row = self._store.with_key("charge", key)
        return _shown(row) if row else None

    def settle(self, key: str, outcome: str | None = None) -> None:
        """End a charge that waits, as `outcome` or as planned; one that has ended stays as it is."""
        with self._store.transaction():
            row = self._store.with_key("charge", key)
            if row is None or row["status"] not in WAITING:
                return
            status = outcome or row["settle_as"]
            why = Behaviour.CHALLENGE if row["status"] == "challenge" else Behaviour.NO_BALANCE
            code = decline_code(why, row["brand"]) if status == "declined" else None
            self._store.run(
                "UPDATE charge SET status = ?, code = ?, settle_ms = NULL WHERE key = ?", status, code, key
            )
            self._end(key)
        self._news()
        with self._settled:
            self._settled.notify_all()

    def dispute(self, key: str) -> None:
        """The holder contests a paid charge at the bank: the money is held back, once."""
        with self._store.transaction():
            row = self._store.with_key("charge", key)
            if row is None or row["status"] != "paid" or row["disputed_ms"] is not None:
                return
            self._store.run(
                "UPDATE charge SET disputed_ms = ?, dispute_ms = NULL WHERE key = ?", now_ms(), key
            )
            book.enter(self._store, "chargeback", key=key, charge=row, amount_minor=row["amount_minor"])
            outbox.write(self._store, "charge.disputed", key=key, reference=row["reference"])
        self._news()

    def challenged(self, reference: str) -> Row | None:
        """The charge that its holder is asked about, or was."""
        return self._store.one("SELECT * FROM charge WHERE reference = ? AND return_url <> ''", reference)

    def settle_due(self) -> None:
        """Settle and dispute every charge whose time has come."""
        for row in self._store.all("SELECT key FROM charge WHERE settle_ms <= ?", now_ms()):
            self.settle(row["key"])
        for row in self._store.all("SELECT key FROM charge WHERE dispute_ms <= ?", now_ms()):
            self.dispute(row["key"])

    def next_due_ms(self) -> int | None:
        row = self._store.one(
            "SELECT min(due) AS due FROM (SELECT min(settle_ms) AS due FROM charge WHERE settle_ms IS NOT NULL"
            " UNION ALL SELECT min(dispute_ms) FROM charge WHERE dispute_ms IS NOT NULL)"
        )
        return row["due"] if row else None

    def await_settled(self, key: str, *, longest_s: int) -> Json:
        """The charge once it is settled, or as it stands after `longest_s` seconds."""
        with self._settled:
            self._settled.wait_for(lambda: self._row(key)["status"] not in WAITING, longest_s)
        return _shown(self._row(key))

    def _card(self, token: str, customer: str) -> Row | None:
        """The card, from now on this customer's; none when it is forgotten or somebody else's."""
        self._store.run("UPDATE card SET customer = ? WHERE token = ? AND customer IS NULL", customer, token)
        return self._store.one(
            "SELECT * FROM card WHERE token = ? AND customer = ? AND forgotten_ms IS NULL", token, customer
        )

    def _behaviour(self, card: Row | None) -> Behaviour | None:
        """What happens now: the lever if one is pulled, else the card; None for no such card."""
        if card is None:
            return None
        return levers.take(self._store, "next_charge") or Behaviour(card["behaviour"])

    def _enter(self, key: str, asked: Json, card: Row | None, plan: Plan) -> None:
        moment = now_ms()
        kept = ("amount_minor", "currency", "description", "customer", "return_url")
        self._store.insert(
            "charge",
            key=key,
            fingerprint=fingerprint(asked),
            reference=new_name("ch"),
            off_session=int(asked["off_session"]),
            brand=card["brand"] if card else "other",
            last4=card["last4"] if card else "",
            status=plan.status,
            code=plan.code,
            created_ms=moment,
            settle_as=plan.settle_as,
            settle_ms=moment + plan.after_ms if plan.after_ms else None,
            dispute_ms=moment + plan.dispute_ms if plan.dispute_ms else None,
            **{part: asked[part] for part in kept},
        )
        if plan.settle_as is None:
            self._end(key)

    def _end(self, key: str) -> None:
        """The charge has its last status: book it when it is paid, and tell the webhook."""
        row = self._row(key)
        if row["status"] == "paid":
            book.enter(self._store, "capture", key=key, charge=row, amount_minor=row["amount_minor"])
        outbox.write(self._store, f"charge.{row['status']}", key=key, reference=row["reference"])

    def _row(self, key: str) -> Row:
        row = self._store.with_key("charge", key)
        assert row is not None
        return row


def _plan(behaviour: Behaviour | None, card: Row | None, off_session: bool, pulled: Levers) -> Plan:
    if behaviour is None or card is None:
        return Plan("declined", "no_such_card")
    needs_holder = behaviour in (Behaviour.NO_BALANCE_LATER, Behaviour.CHALLENGE)
    renewal_declined = needs_holder and off_session
    if behaviour in DECLINED_AT_CHARGE or renewal_declined:
        return Plan("declined", decline_code(behaviour, card["brand"]))
    waits = {
        Behaviour.SLOW: Plan("processing", None, "paid", max(pulled.slow_ms, 1)),
        Behaviour.PROCESSING: Plan("processing", None, "paid", pulled.settle_ms),
        Behaviour.PROCESSING_DECLINED: Plan("processing", None, "declined", pulled.settle_ms),
        Behaviour.CHALLENGE: Plan("challenge", None, "declined", pulled.challenge_ms),
        Behaviour.DISPUTED: Plan("paid", dispute_ms=pulled.dispute_ms),
        Behaviour.STRANGE: Plan("on_hold", None, "paid", pulled.settle_ms),
    }
    return waits.get(behaviour, Plan("paid"))


def _shown(row: Row) -> Json:
    parts = ("key", "reference", "status", "code", "brand", "amount_minor", "currency")
    shown = {part: row[part] for part in parts}
    shown["disputed"] = row["disputed_ms"] is not None
    if row["status"] == "challenge":
        shown["challenge"] = f"challenge/{row['reference']}"
    return shown
