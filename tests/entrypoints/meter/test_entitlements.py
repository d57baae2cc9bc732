"""GET /v1/entitlements/{contract}: which functions a contract allows, and whether one is among them (CAT-12)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

import pytest
from django.db import connection, transaction

from abono.domain.catalog.models import Function, Plan
from abono.domain.contracts import terms
from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import State
from abono.domain.customers import actions as customers
from abono.platform import clock
from abono.platform.lookups import CHANGED
from tests.concurrency.waiting import WAITING, until_all_wait
from tests.domain.metering.world import World
from tests.entrypoints.meter.client import Answer, Program, Tenant, tenant
from tests.examples import at_night

HOUR = timedelta(hours=1)


@pytest.fixture
def padaria(world: World) -> Tenant:
    """Padaria Sol, with a cycle that ends in twenty days and two functions of four."""
    for position, code in enumerate(("inbox", "reports", "api", "bots")):
        Function.objects.create(code=code, labels={"en": code}, position=position)
    plan("expert", "reports", "inbox")
    made = tenant(world, "Padaria Sol")
    set_state(made, State.ACTIVE)
    return made


def set_state(
    whose: Tenant, state: State, *, cycle_end: datetime | None = None, ends_at: datetime | None = None
) -> None:
    now = clock.now()
    Contract.objects.filter(id=whose.contract_id).update(
        state=state.value,
        adhesion_date=now.date(),
        cycle_start=now - timedelta(days=10),
        cycle_end=cycle_end or now + timedelta(days=20),
        ends_at=ends_at,
    )


def plan(code: str, *functions: str, version: int = 1) -> Plan:
    return Plan.objects.create(
        code=code, version=version, name=code, rank=9, function_codes=functions, on_sale_from=clock.now()
    )


@transaction.atomic
def change(whose: Tenant, begins_at: datetime, **to: object) -> None:
    contract = Contract.objects.get(id=whose.contract_id)
    terms.change(contract, begins_at=begins_at, actor="test", now=clock.now(), **to)  # type: ignore[arg-type]


def ask(api: Program, whose: Tenant, function: str = "", **headers: str) -> Answer:
    return api.get(f"/v1/entitlements/{whose.contract}{function and '/'}{function}", **headers)


def turned(api: Program, whose: Tenant, function: str = "", **to: object) -> Answer:
    """The first answer that says so. The notification of a change is on its way: it turns within moments, not after the five
    seconds for which an answer may be remembered."""
    begun = monotonic()
    while True:
        answer = ask(api, whose, function)
        if to.items() <= answer.json.items():
            return answer
        assert monotonic() - begun < 3, answer.json


def by_heart(api: Program, whose: Tenant) -> Answer:
    """The first answer that is there although nobody can read a table. One that was read while a change was told is not kept."""
    begun = monotonic()
    while True:
        ask(api, whose)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE contracts_term, contracts_contract")
            answer = ask(api, whose)
        if answer.status == 200:
            return answer
        assert monotonic() - begun < 20, answer.json


@pytest.mark.rule("CAT-12", part="which functions")
def test_a_platform_asks_for_all_and_is_told_when_nothing_changed(api: Program, padaria: Tenant):
    first = ask(api, padaria)
    version = first.json["version"]
    assert first.json == {
        "contract": padaria.contract,
        "state": "active",
        "plan": "expert",
        "plan_version": 1,
        "interval": "month",
        "functions": ["inbox", "reports"],
        "version": version,
    }
    assert first.headers["etag"] == f'"{version}"'
    assert first.headers["cache-control"] == "private, no-cache"
    change(padaria, clock.now(), extra_licences=3)  # nothing that is told here
    for known in (f'"{version}"', f'"other", W/"{version}"', "*"):
        same = ask(api, padaria, if_none_match=known)
        assert (same.status, same.body, same.headers["etag"]) == (304, b"", f'"{version}"')
        assert "content-length" not in same.headers
    assert ask(api, padaria, if_none_match='"other"').json == first.json


@pytest.mark.rule("CAT-12", part="which functions")
def test_the_version_is_another_one_with_every_change_of_terms_and_at_the_end(api: Program, padaria: Tenant):
    versions = [ask(api, padaria).json["version"]]
    change(padaria, clock.now(), plan_id=plan("expert-2", "inbox", "reports").id)
    versions.append(turned(api, padaria, plan="expert-2").json["version"])
    change(padaria, clock.now(), interval="year")
    versions.append(turned(api, padaria, interval="year").json["version"])
    change(padaria, clock.now(), plan_id=plan("pro", "inbox", "reports", "api").id)
    raised = turned(api, padaria, plan="pro").json
    assert raised["functions"] == ["api", "inbox", "reports"]
    change(padaria, clock.now() + HOUR, plan_id=plan("small", "inbox").id)  # not yet
    assert ask(api, padaria).json == raised
    set_state(padaria, State.ENDED)
    ended = turned(api, padaria, state="ended").json
    assert ended["functions"] == []
    assert len({*versions, raised["version"], ended["version"]}) == 5


@pytest.mark.rule("CAT-12", part="which functions")
def test_what_begins_on_the_customers_own_clock_shows_at_that_moment(
    api: Program, world: World, padaria: Tenant
):
    """Of a sandbox whose clock is a day ahead; and a contract that ends does so without a worker."""
    ahead = tenant(world, "Sandbox", sandbox=True)
    set_state(ahead, State.ACTIVE)
    api.key = ahead.key
    change(ahead, clock.now() + 20 * HOUR, plan_id=plan("pro", "api").id)
    assert ask(api, ahead).json["functions"] == ["inbox", "reports"]
    with transaction.atomic():
        customers.set_clock(
            customer_id=ahead.customer_id, real=clock.now(), to=clock.now() + 24 * HOUR, actor="ana"
        )
    turned(api, ahead, functions=["api"])
    set_state(ahead, State.ENDING, cycle_end=clock.now() + 25 * HOUR)
    turned(api, ahead, state="ending")
    set_state(ahead, State.ENDING, cycle_end=clock.now() + 24 * HOUR)
    turned(api, ahead, state="ended", functions=[])


@pytest.mark.rule("CAT-12", part="which functions")
@pytest.mark.parametrize(
    "promise",
    [
        lambda whose, at: change(whose, at, plan_id=plan("pro", "api").id),
        lambda whose, at: set_state(whose, State.ENDING, ends_at=at),
        lambda whose, at: set_state(whose, State.ENDING, cycle_end=at),
    ],
    ids=["another plan", "cancelled", "ends with its cycle"],
)
def test_what_time_alone_brings_shows_at_its_moment_although_nobody_tells(
    api: Program, padaria: Tenant, promise: Callable[[Tenant, datetime], None]
):
    before = ask(api, padaria).json["functions"]
    at = clock.now() + timedelta(milliseconds=400)
    promise(padaria, at)
    early = late = 0
    while not late:
        asked, functions, told = clock.now(), ask(api, padaria).json["functions"], clock.now()
        if told < at:
            assert functions == before
            early += 1
        elif functions != before:
            late += 1
        else:  # what waits for a moment does not hear that the machine's clock was put right; it is not the five seconds
            assert asked < at + timedelta(seconds=1)
    assert early


@pytest.mark.rule("CAT-12", part="which functions")
def test_nobody_is_told_the_old_after_the_new_whoever_asks_meanwhile(api: Program, padaria: Tenant):
    """Twenty programs ask all the time while the plan changes, and what they have seen stays so."""
    plans = [plan(f"pro-{n}", f"function_{n}") for n in range(1, 6 if at_night() else 3)]

    async def asking() -> list[str]:
        seen = ["expert"]
        while seen[-1] != plans[-1].code:
            answer = await api.call("GET", f"/v1/entitlements/{padaria.contract}", [b""])
            seen.append(answer.json["plan"])
        return seen

    async def together() -> list[list[str]]:
        return await asyncio.gather(*(asking() for _ in range(20)))

    ask(api, padaria)
    answers = asyncio.run_coroutine_threadsafe(together(), api.loop)
    for one in plans:
        change(padaria, clock.now(), plan_id=one.id)
    for seen in answers.result(30):
        assert seen == sorted(seen)


@pytest.mark.rule("CAT-12", part="as fast as a balance")
def test_contracts_that_only_renew_make_nobody_ask_anew(api: Program, padaria: Tenant, luna: Tenant):
    """Nor does a change of somebody else's contract: answers are there although nobody can read a table."""
    api.key = luna.key
    by_heart(api, luna)
    set_state(luna, State.ENDED)
    turned(api, luna, state="ended")  # what is told in order of Padaria Sol as it was made is heard by now
    api.key = padaria.key
    known = by_heart(api, padaria).json
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANGED}")
        Contract.objects.filter(id=padaria.contract_id).update(cycle_end=clock.now() + 40 * timedelta(days=1))
        set_state(luna, State.ACTIVE)
        heard = [one.payload for one in connection.connection.notifies(timeout=1, stop_after=1)]
        cursor.execute(f"UNLISTEN {CHANGED}")
    assert heard == [f"contract:{luna.contract_id}"]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE contracts_term, contracts_contract")
        assert ask(api, padaria).json == known


@pytest.mark.rule("CAT-12", part="is it among them")
def test_one_function_is_allowed_or_the_answer_says_why_not(api: Program, padaria: Tenant):
    version = ask(api, padaria).json["version"]
    yes = {
        "contract": padaria.contract,
        "function": "inbox",
        "allowed": True,
        "why": None,
        "version": version,
    }
    assert ask(api, padaria, "inbox").json == yes
    assert ask(api, padaria, "inbox", if_none_match=f'"{version}"').status == 304
    no = ask(api, padaria, "bots").json
    assert (no["allowed"], no["why"]) == (False, "not_in_plan")
    for unknown in ("inbocks", "in/box", "", "i\0box", "ínbox", "x" * 3_000):
        answer = api.get(f"/v1/entitlements/{padaria.contract}/{unknown}")
        assert (answer.status, answer.json["code"]) == (404, "no_function"), unknown
    for state in (State.RESTRICTED, State.PENDING, State.ENDED):
        set_state(padaria, state)
        turned(api, padaria, "inbox", allowed=False, why=state.value)
    set_state(padaria, State.ENDING)
    turned(api, padaria, "inbox", allowed=True)


@pytest.mark.rule("CAT-12", part="which functions")
@pytest.mark.rule("ACC-2")
def test_only_whose_contract_it_is_can_ask(api: Program, padaria: Tenant, luna: Tenant):
    api.key = luna.key
    for name in (padaria.contract, f"{padaria.contract}/inbox", "ctr_nonsense", "", "/inbox", "a\0b"):
        answer = api.get(f"/v1/entitlements/{name}")
        assert (answer.status, answer.json["code"]) == (404, "no_contract"), name
    assert api.post(f"/v1/entitlements/{luna.contract}", {}).status == 405
    api.key = None
    assert ask(api, luna).status == 401


@pytest.mark.rule("CAT-12", part="as fast as a balance")
def test_many_who_ask_at_once_are_answered_by_one_statement(api: Program, padaria: Tenant):
    """It is held up, so that all of them wait for it; `make bench` measures it beside balances."""

    async def together() -> list[Answer]:
        path = f"/v1/entitlements/{padaria.contract}"
        return await asyncio.gather(*(api.call("GET", path, [b""]) for _ in range(40)))

    api.get(f"/v1/balances/{padaria.contract}")  # the key is known from now on
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE contracts_term")
        answers = asyncio.run_coroutine_threadsafe(together(), api.loop)
        until_all_wait([answers])
        cursor.execute(WAITING)
        assert cursor.fetchone() == (1,)
    assert {one.status for one in answers.result(30)} == {200}
