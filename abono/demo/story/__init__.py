"""`abono story`: the main job from the price page to the first invoices, without a screen.

Real processes on a throw-away database; over HTTP, as people and programs use it. Every expectation is written
out in `sums`. The last line is one JSON object; the exit code is 0 only when all of it came true.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import Any

import psycopg
import urllib3

from abono.config import env
from abono.demo.cards import CardRefused, Simulator
from abono.demo.ports import NoFreePort
from abono.demo.processes import Ended, beside
from abono.demo.screen import doing, say
from abono.demo.stopping import Stopped, stoppable
from abono.demo.story import (
    changing,
    contracting,
    ground,
    paying,
    renewing,
    sending,
    signing_in,
    sums,
    without_card,
)
from abono.demo.story.browser import Browser, Unexpected
from abono.demo.story.ground import Ground, behind_the_stage
from abono.demo.story.notebook import Notebook
from abono.demo.story.stage import Failed, Stage, expect
from abono.platform import postgres

FAILURES = (
    Failed,
    Unexpected,
    LookupError,
    CardRefused,
    Ended,
    NoFreePort,
    RuntimeError,
    ground.NotOurs,
    psycopg.Error,
    urllib3.exceptions.HTTPError,
)


def run(arguments: list[str]) -> int:
    """Returns 0 when every expectation holds, 1 when one does not, 130 when stopped."""
    given = _parse(arguments)
    settings = env.load()
    began = time.monotonic()
    told: dict[str, Any] = {}
    with stoppable(), ExitStack() as until_the_end:
        try:
            say("abono story")
            with _place(given, settings, until_the_end) as where:
                _tell(where, told)
        except Stopped:
            say("  Stopped.")
            return 130
        except FAILURES as failure:
            say(f"\n  It did not come true. {failure}\n")
            told["failed"] = str(failure).splitlines()[0][:300]
        told["seconds_total"] = round(time.monotonic() - began, 1)
        say(json.dumps(told, ensure_ascii=False))
    return 1 if "failed" in told else 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="abono story", description="The whole story on a throw-away database."
    )
    parser.add_argument("--database", metavar="URL", help="on this one, which is made if need be, and stays")
    parser.add_argument(
        "--folder",
        type=Path,
        metavar="PATH",
        help="what belongs to --database: the gateway's book, mail, logs (default: .abono/story/<its name>)",
    )
    parser.add_argument("--keep", action="store_true", help="keep the throw-away database and its folder")
    return parser.parse_args(arguments)


def _place(
    given: argparse.Namespace, settings: env.Settings, until_the_end: ExitStack
) -> AbstractContextManager[Ground]:
    """Where it happens: a throw-away database beside the configured one, or the one that was named."""
    if given.database:
        named = Ground(
            given.database, given.folder or settings.home / "story" / ground.name_of(given.database)
        )
        ground.create(named)
        return nullcontext(named)
    server = settings.database_url
    if not server:
        with doing("Starting PostgreSQL"):
            server = until_the_end.enter_context(postgres.running(settings.home))
    return ground.throw_away(server, keep=given.keep)


def _tell(where: Ground, told: dict[str, Any]) -> None:
    """All chapters, then the proof. What was found stands in `told`, as far as it went."""
    notebook = Notebook(where.folder / "notebook.json")
    again = "finished" in notebook
    ground.require_usable(where, notebook)
    stack = ground.stack_on(where)
    if not again:
        with beside(stack.fonts()), doing(f"Preparing the database {where.name}"):
            notebook.write("api_key", behind_the_stage(stack, "prepare")["api_key"])
    before = behind_the_stage(stack, "evidence") if again else {}
    with ground.processes(stack):
        stage = Stage(
            stack=stack,
            notebook=notebook,
            browser=Browser(stack.addresses.web_url),
            simulator=Simulator(stack.addresses.simulator_url, stack.secret),
            again=again,
            http=urllib3.PoolManager(retries=False, timeout=60),
        )
        _chapters(stage, told)
        with doing("Checking the books"):
            after = behind_the_stage(stack, "evidence")
    _prove(after, told)
    if again:
        expect("what the second run changed", _changes(before, after), {})
    notebook.write("finished", True)


def _chapters(stage: Stage, told: dict[str, Any]) -> None:
    with doing("From the price page to an active contract"):
        told["contract_number"] = contracting.contract(stage)
    with doing("Choosing a password by the link in the e-mail"):
        contracting.set_password(stage)
    with doing("Signing in one person more than licences"):
        told["one_too_many"] = signing_in.one_too_many(stage)
    with doing("Buying one licence more for who waits"):
        told["bought_one_more"] = signing_in.one_more(stage)
    with doing("Sending until the package warns and blocks"):
        replayed = sending.send_until_blocked(stage)
        told["refused_at_limit"] = stage.notebook["refused"]
    with doing("Waiting for the worker to tell of the block"):
        sending.await_the_block(stage)
    with doing("Paying the overage so far in the portal"):
        paying.pay_interim(stage)
    with doing("Sending what was refused, hearing from contacts"):
        told["replayed"] = replayed + sending.send_the_rest(stage)
        sending.hear_contacts(stage)
    with doing("Advancing the clock to the next cycle"):
        renewing.advance(stage)
    with doing("Changing the plan by the link in the e-mail"):
        changing.change_by_mail(stage)
    with doing("Paying the next invoice by Pix"):
        without_card.pay_by_pix(stage)
    with doing("Paying the one after it by slip"):
        told["slip_bytes"] = without_card.pay_by_slip(stage)
    with doing("Downloading every invoice as PDF"):
        told["pdf_bytes"] = renewing.download(stage)
    with doing("Reading all e-mails"):
        told["emails"] = renewing.read_mail(stage)
    told["captured_minor"] = sum(move["amount_minor"] for move in stage.simulator.book())
    expect("captured", told["captured_minor"], sums.CAPTURED_MINOR)


def _prove(found: dict[str, Any], told: dict[str, Any]) -> None:
    """What stands in the database in the end, against the sums."""
    told["held"] = found["counts"]["metering_send"]
    told["overage_minor"] = found["overage_minor"]
    told["invoice_numbers"] = list(found["invoices"])
    told["invoice_totals_minor"] = [total for total, _state in found["invoices"].values()]
    told["balance_check"] = found["balance_check"]
    expect("held", told["held"], sums.HELD)
    expect("refused at the limit", told["refused_at_limit"], sums.REFUSED)
    expect("overage", told["overage_minor"], sums.OVERAGE_MINOR)
    expect("invoices", list(found["invoices"].values()), [[total, "paid"] for total in sums.INVOICES])
    numbers = [re.sub(f"^{sums.NUMBER}$", r"\1", number) for number in found["invoices"]]
    expect("numbers of invoices", numbers, [str(n + 1) for n in range(len(sums.INVOICES))])
    expect("notices", found["told"], sorted((*sums.NOTICES, *sums.TO_ONE)))
    expect("contracts", found["counts"]["contracts_contract"], 1)
    expect("balance check", told["balance_check"], "ok")


def _changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What is not as it was, as before → after."""
    return {name: (before[name], found) for name, found in after.items() if found != before[name]}
