"""Chapter three: the seller's platform sends until the package warns and blocks (PKG-4 to PKG-9, LIM-1 to LIM-3, INT-1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from abono.demo.story import sums
from abono.demo.story.stage import Stage, expect, wait_for
from abono.platform import clock

SMS = [f"story-sms-{n}" for n in range(sums.SMS)]
WHATSAPP = [f"story-whatsapp-{n}" for n in range(sums.BATCHES * sums.BATCH)]
REFUSED = WHATSAPP[sums.WHATSAPP_HELD :]


def send_until_blocked(stage: Stage) -> int:
    """Returns how many sends were answered from before."""
    replayed, refused = _send_texts(stage), 0
    for n in range(0, len(WHATSAPP), sums.BATCH):
        results = _hold(stage, WHATSAPP[n : n + sums.BATCH], "whatsapp", "company")
        granted = [one["id"] for one in results if one["status"] == "held"]
        _check(stage, results, granted)
        _settle(stage, granted, "delivered")
        replayed += sum(one.get("replayed", False) for one in results)
        refused += len(results) - len(granted)
    if not stage.again:
        stage.notebook.write("refused", refused)
        balance = stage.balance()
        expect("use at the block", balance["used_micro"], sums.USED_AT_BLOCK_MICRO)
        expect("state at the block", balance["sending_state"], "blocked")
    return replayed


def send_the_rest(stage: Stage) -> int:
    """What was refused is sent after all. Returns how many sends were answered from before."""
    results = _hold(stage, REFUSED, "whatsapp", "company")
    expect("sends after the release", {one["status"] for one in results}, {"held"})
    _settle(stage, REFUSED, "sent")
    if not stage.again:
        balance = stage.balance()
        expect("use after the release", balance["used_micro"], sums.USED_MICRO)
        expect("limit after the release", balance["ceiling_micro"], sums.LIMIT_AFTER_MICRO)
        expect("state after the release", balance["sending_state"], "overage")
    return sum(one.get("replayed", False) for one in results)


def hear_contacts(stage: Stage) -> None:
    """Contacts write; some of them twice within a day, which costs nothing more (INT-1)."""
    if "heard_at" not in stage.notebook:
        stage.notebook.write("heard_at", clock.now().isoformat())
    events = [
        {
            "id": f"story-contact-{n}-{turn}",
            "contract": stage.notebook["contract"],
            "contact": f"contact-{n}",
            "channel": "whatsapp",
            "kind": "contact_message",
            "at": stage.notebook["heard_at"],
        }
        for turn in (1, 2)
        for n in range(sums.CONTACTS)
    ]
    results = stage.platform("POST", "interactions", {"events": events})["results"]
    found = [one["status"] for one in results]
    wanted = (
        ["known"] * len(events) if stage.again else ["opened"] * sums.CONTACTS + ["covered"] * sums.CONTACTS
    )
    expect("contact events", found, wanted)


def await_the_block(stage: Stage) -> None:
    """The worker tells of the block, and puts what is owed on an interim invoice."""
    if not stage.again:
        wait_for("the notice that sending is blocked", lambda: _told(stage))


def _told(stage: Stage) -> bool | None:
    return "Sending is blocked" in stage.browser.get("/en/notices/").text or None


def _send_texts(stage: Stage) -> int:
    """SMS, some of which never reach the carrier: their value is free again (PKG-4)."""
    results = _hold(stage, SMS, "sms", "message")
    expect("SMS", {(one["status"], one["price_micro"]) for one in results}, {("held", sums.SMS_MICRO)})
    _settle(stage, SMS[: -sums.SMS_LOST], "delivered")
    _settle(stage, SMS[-sums.SMS_LOST :], "rejected")
    if not stage.again:
        expect("use after the SMS", stage.balance()["used_micro"], sums.SMS_USED_MICRO)
    return sum(one.get("replayed", False) for one in results)


def _hold(stage: Stage, ids: Sequence[str], channel: str, kind: str) -> list[dict[str, Any]]:
    sends = [
        {"id": one, "contract": stage.notebook["contract"], "channel": channel, "kind": kind, "country": "BR"}
        for one in ids
    ]
    return list(stage.platform("POST", "holds", {"sends": sends})["results"])


def _settle(stage: Stage, ids: Sequence[str], outcome: str) -> None:
    if ids:
        contract = stage.notebook["contract"]
        body = {"settlements": [{"id": one, "contract": contract, "outcome": outcome} for one in ids]}
        results = stage.platform("POST", "settlements", body)["results"]
        expect("settlements", {one["status"] for one in results}, {"settled"})


def _check(stage: Stage, results: list[dict[str, Any]], granted: list[str]) -> None:
    """What does not fit is refused, in order, with the ways out; in a later run all of it was sent before."""
    refused = [one["id"] for one in results if one["id"] not in granted]
    wanted = [] if stage.again else [one["id"] for one in results if one["id"] in REFUSED]
    expect("refused at the limit", refused, wanted)
    expect("prices", {one.get("price_micro") for one in results}, {sums.WHATSAPP_MICRO})
    for one in results:
        if one["id"] in refused:
            expect("why refused", one["code"], "sending_blocked")
