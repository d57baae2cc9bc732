"""Pix: what is asked for, what a payer pays, what goes back. Each act is one transaction; asking happens once per key."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from abono.gateways.pix.brcode import BrCode, compose
from abono.gateways.simulator.company import book, fields, levers, outbox
from abono.gateways.simulator.company.fields import WrongField
from abono.gateways.simulator.company.levers import LOST
from abono.gateways.simulator.company.once import Json, fingerprint, first, new_name
from abono.gateways.simulator.company.store import Row, Store, now_ms
from abono.kernel.bank_days import bank_day

ZONE = ZoneInfo("America/Sao_Paulo")
PLACE = "pix.simulator.example/qr"  # where a payer's bank would read a charge
LONGEST_LIFE_S = 400 * 86_400


class NotPayable(Exception):
    """Refused, withdrawn, or too late."""


class Pushes:
    def __init__(self, store: Store, news: Callable[[], None]) -> None:
        self._store = store
        self._news = news

    def ask(self, body: Mapping[str, object]) -> tuple[Json, bool]:
        """What was asked for and whether the answer is lost. Raises KeyReused, WrongField."""
        key, asked = fields.text(body, "key"), _asked(body)
        with self._store.transaction():
            known = first(self._store, "pix", key, asked)
            if known:
                return self._shown(known), False
            lever = levers.take_word(self._store, "next_pix")
            if lever == "request_lost":
                return {}, True
            lasts_s = asked.pop("lasts_s")
            self._store.insert(
                "pix",
                key=key,
                fingerprint=fingerprint({**asked, "lasts_s": lasts_s}),
                reference=secrets.token_hex(16),
                until_ms=None if asked["due_date"] else now_ms() + lasts_s * 1000,
                status="refused" if lever == "payer_marked" else "payable",
                code=lever if lever == "payer_marked" else None,
                created_ms=now_ms(),
                **asked,
            )
            return self._shown(self._row(key)), lever == LOST

    def find(self, key: str) -> Json | None:
        row = self._store.with_key("pix", key)
        return self._shown(row) if row else None

    def find_received(self, reference: str) -> Json | None:
        """What a payer sent, and what it was for."""
        row = self._store.one("SELECT * FROM pix_paid WHERE reference = ?", reference)
        if row is None:
            return None
        of = self._row(row["pix"])
        return self._came(row) | {"key": of["key"], "txid": of["reference"], "currency": row["currency"]}

    def newest(self) -> list[Json]:
        """For the page of levers."""
        rows = self._store.all(
            "SELECT * FROM pix WHERE key NOT IN (SELECT key FROM debit) ORDER BY created_ms DESC, rowid DESC LIMIT 50"
        )
        parts = ("created_ms", "description", "payer", "due_date")
        return [self._shown(row) | {part: row[part] for part in parts} for row in rows]

    def withdraw(self, key: str) -> Json | None:
        """Nobody can pay it any more, unless somebody did."""
        self._store.run(
            "UPDATE pix SET status = 'withdrawn' WHERE key = ? AND status = 'payable'"
            " AND NOT EXISTS (SELECT 1 FROM pix_paid WHERE pix = pix.key)",
            key,
        )
        return self.find(key)

    def pay(self, key: str, body: Mapping[str, object]) -> Json | None:
        """A payer pays what is owed on a day, or what they like; also once more. Raises NotPayable, WrongField."""
        amount_minor = fields.amount_minor(body) if body.get("amount_minor") is not None else None
        with self._store.transaction():
            row = self._store.with_key("pix", key)
            if row is None:
                return None
            day = _day(body, "on") or max(_today(), date.fromisoformat(row["issued"]))
            late_minor = _late(row, day)
            paid = self.take(
                key,
                amount_minor or row["amount_minor"] + late_minor,
                on=day.isoformat(),
                late_minor=0 if amount_minor else late_minor,
            )
            book.enter(self._store, "capture", key=key, charge=paid, amount_minor=paid["amount_minor"])
            self._tell("pix.paid", row, paid["reference"])
        self._news()
        return {"reference": paid["reference"]}

    def hold(self, key: str, asked: Json, mandate: Row) -> None:
        """A charge under a mandate stands among them, for nobody to pay by hand. The caller holds the transaction."""
        self._store.insert(
            "pix",
            key=key,
            fingerprint="",
            reference=secrets.token_hex(16),
            customer=mandate["customer"],
            payer=mandate["payer"],
            description=asked["description"],
            amount_minor=asked["amount_minor"],
            currency=asked["currency"],
            issued=asked["day"],
            due_date=asked["day"],
            last_day=asked["day"],
            until_ms=None,
            fine="0",
            interest="0",
            status="withdrawn",
            code=None,
            created_ms=now_ms(),
        )

    def take(self, key: str, amount_minor: int, *, on: str, late_minor: int = 0) -> Json:
        """Money of a payer comes for one. The caller holds the transaction, and enters it in the book."""
        row = self._row(key)
        paid: Json = {
            "reference": f"E{secrets.token_hex(16)[:31]}",
            "customer": row["customer"],
            "description": row["description"],
            "currency": row["currency"],
            "amount_minor": amount_minor,
        }
        self._store.insert(
            "pix_paid", pix=key, late_minor=late_minor, paid_on=on, created_ms=now_ms(), **paid
        )
        return paid

    def contest(self, reference: str) -> Json | None:
        """The payer's bank takes back, once, what has not gone back yet (MED)."""
        with self._store.transaction():
            row = self._store.one("SELECT * FROM pix_paid WHERE reference = ?", reference)
            if row is None:
                return None
            left = row["amount_minor"] - book.given_back(self._store, reference)
            if row["contested_ms"] is None and left > 0:
                self._store.run(
                    "UPDATE pix_paid SET contested_ms = ? WHERE reference = ?", now_ms(), reference
                )
                book.enter(self._store, "chargeback", key=row["pix"], charge=row, amount_minor=left)
                self._tell("pix.returned", self._row(row["pix"]), reference)
        self._news()
        return {}

    def give_back(self, body: Mapping[str, object]) -> tuple[Json, bool]:
        """A return and whether its answer is lost. A no is an answer too. Raises KeyReused, WrongField."""
        key = fields.text(body, "key")
        asked: Json = {
            "paid": fields.text(body, "paid"),
            "amount_minor": fields.amount_minor(body),
            "currency": fields.currency(body),
        }
        with self._store.transaction():
            known = first(self._store, "pix_return", key, asked)
            if known:
                return _returned(known), False
            lost = levers.take_word(self._store, "next_pix") == LOST
            paid = self._store.one("SELECT * FROM pix_paid WHERE reference = ?", asked["paid"])
            code = self._why_not(paid, asked)
            row: Json = {"key": key, "reference": new_name("re"), "code": code, **asked}
            row["status"] = "refused" if code else "done"
            self._store.insert("pix_return", fingerprint=fingerprint(asked), created_ms=now_ms(), **row)
            if paid is not None and code is None:
                book.enter(self._store, "refund", key=key, charge=paid, amount_minor=asked["amount_minor"])
                self._tell("pix.returned", self._row(paid["pix"]), asked["paid"])
        self._news()
        return _returned(row), lost

    def _tell(self, kind: str, pix: Row, received: str) -> None:
        outbox.write(self._store, kind, key=pix["key"], reference=pix["reference"], received=received)

    def _why_not(self, paid: Row | None, asked: Json) -> str | None:
        if paid is None:
            return "no_such_pix"
        if paid["currency"] != asked["currency"]:
            return "other_currency"
        left = paid["amount_minor"] - sum(self._gone(paid["reference"]))
        return "amount" if asked["amount_minor"] > left else None

    def _shown(self, row: Row) -> Json:
        paid = self._store.all("SELECT * FROM pix_paid WHERE pix = ? ORDER BY created_ms, rowid", row["key"])
        shown = {part: row[part] for part in ("key", "reference", "code", "amount_minor", "currency")}
        over = row["status"] == "payable" and not paid and _over(row, _today())
        shown["status"] = "paid" if paid else "over" if over else row["status"]
        shown["pay_with"] = compose(BrCode("Abono", "SAO PAULO", url=f"{PLACE}/{row['reference']}"))
        shown["received"] = [self._came(one) for one in paid]
        return shown

    def _came(self, paid: Row) -> Json:
        returned, contested = self._gone(paid["reference"])
        return {
            "reference": paid["reference"],
            "amount_minor": paid["amount_minor"],
            "late_minor": paid["late_minor"],
            "paid_on": paid["paid_on"],
            "back_minor": returned + contested,
            "contested_minor": contested,
        }

    def _gone(self, reference: str) -> tuple[int, int]:
        """Minor units that were returned, and that the payer's bank took back."""
        row = self._store.one(
            "SELECT coalesce(sum(amount_minor) FILTER (WHERE kind = 'refund'), 0) AS returned,"
            " coalesce(sum(amount_minor) FILTER (WHERE kind = 'chargeback'), 0) AS contested"
            " FROM book WHERE charge = ?",
            reference,
        )
        assert row is not None
        return row["returned"], row["contested"]

    def _row(self, key: str) -> Row:
        row = self._store.with_key("pix", key)
        assert row is not None
        return row


def _asked(body: Mapping[str, object]) -> Json:
    issued, due, last = _day(body, "issued"), _day(body, "due_date"), _day(body, "last_day")
    lasts_s = body.get("lasts_s")
    if issued is None or (due is None) != (last is None):
        raise WrongField("issued" if issued is None else "last_day")
    if type(lasts_s) is not int or not 0 < lasts_s <= LONGEST_LIFE_S:
        raise WrongField("lasts_s")
    return {
        "amount_minor": fields.amount_minor(body),
        "currency": fields.currency(body),
        "customer": fields.text(body, "customer"),
        "payer": fields.text(body, "payer"),
        "description": fields.text(body, "description"),
        "issued": issued.isoformat(),
        "due_date": due.isoformat() if due else None,
        "last_day": last.isoformat() if last else None,
        "lasts_s": lasts_s,
        "fine": str(fields.per_cent(body, "fine")),
        "interest": str(fields.per_cent(body, "interest")),
    }


def _day(body: Mapping[str, object], name: str) -> date | None:
    value = body.get(name)
    try:
        return None if value is None else date.fromisoformat(str(value))
    except ValueError:
        raise WrongField(name) from None


def _over(row: Row, day: date) -> bool:
    """Whether it is too late on a day; a Pix at once runs out by the clock."""
    if row["until_ms"] is not None:
        return now_ms() > int(row["until_ms"])
    return day > bank_day(date.fromisoformat(row["last_day"]))


def _late(row: Row, day: date) -> int:
    """Minor units of fine and interest on a day: a day of interest is a thirtieth. Raises NotPayable."""
    if row["status"] != "payable" or _over(row, day):
        raise NotPayable
    if row["due_date"] is None or (days := (day - bank_day(date.fromisoformat(row["due_date"]))).days) <= 0:
        return 0
    parts = (Decimal(row["fine"]) / 100, Decimal(row["interest"]) * days / 3000)
    return sum(int((row["amount_minor"] * part).quantize(Decimal(1), ROUND_HALF_UP)) for part in parts)


def _today() -> date:
    return datetime.fromtimestamp(now_ms() // 1000, UTC).astimezone(ZONE).date()


def _returned(row: Row | Json) -> Json:
    return {part: row[part] for part in ("key", "reference", "status", "code", "amount_minor", "currency")}
