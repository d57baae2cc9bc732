"""Pix on the page of levers: what was asked for, and the hand of who pays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from abono.gateways.simulator.company.fields import WrongField
from abono.gateways.simulator.company.levers import WrongLever
from abono.gateways.simulator.company.once import Json
from abono.gateways.simulator.company.pushes import NotPayable, Pushes
from abono.gateways.simulator.doors.render import Html, fill, money

WORD = {
    "payable": "Can be paid",
    "paid": "Paid",
    "refused": "Refused",
    "withdrawn": "Withdrawn",
    "over": "Run out",
}
_SUM = re.compile(r"(\d{1,9})(?:[.,](\d{2}))?", re.ASCII)


def shown(pushes: Pushes) -> Html:
    rows = [fill("pix_row.html", **_row(one)) for one in pushes.newest()]
    return fill("pix.html", rows=Html("".join(rows))) if rows else Html("<p>None yet.</p>")


def pay(pushes: Pushes, form: Mapping[str, str]) -> None:
    """What the button of a row does. Raises WrongLever."""
    written = form.get("amount", "").strip()
    said = _SUM.fullmatch(written)
    if written and said is None:
        raise WrongLever(f"{written!r} is not a sum such as 740.00")
    amount_minor = int(said[1]) * 100 + int(said[2] or 0) if said else None
    try:
        pushes.pay(form.get("key", ""), {"amount_minor": amount_minor, "on": form.get("on") or None})
    except NotPayable:
        raise WrongLever("nobody can pay this Pix any more") from None
    except WrongField as wrong:
        raise WrongLever(f"{wrong} is not right") from None


def _row(one: Json) -> dict[str, object]:
    made = datetime.fromtimestamp(one["created_ms"] // 1000, UTC)
    late = f", due {one['due_date']}" if one["due_date"] else ""
    code = f" ({one['code']})" if one["code"] else ""
    came = [_came(paid, one["currency"]) for paid in one["received"]]
    return {
        "iso": made.isoformat(),
        "clock": made.strftime("%d %b %H:%M:%S"),
        "description": one["description"] + late,
        "key": one["key"],
        "payer": one["payer"],
        "status": "paid" if came else "declined" if one["status"] == "refused" else one["status"],
        "word": WORD[one["status"]] + code,
        "amount": money(one["amount_minor"], one["currency"]),
        "came": Html(f"<div>{''.join(came)}</div>") if came else "",
        "act": fill("pix_pay.html", key=one["key"]) if one["status"] in ("payable", "paid") else "",
    }


def _came(paid: Json, currency: str) -> Html:
    gone = f", {money(paid['back_minor'], currency)} back" if paid["back_minor"] else ""
    whole = paid["back_minor"] >= paid["amount_minor"] or paid["contested_minor"]
    return fill(
        "pix_came.html",
        says=f"{money(paid['amount_minor'], currency)} on {paid['paid_on']}{gone}",
        act="" if whole else fill("pix_contest.html", reference=paid["reference"]),
    )
