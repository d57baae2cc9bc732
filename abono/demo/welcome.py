"""What the demo says once it is up, and when it is over."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from abono.config.env import Settings
from abono.demo.cast import PASSWORD, STAFF_CODE, STAFF_SECRET, log_ins
from abono.demo.screen import say, table
from abono.demo.stack import Addresses
from abono.kernel.ids import uuid7


def show(addresses: Addresses, facts: Mapping[str, Any], home: Path) -> None:
    """Addresses, people, and how a program speaks to it."""
    say("\nIt is up.\n")
    table(
        [
            ("Where", "What you find there"),
            (f"{addresses.web_url}/", "the price page: choose a plan and a package, and contract"),
            (f"{addresses.web_url}/en/sign-in/", "the portal of the customers; also /es/ and /pt-br/"),
            (f"{addresses.simulator_url}/", "the payment simulator: test cards, and charges that wait"),
            (f"{addresses.inbox_url}/", "every e-mail that is sent"),
        ]
    )
    say(f"\nSign in with the password: {PASSWORD}\n")
    table([("Who", "Organization", "E-mail", "What you see"), *log_ins()])
    say(
        f"\n  Who works for the seller is asked for a code as well: {STAFF_CODE}, or what an application makes of {STAFF_SECRET}."
    )
    say("  Beatriz's payment waits at the simulator: settle it there as paid, and her contract is active.")
    say("  Ivo's contract is restricted: pay its invoice in the portal, and everything opens at that moment.")
    say(
        "  Lia's invoice waits for a Pix: let its page show the code, and pay it at the simulator: the page goes on by itself."
    )
    say("  Lucas's invoice waits for a slip, which Olga's bank has registered: it is there to download.")
    say("  A card that pays: 4242 4242 4242 4242, any name, any future date, any CVV.")
    say("\nFor programs: Padaria Sol's contract and the seller's API key.\n")
    for line in _curl(addresses, key=str(facts["api_key"]), contract=str(facts["contracts"]["padaria"])):
        say(line)
    say("\nA sign-in that asks for licences (examples/sign_in/README.md); Clínica Vida Plena has one:\n")
    clinica = str(facts["contracts"]["clinica"])
    say(f"  export ABONO_URL={addresses.web_url} ABONO_KEY={facts['api_key']} ABONO_CONTRACT={clinica}")
    say(f"\nLogs are in {home / 'logs'}. Ctrl-C stops everything.")


def farewell(settings: Settings) -> None:
    """What stays, and how to go on or begin anew."""
    say("  Everything is stopped, nothing is lost. `make demo` goes on from here.")
    if settings.database_url:
        say(f"  To begin anew: drop the database of DATABASE_URL and remove {settings.home}.")
    else:
        say(f"  To begin anew: rm -rf {settings.home}")


def _curl(addresses: Addresses, *, key: str, contract: str) -> list[str]:
    """One working line each to hold, settle and look; the ids are new at every start."""
    send = str(uuid7())
    start = f"  curl -sS {addresses.web_url}/v1"
    bearer = f"-H 'Authorization: Bearer {key}'"
    as_json = "-H 'Content-Type: application/json'"
    hold = f'{{"id":"{send}","contract":"{contract}","channel":"sms","kind":"message","country":"BR"}}'
    settle = f'{{"id":"{send}","contract":"{contract}","outcome":"sent"}}'
    return [
        f"{start}/holds {bearer} {as_json} -d '{hold}'",
        f"{start}/settlements {bearer} {as_json} -d '{settle}'",
        f"{start}/balances/{contract} {bearer}",
    ]
