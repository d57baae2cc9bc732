"""The page of levers: test cards, what was charged, what was sent, and what a tester can change."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from abono.gateways.simulator.company import levers
from abono.gateways.simulator.company.cards import BRAND_NAME, TEST_CARDS, Group
from abono.gateways.simulator.company.charges import WAITING
from abono.gateways.simulator.company.mandates import Mandates
from abono.gateways.simulator.company.pushes import Pushes
from abono.gateways.simulator.company.store import Row, Store
from abono.gateways.simulator.company.vault import Vault
from abono.gateways.simulator.doors import mandates_page, pix_page
from abono.gateways.simulator.doors.render import Html, Reply, fill, money, page

WORD = {
    "paid": "Paid",
    "processing": "Processing",
    "on_hold": "On hold",
    "challenge": "Holder is asked",
    "declined": "Declined",
}


def show(
    store: Store,
    vault: Vault,
    pushes: Pushes,
    mandates: Mandates,
    *,
    webhook_url: str | None,
    notice: str = "",
) -> Reply:
    pulled = levers.read(store)
    values = {
        "notice": fill("notice.html", text=notice) if notice else "",
        "book": _book(store),
        "next_charge": _options(levers.NEXT_CHARGE, pulled.next_charge),
        "next_verification": _options(levers.NEXT_VERIFICATION, pulled.next_verification),
        "answer_delay": _seconds(pulled.answer_delay_ms),
        "slow": _seconds(pulled.slow_ms),
        "settle": _seconds(pulled.settle_ms),
        "challenge": _seconds(pulled.challenge_ms),
        "dispute": _seconds(pulled.dispute_ms),
        "late": _seconds(pulled.late_ms),
        "webhooks": "checked" if pulled.webhooks else "",
        "twice": "checked" if pulled.twice else "",
        "webhook_url": f"To {webhook_url}" if webhook_url else "Started without an address: none are sent.",
        "cards": _rows(map(_group, Group)),
        "kept": _kept(vault),
        "next_pix": _options(levers.NEXT_PIX, pulled.next_pix, "It can be paid"),
        "pix": pix_page.shown(pushes),
        "mandates": mandates_page.shown(mandates),
        "charges": _charges(store),
        "events": _events(store),
    }
    return page("levers.html", values, status=422 if notice else 200)


def change(store: Store, form: Mapping[str, str]) -> None:
    """Set all levers as the form says. Raises WrongLever."""
    wanted: dict[str, object] = {
        "next_charge": form.get("next_charge") or None,
        "next_verification": form.get("next_verification") or None,
        "next_pix": form.get("next_pix") or None,
        "webhooks": "webhooks" in form,
        "twice": "twice" in form,
    }
    for name in ("answer_delay", "slow", "settle", "challenge", "dispute", "late"):
        wanted[f"{name}_ms"] = _milliseconds(form.get(name, ""))
    levers.pull(store, wanted)


def _group(group: Group) -> Html:
    cards = (card for card in TEST_CARDS if card.group is group)
    rows = (fill("card_row.html", number=card.spaced, says=card.says) for card in cards)
    return fill("card_group.html", title=group.value, rows=_rows(rows))


def _kept(vault: Vault) -> Html:
    cards = vault.cards()
    if not cards:
        return Html("<p>None yet.</p>")
    rows = (
        fill(
            "kept_card.html",
            card=f"{BRAND_NAME.get(card['brand'], '')} {card['last4']}".strip(),
            expiry=f"{card['exp_month']:02}/{card['exp_year']}",
            holder=card["holder"],
            token=card["token"],
        )
        for card in cards
    )
    return fill("kept.html", rows=_rows(rows))


def _book(store: Store) -> Html:
    sums = store.all(
        "SELECT currency, sum(kind = 'capture') AS captures,"
        " sum(CASE kind WHEN 'capture' THEN amount_minor ELSE 0 END) AS taken,"
        " sum(CASE kind WHEN 'capture' THEN 0 ELSE amount_minor END) AS given"
        " FROM book GROUP BY currency ORDER BY currency"
    )
    if not sums:
        return Html("<p>No money moved yet.</p>")
    rows = (
        fill(
            "book_row.html",
            captures=row["captures"],
            taken=money(row["taken"], row["currency"]),
            given=money(row["given"], row["currency"]),
        )
        for row in sums
    )
    return fill("book.html", rows=_rows(rows))


def _charges(store: Store) -> Html:
    rows = store.all("SELECT * FROM charge ORDER BY created_ms DESC, rowid DESC LIMIT 50")
    if not rows:
        return Html("<p>None yet. Pay something with a test card.</p>")
    return fill("charges.html", rows=_rows(map(_charge, rows)))


def _charge(row: Row) -> Html:
    waits = row["status"] in WAITING
    code = f" ({row['code']})" if row["code"] else ""
    return fill(
        "charge_row.html",
        iso=_moment(row["created_ms"]).isoformat(),
        clock=_moment(row["created_ms"]).strftime("%d %b %H:%M:%S"),
        description=row["description"],
        key=row["key"],
        card=f"{BRAND_NAME.get(row['brand'], '')} {row['last4']}".strip() or "none",
        status=row["status"],
        word=WORD[row["status"]] + code + (", disputed" if row["disputed_ms"] else ""),
        amount=money(row["amount_minor"], row["currency"]),
        settle=fill("settle.html", key=row["key"]) if waits else _dispute(row),
    )


def _dispute(row: Row) -> Html:
    """The button with which a holder contests what is paid."""
    open_ = row["status"] == "paid" and row["disputed_ms"] is None
    return fill("dispute.html", key=row["key"]) if open_ else Html("")


def _events(store: Store) -> Html:
    rows = store.all("SELECT * FROM event ORDER BY created_ms DESC, rowid DESC LIMIT 50")
    if not rows:
        return Html("<p>None yet. Each charge that ends makes one.</p>")
    return fill("events.html", rows=_rows(_event(store, row) for row in rows))


def _event(store: Store, row: Row) -> Html:
    tries = store.all("SELECT * FROM delivery WHERE event = ? ORDER BY id", row["id"])
    return fill(
        "event_row.html",
        iso=_moment(row["created_ms"]).isoformat(),
        clock=_moment(row["created_ms"]).strftime("%d %b %H:%M:%S"),
        event=row["id"],
        kind=row["kind"],
        key=json.loads(row["body"])["data"]["key"],
        deliveries=", ".join(map(_delivery, tries)) or "Not sent",
    )


def _delivery(row: Row) -> str:
    if row["due_ms"] is not None:
        return f"{row['answer']} at try {row['tries']}, again soon" if row["tries"] else "waiting"
    return f"answered {row['answer']}" if row["answer"].startswith("2") else f"given up after {row['answer']}"


def _options(values: Iterable[str], chosen: str | None, none: str = "As the card says") -> Html:
    shown = [("", none), *((value, value.replace("_", " ").capitalize()) for value in values)]
    return _rows(
        fill("option.html", value=value, text=text, selected="selected" if value == (chosen or "") else "")
        for value, text in shown
    )


def _rows(parts: Iterable[Html]) -> Html:
    return Html("".join(parts))


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms // 1000, UTC)


def _seconds(ms: int) -> str:
    whole, rest = divmod(ms, 1000)
    return f"{whole}.{rest:03d}".rstrip("0").rstrip(".")


def _milliseconds(text: str) -> int:
    whole, _, rest = text.strip().partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= 4) or (rest and not rest.isdigit()):
        raise levers.WrongLever(f"{text!r} is not a number of seconds")
    return int(whole) * 1000 + int((rest + "000")[:3])
