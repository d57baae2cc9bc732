"""Pix Automático: what payers agree to in the app of their bank, and what is charged to them. It holds no days: a sandbox's
clock runs ahead of ours."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from datetime import date

from abono.gateways.pix.brcode import BrCode, compose
from abono.gateways.simulator.company import book, fields, outbox
from abono.gateways.simulator.company.fields import WrongField
from abono.gateways.simulator.company.once import Json, fingerprint, first
from abono.gateways.simulator.company.pushes import PLACE, NotPayable, Pushes
from abono.gateways.simulator.company.store import Row, Store, now_ms, to_json

ANSWERS = {"agree": ("asked", "agreed"), "refuse": ("asked", "refused"), "leave": ("agreed", "ended")}
"""What a payer can press: on a mandate that stands so, and how it stands then."""
MOST_TRIES = 4


class Mandates:
    def __init__(self, store: Store, pushes: Pushes, news: Callable[[], None]) -> None:
        self._store, self._pushes, self._news = store, pushes, news

    def ask(self, body: Mapping[str, object]) -> Json:
        """Raises KeyReused, WrongField."""
        key = fields.text(body, "name")
        asked: Json = {part: fields.text(body, part) for part in ("subject", "customer", "payer")}
        asked["most_minor"] = fields.amount_minor(body, "most_minor")
        with self._store.transaction():
            if first(self._store, "mandate", key, asked) is None:
                self._store.insert(
                    "mandate",
                    key=key,
                    fingerprint=fingerprint(asked),
                    reference=f"RN{secrets.token_hex(13)}",
                    status="asked",
                    by_payer=0,
                    created_ms=now_ms(),
                    **asked,
                )
            return _mandate(self._named(key))

    def find(self, name: str) -> Json | None:
        """By its name, or by its own number."""
        row = self._store.one("SELECT * FROM mandate WHERE key = ? OR reference = ?", name, name)
        return _mandate(row) if row else None

    def end(self, reference: str) -> Json | None:
        """Whoever charges ends it."""
        self._store.run(
            "UPDATE mandate SET status = 'ended' WHERE reference = ? AND status IN ('asked', 'agreed')",
            reference,
        )
        return self.find(reference)

    def answer(self, reference: str, word: str) -> Json | None:
        """What its payer says in the app of their bank. Raises WrongField, NotPayable where there is nothing to say."""
        if word not in ANSWERS:
            raise WrongField("answer")
        before, after = ANSWERS[word]
        with self._store.transaction():
            row = self._store.one("SELECT * FROM mandate WHERE reference = ?", reference)
            if row is None:
                return None
            if row["status"] != before:
                raise NotPayable
            self._store.run(
                "UPDATE mandate SET status = ?, by_payer = ? WHERE reference = ?",
                after,
                after != "agreed",
                reference,
            )
            outbox.write(self._store, f"mandate.{after}", key=reference, reference=reference)
        self._news()
        return self.find(reference)

    def announce(self, body: Mapping[str, object]) -> Json:
        """Raises KeyReused, WrongField."""
        key, day = fields.text(body, "key"), _day(body, "day")
        asked: Json = {
            "mandate": fields.text(body, "mandate"),
            "amount_minor": fields.amount_minor(body),
            "currency": fields.currency(body),
            "description": fields.text(body, "description"),
            "day": day,
        }
        with self._store.transaction():
            if first(self._store, "debit", key, asked) is None:
                mandate = self._store.one("SELECT * FROM mandate WHERE reference = ?", asked["mandate"])
                good = mandate is not None and mandate["status"] == "agreed"
                self._store.insert(
                    "debit",
                    key=key,
                    fingerprint=fingerprint(asked),
                    status="scheduled" if good else "refused",
                    tries=to_json([day]),
                    created_ms=now_ms(),
                    **asked,
                )
                if mandate is not None:
                    self._pushes.hold(key, asked, mandate)
            return self._debit(key)

    def find_debit(self, key: str) -> Json | None:
        return self._debit(key) if self._store.with_key("debit", key) else None

    def again(self, key: str, body: Mapping[str, object]) -> Json | None:
        """Raises WrongField, NotPayable."""
        on = _day(body, "on")
        with self._store.transaction():
            row = self._open(key)
            if row is None:
                return None
            tries = json.loads(row["tries"])
            if on <= tries[-1] or len(tries) >= MOST_TRIES:
                raise NotPayable
            self._store.run("UPDATE debit SET tries = ? WHERE key = ?", to_json([*tries, on]), key)
        return self._debit(key)

    def withdraw(self, key: str) -> Json | None:
        self._store.run("UPDATE debit SET status = 'ended' WHERE key = ? AND status = 'scheduled'", key)
        return self.find_debit(key)

    def pay(self, key: str) -> Json | None:
        """The payer's bank pays it, on the day of its newest try. Raises NotPayable."""
        with self._store.transaction():
            row = self._open(key)
            if row is None:
                return None
            paid = self._pushes.take(key, row["amount_minor"], on=json.loads(row["tries"])[-1])
            self._store.run("UPDATE debit SET status = 'paid' WHERE key = ?", key)
            book.enter(self._store, "capture", key=key, charge=paid, amount_minor=row["amount_minor"])
            outbox.write(self._store, "debit.paid", key=key, reference=key)
        self._news()
        return self._debit(key)

    def newest(self) -> tuple[list[Json], list[Json]]:
        """Mandates and charges, for the page of levers."""
        mandates = self._store.all("SELECT * FROM mandate ORDER BY created_ms DESC, rowid DESC LIMIT 20")
        debits = self._store.all("SELECT key FROM debit ORDER BY created_ms DESC, rowid DESC LIMIT 20")
        return [_mandate(row) for row in mandates], [self._debit(row["key"]) for row in debits]

    def _named(self, key: str) -> Row:
        row = self._store.with_key("mandate", key)
        assert row is not None
        return row

    def _open(self, key: str) -> Row | None:
        row = self._store.with_key("debit", key)
        if row is not None and row["status"] != "scheduled":
            raise NotPayable
        return row

    def _debit(self, key: str) -> Json:
        row = self._store.with_key("debit", key)
        assert row is not None
        parts = ("key", "mandate", "status", "amount_minor", "currency", "day", "description")
        held = self._pushes.find(key)
        received = held["received"] if held else []
        return {part: row[part] for part in parts} | {"tries": json.loads(row["tries"]), "received": received}


def _mandate(row: Row) -> Json:
    parts = ("key", "reference", "subject", "payer", "most_minor", "status")
    code = BrCode("Abono", "SAO PAULO", recurrence=f"{PLACE}/rec/{row['reference']}")
    return {part: row[part] for part in parts} | {
        "by_payer": bool(row["by_payer"]),
        "agree_with": compose(code),
    }


def _day(body: Mapping[str, object], name: str) -> str:
    try:
        return date.fromisoformat(fields.text(body, name)).isoformat()
    except ValueError:
        raise WrongField(name) from None
