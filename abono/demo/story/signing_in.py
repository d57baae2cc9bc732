"""Chapter two: one person more than licences signs in, waits, and is let in once a licence is freed (LIC-1, LIC-2, LIC-4, LIC-7)."""

from __future__ import annotations

from typing import Any

from abono.demo.story import sums
from abono.demo.story.stage import Stage, expect, shown

IN_USE = "/en/settings/people/in/"
PEOPLE = [f"baker-{n}@padaria.example" for n in range(sums.LICENCES)]
LATE = "late@padaria.example"


def one_too_many(stage: Stage) -> dict[str, Any]:
    """As many come in as there are licences, in any run; at the end all leave. Returns why one more was refused, where they
    waited, and what became of them."""
    expect("who signs in", {one["status"] for one in _ask(stage, "leases", PEOPLE)}, {"granted"})
    [refused] = _ask(stage, "leases", [LATE])
    expect("one too many", (refused["status"], refused.get("code")), ("refused", "all_in_use"))
    expect("who can help", refused["who_can_help"], ["Ana Souza"])
    expect("in use", (refused["in_use"], refused["owned"]), (sums.LICENCES, sums.LICENCES))
    [waits] = _ask(stage, "leases", [LATE], wait=True)
    expect("in the queue", (waits["status"], waits["position"]), ("waiting", 1))
    _free(stage, PEOPLE[0])
    out, turn = _ask(stage, "lease-heartbeats", [PEOPLE[0], LATE])
    expect("whose licence was freed", (out["status"], out.get("code")), ("refused", "freed"))
    expect("who waited", turn["status"], "set_aside")
    [let_in] = _ask(stage, "leases", [LATE])
    expect("who waited, then", let_in["status"], "granted")
    stands = stage.platform("GET", f"leases?contract={stage.notebook['contract']}")
    expect("who is in", [one["person"] for one in stands["leases"]], sorted([*PEOPLE[1:], LATE]))
    left = _ask(stage, "lease-releases", [*PEOPLE, LATE])
    expect("who leaves", {one["status"] for one in left}, {"released"})
    return {"refused": refused["code"], "waited_at": waits["position"], "then": let_in["status"]}


def _free(stage: Stage, person: str) -> None:
    """Ana sees who is in, and who waits."""
    page = stage.browser.get(IN_USE)
    shown(page, f"{sums.LICENCES} of {sums.LICENCES}", person, LATE)
    form = next(form for form in page.forms if form.action.endswith("/free/"))
    shown(stage.browser.send(page, form, person=person), "The licence is free")


def _ask(stage: Stage, what: str, people: list[str], **more: object) -> list[dict[str, Any]]:
    """The same ids in each run."""
    name = {"leases": "leases", "lease-heartbeats": "heartbeats", "lease-releases": "releases"}[what]
    contract = stage.notebook["contract"]
    asked = [{"id": f"story {person}", "contract": contract, "person": person, **more} for person in people]
    return list(stage.platform("POST", what, {name: asked})["results"])
