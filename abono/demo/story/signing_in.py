"""Chapter two: one person more than licences signs in and waits; a licence is freed for one, one more is bought for another
(LIC-1, LIC-2, LIC-4, LIC-6, LIC-7)."""

from __future__ import annotations

from typing import Any

from abono.demo.story import sums
from abono.demo.story.html import Page
from abono.demo.story.stage import Stage, amount, expect, shown

IN_USE = "/en/settings/people/in/"
PEOPLE = [f"baker-{n}@padaria.example" for n in range(sums.LICENCES)]
LATE = "late@padaria.example"
LATER = "later@padaria.example"  # uses the licence that the first run bought
MORE = [
    f"confectioner-{n}@padaria.example" for n in range(sums.BIGGER_LICENCES - sums.LICENCES)
]  # of the plan that it left


def one_too_many(stage: Stage) -> dict[str, Any]:
    """As many come in as there are licences, in any run. Returns why one more was refused, where they waited, and what became
    of them."""
    crowd = [*PEOPLE, LATER, *MORE] if stage.again else PEOPLE
    expect("who signs in", {one["status"] for one in _ask(stage, "leases", crowd)}, {"granted"})
    refused, waits = _refused(stage, LATE, owned=len(crowd))
    _free(stage, PEOPLE[0], owned=len(crowd))
    out, turn = _ask(stage, "lease-heartbeats", [PEOPLE[0], LATE])
    expect("whose licence was freed", (out["status"], out.get("code")), ("refused", "freed"))
    then = _let_in(stage, LATE, turn)
    return {"refused": refused["code"], "waited_at": waits["position"], "then": then}


def one_more(stage: Stage) -> dict[str, Any]:
    """Whose licence was freed comes back and waits, until Ana buys one more; a later run has it, and presses in vain: there
    somebody leaves. At the end all do. Returns where they waited, how many extra licences there are then, and what became of
    them."""
    back, included = PEOPLE[0], sums.BIGGER_LICENCES if stage.again else sums.LICENCES
    _, waits = _refused(stage, back, owned=included + stage.again)
    if not stage.again:
        page = _quote(stage, back)
        shown(page, f"{sums.LICENCES} + 1", amount(sums.LICENCE_MINOR))
        form = next(form for form in page.forms if "/changes/chg_" in form.action)
        shown(stage.press("buy_licence", page, form), "one extra licence hold from now on")
    shown(stage.press("buy_licence"), "This change is in force")
    captures = [move["amount_minor"] for move in stage.simulator.book()]
    expect("captures", captures[:2], [sums.FIRST_MINOR, sums.LICENCE_MINOR])
    if stage.again:
        _ask(stage, "lease-releases", [LATER])
    [turn] = _ask(stage, "lease-heartbeats", [back])
    then = _let_in(stage, back, turn)
    stands = stage.platform("GET", f"leases?contract={stage.notebook['contract']}")
    crowd = [*PEOPLE, LATE, *(MORE if stage.again else [])]
    expect("who is in", [one["person"] for one in stands["leases"]], sorted(crowd))
    left = _ask(stage, "lease-releases", crowd)
    expect("who leaves", {one["status"] for one in left}, {"released"})
    return {"waited_at": waits["position"], "extra": stands["owned"] - included, "then": then}


def _refused(stage: Stage, person: str, *, owned: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """All licences are in use: what the person is told, and what they are told who then waits."""
    [refused] = _ask(stage, "leases", [person])
    expect("one too many", (refused["status"], refused.get("code")), ("refused", "all_in_use"))
    expect("who can help", refused["who_can_help"], ["Ana Souza"])
    expect("in use", (refused["in_use"], refused["owned"]), (owned, owned))
    [waits] = _ask(stage, "leases", [person], wait=True)
    expect("in the queue", (waits["status"], waits["position"]), ("waiting", 1))
    return refused, waits


def _let_in(stage: Stage, person: str, turn: dict[str, Any]) -> str:
    """Who waited signs in with the licence that their heartbeat found set aside."""
    expect("who waited", turn["status"], "set_aside")
    [let_in] = _ask(stage, "leases", [person])
    expect("who waited, then", let_in["status"], "granted")
    return str(let_in["status"])


def _quote(stage: Stage, waits: str) -> Page:
    """From who waits to what one more licence costs."""
    page = stage.browser.get(IN_USE)
    shown(page, waits)
    choose = stage.browser.get(page.link(r"/settings/contracts/ctr_\w+/change/"))
    return stage.browser.send(choose, choose.form("plan", "licences"), licences="1")


def _free(stage: Stage, person: str, *, owned: int) -> None:
    """Ana sees who is in, and who waits."""
    page = stage.browser.get(IN_USE)
    shown(page, f"{owned} of {owned}", person, LATE)
    form = next(form for form in page.forms if form.action.endswith("/free/"))
    shown(stage.browser.send(page, form, person=person), "The licence is free")


def _ask(stage: Stage, what: str, people: list[str], **more: object) -> list[dict[str, Any]]:
    """The same ids in each run."""
    name = {"leases": "leases", "lease-heartbeats": "heartbeats", "lease-releases": "releases"}[what]
    contract = stage.notebook["contract"]
    asked = [{"id": f"story {person}", "contract": contract, "person": person, **more} for person in people]
    return list(stage.platform("POST", what, {name: asked})["results"])
