"""Giving money back: all or a part, once per key, never beyond the charge."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from abono.gateways.simulator.company import book, fields, outbox
from abono.gateways.simulator.company.once import Json, fingerprint, first, new_name
from abono.gateways.simulator.company.store import Row, Store, now_ms


class Refunds:
    def __init__(self, store: Store, news: Callable[[], None]) -> None:
        self._store = store
        self._news = news

    def refund(self, body: Mapping[str, object]) -> Json:
        """Give back once per key; a no is an answer too. Raises KeyReused, WrongField."""
        key = fields.text(body, "key")
        asked: Json = {
            "charge": fields.text(body, "charge"),
            "amount_minor": fields.amount_minor(body),
            "currency": fields.currency(body),
        }
        with self._store.transaction():
            known = first(self._store, "refund", key, asked)
            if known:
                return _shown(known)
            charge = self._store.one("SELECT * FROM charge WHERE reference = ?", asked["charge"])
            code = self._why_not(charge, asked)
            row: Json = {"key": key, "reference": new_name("re"), "code": code, **asked}
            row["status"] = "refused" if code else "done"
            self._store.insert("refund", fingerprint=fingerprint(asked), created_ms=now_ms(), **row)
            if charge is not None and code is None:
                book.enter(self._store, "refund", key=key, charge=charge, amount_minor=asked["amount_minor"])
            outbox.write(self._store, f"refund.{row['status']}", key=key, reference=row["reference"])
        self._news()
        return _shown(row)

    def find(self, key: str) -> Json | None:
        row = self._store.with_key("refund", key)
        return _shown(row) if row else None

    def _why_not(self, charge: Row | None, asked: Json) -> str | None:
        if charge is None:
            return "no_such_charge"
        if charge["status"] != "paid":
            return "not_paid"
        if charge["currency"] != asked["currency"]:
            return "other_currency"
        left = charge["amount_minor"] - book.given_back(self._store, charge["reference"])
        return "beyond_charge" if asked["amount_minor"] > left else None


def _shown(row: Row | Json) -> Json:
    return {part: row[part] for part in ("key", "reference", "status", "code", "amount_minor", "currency")}
