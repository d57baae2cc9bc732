"""What comes before the web server: the database brought up to date, the catalog on sale, the world made."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command

from abono.demo import world
from abono.demo.cards import Simulator
from abono.demo.cast import TENANTS
from abono.demo.life import known
from abono.demo.screen import doing, say
from abono.domain.catalog import actions as catalog
from abono.domain.catalog import queries, reader
from abono.domain.identity import actions as identity
from abono.domain.identity import keys
from abono.platform import clock

CATALOG_SINCE = datetime(2024, 1, 1, tzinfo=UTC)  # the made history begins later


def prepare(file: Path) -> None:
    """Do what is not done yet, and leave in `file` what the rest of the demo needs to know."""
    settings.PASSWORD_HASHERS = ["abono.demo.passwords.Quick"]
    now = clock.now()
    with doing("Bringing the database up to date"):
        call_command("migrate", interactive=False, verbosity=0)
    with doing("Putting the catalog on sale"):
        since = now if queries.plans_on_sale(at=now) else CATALOG_SINCE
        catalog.apply(catalog=reader.read(reader.SHIPPED), actor="demo", now=since)
    if world.is_made():
        say("  The demo world is there already, with all that happened in it.")
    else:
        url = settings.GATEWAYS["simulator"]["options"]["base_url"]
        world.make(simulator=Simulator(url, settings.SIMULATOR_SECRET), now=now)
    _leave(file, now)


def _leave(file: Path, now: datetime) -> None:
    """Write down key and contracts, for this user only; the key of an earlier start serves on (ACC-4)."""
    key = str(_read(file).get("api_key", ""))
    if not key or keys.find(key, now=now) is None:
        _id, key = identity.issue_key(
            name="Platform of the demo",
            customer_id=None,
            scopes=keys.SCOPES,
            expires_at=None,
            actor="demo",
            now=now,
        )
    contracts = {tenant.slug: contract.public_id for tenant in TENANTS if (contract := known(tenant))}
    traffic = [
        {
            "slug": tenant.slug,
            "contract": contracts[tenant.slug],
            "weight": tenant.traffic,
            "routes": [[*route, weight] for route, weight in tenant.mix.items()],
            "people": tenant.people,
        }
        for tenant in TENANTS
        if tenant.traffic
    ]
    fresh = file.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps({"api_key": key, "contracts": contracts, "traffic": traffic}, indent=1))
    os.replace(fresh, file)


def _read(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text()))
    except (OSError, ValueError):
        return {}
