"""Web, worker and PostgreSQL are killed under load in random turns; nothing is lost or done twice (OPS-1).

A PostgreSQL, a payment simulator, and as many web processes and workers as one wants, of its own. The last line is JSON; the exit code is 1 when
anything was wrong. The same seed kills in the same order; what runs meanwhile is up to the machine.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from abono.domain.identity import actions as identity
from abono.platform import clock, postgres
from abono.platform.postgres import place
from tests.chaos.callers import Caller, Told
from tests.chaos.house import House
from tests.chaos.verdict import judge, time_passes
from tests.concurrency.own_database import leading_to
from tests.concurrency.payers import customer
from tests.stand_ins import SECRET, Simulator, start_simulator
from tests.world import DAY, Tenant, load_catalog

METERED, PAYERS, REGRETTERS, DUE = 4, 8, 8, 8


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--webs", type=int, default=1, help="processes that serve (%(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="(%(default)s)")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left running
    folder = Path(tempfile.mkdtemp(prefix="abono-chaos-"))
    folder.chmod(0o755)
    place.ELSEWHERE = folder / "elsewhere"
    home = folder / "home"
    try:
        with start_simulator(folder) as simulator, leading_to(postgres.start(home)):
            found = _storm(home, simulator, **vars(given))
    finally:
        postgres.stop(home)
        shutil.rmtree(folder)
    print(json.dumps(found))
    return 1 if found["wrong"] else 0


def _storm(
    home: Path, simulator: Simulator, *, minutes: float, seed: int, **processes: int
) -> dict[str, Any]:
    dice, told, over, calm = random.Random(seed), Told(), threading.Event(), threading.Event()
    print(f"seed {seed}: making a world", file=sys.stderr)
    metered, payers, regretters, due = _world(simulator)
    env = {"ABONO_SIMULATOR_URL": simulator.url, "ABONO_SIMULATOR_SECRET": SECRET}
    house = House(home, dice, **processes, **env)
    callers = [Caller(house, tenant, _key(tenant), told, over) for tenant in (*metered, *payers, *regretters)]
    calls = [(caller.meter, [n]) for n, caller in enumerate(callers[:METERED])]
    threads = [threading.Thread(target=call, args=args) for call, args in calls]
    killer = threading.Thread(target=house.kill_at_random, args=[calm])
    simulator.pull(answer_delay_ms=500)  # so that there is a while in which to be killed
    for thread in (*threads, killer):
        thread.start()
    try:
        payer, regretter = callers[METERED:-REGRETTERS], callers[-REGRETTERS:]
        for acts in zip(payer, regretter, strict=True):  # one pair after the other, over the whole time
            for act in (acts[0].raise_package, acts[1].give_back):
                threads.append(acting := threading.Thread(target=act))
                acting.start()
            calm.wait(minutes * 60 / PAYERS)
        calm.set()
        killer.join()
        connection.close()  # it was cut as all others were
        over.set()
        for thread in threads:
            thread.join(120)
        stuck = sum(thread.is_alive() for thread in threads)
        simulator.pull(answer_delay_ms=0)
        time_passes()
    finally:
        calm.set()
        over.set()
        killer.join()
        house.close()
    wrong = judge(told, metered, payers, regretters, due, simulator)
    wrong += [line for line in house.log if "incident" in line][:5]
    wrong += [f"{stuck} callers have no answer"] if stuck else []
    return {
        "seed": seed,
        "minutes": minutes,
        **processes,
        "kills": house.kills,
        "held": len(told.held),
        "settled": len(told.ended),
        "repeats": told.repeats,
        "raises": len(told.raised),
        "given_back": len(told.given_back),
        "renewals": len(due),
        "wrong": wrong,
    }


def _world(simulator: Simulator) -> tuple[list[Tenant], list[Tenant], list[Tenant], list[Tenant]]:
    """Who meters, who buys a larger package, who gives a contract back, and whose contract renews meanwhile: their month is over."""
    settings.ALLOWED_HOSTS = ["*"]
    options = {"base_url": simulator.url, "secret": SECRET, "public_url": simulator.url}
    adapter = "abono.gateways.simulator.adapter.SimulatorGateway"
    settings.GATEWAYS = {"simulator": {"adapter": adapter, "options": options}}
    call_command("migrate", verbosity=0, interactive=False)
    load_catalog()
    now = clock.now()
    made = [customer(simulator, now=now) for _ in range(METERED + PAYERS + REGRETTERS)]
    due = [customer(simulator, now=now - 40 * DAY + timedelta(seconds=n)) for n in range(DUE)]
    return made[:METERED], made[METERED:-REGRETTERS], made[-REGRETTERS:], due


def _key(tenant: Tenant) -> str:
    scopes = ("read", "write", "meter")
    _id, text = identity.issue_key(
        name="p",
        customer_id=tenant.customer_id,
        scopes=scopes,
        expires_at=None,
        actor="ana",
        now=clock.now(),
    )
    return text
