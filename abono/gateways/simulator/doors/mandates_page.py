"""Pix Automático on the page of levers: what payers agree to, and what is charged to them."""

from __future__ import annotations

from collections.abc import Mapping

from abono.gateways.simulator.company.fields import WrongField
from abono.gateways.simulator.company.levers import WrongLever
from abono.gateways.simulator.company.mandates import ANSWERS, Mandates
from abono.gateways.simulator.company.once import Json
from abono.gateways.simulator.company.pushes import NotPayable
from abono.gateways.simulator.doors.render import Html, fill, money

_WORD = {
    "asked": "Waits for the payer",
    "agreed": "Agreed to",
    "refused": "Refused",
    "ended": "Ended",
    "scheduled": "Waits for its day",
    "paid": "Paid",
}
_PRESS = {"agree": "Agree", "refuse": "Refuse", "leave": "Cancel"}


def shown(mandates: Mandates) -> Html:
    agreed, charged = mandates.newest()
    if not agreed:
        return Html("<p>Nobody was asked to agree to anything yet.</p>")
    debits = fill("debits.html", rows=Html("".join(map(_debit, charged)))) if charged else ""
    return fill("mandates.html", mandates=Html("".join(map(_mandate, agreed))), debits=debits)


def answer(mandates: Mandates, form: Mapping[str, str]) -> None:
    """What a button of a mandate does. Raises WrongLever."""
    try:
        mandates.answer(form.get("reference", ""), form.get("answer", ""))
    except (NotPayable, WrongField):
        raise WrongLever("this mandate does not wait for that") from None


def pay(mandates: Mandates, form: Mapping[str, str]) -> None:
    """What the button of a charge does. Raises WrongLever."""
    try:
        mandates.pay(form.get("reference", ""))
    except NotPayable:
        raise WrongLever("this charge waits for nothing any more") from None


def _mandate(one: Json) -> Html:
    acts = [
        _act("answer", one["reference"], word, _PRESS[word], one["key"])
        for word, (before, _after) in ANSWERS.items()
        if one["status"] == before
    ]
    by = " by the payer" if one["by_payer"] else ""
    return fill(
        "mandate_row.html",
        key=one["key"],
        reference=one["reference"],
        payer=one["payer"],
        status=one["status"],
        word=_WORD[one["status"]] + by,
        most=money(one["most_minor"], "BRL"),
        act=Html("".join(acts)),
    )


def _debit(one: Json) -> Html:
    waits = one["status"] == "scheduled"
    return fill(
        "debit_row.html",
        description=one["description"],
        key=one["key"],
        day=one["tries"][-1],
        status="declined" if one["status"] == "refused" else one["status"],
        word=_WORD[one["status"]],
        amount=money(one["amount_minor"], one["currency"]),
        act=_act("debit", one["key"], "pay", "Pay", one["description"]) if waits else "",
    )


def _act(action: str, reference: str, word: str, says: str, name: str) -> Html:
    return fill("mandate_act.html", action=action, reference=reference, answer=word, word=says, name=name)
