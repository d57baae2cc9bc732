"""What Abono's server asks of the simulator: /v1/…, with the secret as bearer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from threading import Event

from abono.gateways.simulator.company import book, levers, outbox
from abono.gateways.simulator.company.charges import Charges
from abono.gateways.simulator.company.fields import WrongField
from abono.gateways.simulator.company.levers import WrongLever
from abono.gateways.simulator.company.mandates import Mandates
from abono.gateways.simulator.company.once import Json, KeyReused
from abono.gateways.simulator.company.pushes import NotPayable, Pushes
from abono.gateways.simulator.company.refunds import Refunds
from abono.gateways.simulator.company.store import Store
from abono.gateways.simulator.company.vault import Vault
from abono.gateways.simulator.doors.render import Reply, json_reply

LOST = Reply(0, lost=True)
LONGEST_WAIT_S = 3700  # a little more than the longest lever


@dataclass(frozen=True)
class Simulator:
    """The parts of one running simulator."""

    store: Store
    vault: Vault
    charges: Charges
    refunds: Refunds
    pushes: Pushes
    mandates: Mandates
    secret: str
    webhook_url: str | None
    news: Callable[[], None]
    stopping: Event
    open_levers: bool = False  # whoever finds the page of levers may pull them: on one's own machine


Body = Mapping[str, object]


def answer(sim: Simulator, method: str, parts: tuple[str, ...], body: Body) -> Reply:
    """One call. `parts` is the path after /v1/."""
    try:
        match method, parts:
            case "POST", ("frames",):
                return json_reply(201, sim.vault.open_frame(body))
            case "POST", ("cards",):
                return _maybe_lost(*sim.vault.save_card(body))
            case "GET", ("cards", token):
                return _found(sim.vault.card(token), "no_such_card")
            case "POST", ("cards", token, "renew"):
                return _renewed(sim, token)
            case "DELETE", ("cards", token):
                sim.vault.forget_card(token)
                return Reply(204)
            case "POST", ("charges",):
                return _charge(sim, body)
            case "GET", ("charges", key):
                return _found(sim.charges.find(key), "no_such_charge")
            case "POST", ("charges", key, "settle"):
                return _settle(sim, key, body)
            case "POST", ("charges", key, "dispute"):
                return _disputed(sim, key)
            case "POST", ("refunds",):
                return json_reply(200, sim.refunds.refund(body))
            case "GET", ("refunds", key):
                return _found(sim.refunds.find(key), "no_such_refund")
            case _, ("pix" | "returns" | "received", *_):
                return _pix(sim.pushes, method, parts, body)
            case _, ("mandates" | "debits", *_):
                return _automatic(sim.mandates, method, parts, body)
            case "GET", ("book",):
                return json_reply(200, {"movements": book.movements(sim.store)})
            case "GET", ("levers",):
                return json_reply(200, asdict(levers.read(sim.store)))
            case "POST", ("levers",):
                return json_reply(200, asdict(levers.pull(sim.store, body)))
            case "GET", ("events",):
                return json_reply(200, {"events": _events(sim.store)})
            case "POST", ("events", event, "resend"):
                known = outbox.resend(sim.store, event)
                sim.news()
                return _found({} if known else None, "no_such_event")
    except WrongField as wrong:
        return json_reply(400, {"error": "invalid", "field": str(wrong)})
    except WrongLever as wrong:
        return json_reply(400, {"error": "invalid", "problem": str(wrong)})
    except NotPayable:
        return json_reply(409, {"error": "not_payable"})
    except KeyReused:
        return json_reply(409, {"error": "key_reused"})
    return json_reply(404, {"error": "no_such_path"})


def _pix(pushes: Pushes, method: str, parts: tuple[str, ...], body: Body) -> Reply:
    match method, parts:
        case "POST", ("pix",):
            return _maybe_lost(*pushes.ask(body))
        case "GET", ("pix", key):
            return _found(pushes.find(key), "no_such_pix")
        case "POST", ("pix", key, "withdraw"):
            return _found(pushes.withdraw(key), "no_such_pix")
        case "POST", ("pix", key, "pay"):
            return _found(pushes.pay(key, body), "no_such_pix")
        case "POST", ("pix", reference, "contest"):
            return _found(pushes.contest(reference), "no_such_pix")
        case "GET", ("received", reference):
            return _found(pushes.find_received(reference), "no_such_pix")
        case "POST", ("returns",):
            return _maybe_lost(*pushes.give_back(body))
    return json_reply(404, {"error": "no_such_path"})


def _automatic(mandates: Mandates, method: str, parts: tuple[str, ...], body: Body) -> Reply:
    match method, parts:
        case "POST", ("mandates",):
            return json_reply(200, mandates.ask(body))
        case "GET", ("mandates", name):
            return _found(mandates.find(name), "no_such_pix")
        case "POST", ("mandates", reference, "end"):
            return _found(mandates.end(reference), "no_such_pix")
        case "POST", ("mandates", reference, "answer"):
            return _found(mandates.answer(reference, str(body.get("answer"))), "no_such_pix")
        case "POST", ("debits",):
            return json_reply(200, mandates.announce(body))
        case "GET", ("debits", key):
            return _found(mandates.find_debit(key), "no_such_pix")
        case "POST", ("debits", key, "again"):
            return _found(mandates.again(key, body), "no_such_pix")
        case "POST", ("debits", key, "withdraw"):
            return _found(mandates.withdraw(key), "no_such_pix")
        case "POST", ("debits", key, "pay"):
            return _found(mandates.pay(key), "no_such_pix")
    return json_reply(404, {"error": "no_such_path"})


def _charge(sim: Simulator, body: Body) -> Reply:
    heard = sim.charges.charge(body)
    shown = heard.body
    if heard.wait_for:
        shown = sim.charges.await_settled(heard.wait_for, longest_s=LONGEST_WAIT_S)
    if heard.delay_ms:
        sim.stopping.wait(heard.delay_ms / 1000)
    return LOST if heard.lost else json_reply(200, shown)


def _settle(sim: Simulator, key: str, body: Body) -> Reply:
    outcome = body.get("outcome")
    if outcome not in ("paid", "declined"):
        raise WrongField("outcome")
    sim.charges.settle(key, outcome)
    return _found(sim.charges.find(key), "no_such_charge")


def _maybe_lost(shown: Json, lost: bool) -> Reply:
    return LOST if lost else json_reply(200, shown)


def _renewed(sim: Simulator, token: str) -> Reply:
    renewed = sim.vault.renew_card(token)
    sim.news()
    return _found(renewed, "no_such_card")


def _disputed(sim: Simulator, key: str) -> Reply:
    sim.charges.dispute(key)
    return _found(sim.charges.find(key), "no_such_charge")


def _found(known: Json | None, error: str) -> Reply:
    return json_reply(404, {"error": error}) if known is None else json_reply(200, known)


def _events(store: Store) -> list[Json]:
    return [dict(row) for row in store.all("SELECT id, kind, body FROM event ORDER BY created_ms, rowid")]
