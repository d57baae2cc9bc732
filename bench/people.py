"""How long the pages of people take where a contract has 5,000 licences (`python -m bench.people`; LIC-4, LIC-5).

5,000 members of one organization, all of them in. Its Administrator opens the list of people and that of who is in, the
first page and one in the middle, in this process as the web answers them. The last line is JSON, in milliseconds.
"""

from __future__ import annotations

import json
import logging
import sys
from contextlib import nullcontext
from datetime import datetime, timedelta
from itertools import batched
from time import perf_counter
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.test import Client

from abono.config.settings import ENV
from abono.domain.catalog import actions as catalog
from abono.domain.catalog import reader
from abono.domain.identity.models import Membership, Person
from abono.domain.identity.types import Profile
from abono.domain.payments import registry
from abono.entrypoints.site import sessions
from abono.flows.licences.ask import ask_licences
from abono.flows.licences.facts import Claim
from abono.flows.licences.said import Word
from abono.kernel.ids import public
from abono.platform import clock, postgres
from bench import world
from bench.report import Measured
from tests.domain.licences.office import own
from tests.world import CATALOG, CATALOG_FROM, chief, sign

LICENCES, WARM, ROUNDS = 5_000, 3, 30
PAGES = {
    "people_page": ("/en/settings/people/", "/en/settings/people/?page=80"),
    "people_in_page": ("/en/settings/people/in/", "/en/settings/people/in/?after=person2500@bench.example"),
}


def people(*, licences: int = LICENCES, rounds: int = ROUNDS) -> dict[str, float]:
    """p50 and p99 of each list, in a database that `world.empty` made."""
    settings.GATEWAYS = {"simulator": {"adapter": "tests.fakes.FakeGateway", "options": {}}}
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    registry.gateway.cache_clear()
    logging.getLogger("abono.request").setLevel(logging.WARNING)
    catalog.apply(catalog=reader.read(CATALOG), actor="bench", now=CATALOG_FROM)
    now = clock.now()
    signed = sign(now=now - timedelta(days=10))
    own(signed.contract_id, licences, at=now - timedelta(days=1))
    _fill(signed.contract_id, signed.customer_id, licences, now)
    client = _signed_in(chief(signed))
    measured = {name: _opened(client, addresses, rounds) for name, addresses in PAGES.items()}
    return {
        f"{name}_p{part}_ms": one.percentile_ms(part / 100)
        for name, one in measured.items()
        for part in (50, 99)
    }


def _fill(contract_id: UUID, customer_id: UUID, licences: int, now: datetime) -> None:
    """As many members as there are licences, and each of them is in."""
    found = Person.objects.bulk_create(
        Person(email=f"person{n:04}@bench.example", name=f"Pessoa {n:04}", language="pt-br", created_at=now)
        for n in range(licences)
    )
    Membership.objects.bulk_create(
        Membership(person=one, customer_id=customer_id, profile=Profile.VIEWER.value, since=now)
        for one in found
    )
    contract = public("ctr", contract_id)
    for some in batched(found, 1_000):
        facts = [Claim(str(one.pk), contract, one.email, "Firefox", proof=False) for one in some]
        told = ask_licences(facts, customer_id=None, now=now)
        assert {one.word for one in told} == {Word.GRANTED}
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _signed_in(person_id: UUID) -> Client:
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(Person.objects.get(pk=person_id))
    request = HttpRequest()
    request.session = client.session
    sessions.begin(request, person_id)
    request.session.save()
    return client


def _opened(client: Client, addresses: tuple[str, ...], rounds: int) -> Measured:
    took: list[float] = []
    for turn in range(WARM + rounds):
        for address in addresses:
            began = perf_counter()
            answer = client.get(address)
            if turn >= WARM:  # what a process looks up once
                took.append(perf_counter() - began)
            assert answer.status_code == 200, (address, answer.status_code)
            assert b"@bench.example" in answer.content
    return Measured(", ".join(addresses), len(took), sum(took), took)


def main() -> int:
    server = nullcontext() if ENV.database_url else postgres.running(ENV.home)
    with server, world.empty():
        print(json.dumps(people()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
