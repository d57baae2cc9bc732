"""The server is killed in the middle of a write that costs money: who asks again is told what became of it (API-2)."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection, transaction

from abono.domain.contracts import actions as contract_actions
from abono.domain.contracts.states import State
from abono.domain.invoicing.models import Invoice
from abono.domain.payments import registry
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import REGRET_WITHIN
from abono.flows.billing.renew import renew
from abono.flows.check_books import check_books
from abono.flows.signup import terms
from abono.gateways.simulator.company.cards import Behaviour
from abono.kernel.ids import public
from abono.platform import clock
from tests.concurrency.gate import Gate, gate_to
from tests.concurrency.server import Caller, Lost, Server
from tests.concurrency.waiting import until_all_wait
from tests.entrypoints.api.conftest import program
from tests.entrypoints.api.orders.ordering import ORDER
from tests.examples import first_by_day
from tests.stand_ins import Simulator, start_simulator
from tests.work import ask_gateways
from tests.world import DAY, HOUR, Tenant, begin_signup, load_catalog, quote, sign, use

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

WITHIN_S = 20  # "seconds", on a busy machine
CUSTOMER = "SELECT id FROM customers_customer FOR UPDATE"
DOOMED = "doomed"  # what the server that is killed calls itself to PostgreSQL
ITS_CONNECTIONS_END = f"""
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
   AND application_name = '{DOOMED}'
"""  # as PostgreSQL does once it notices that nobody reads: at once, unless the process was waiting for a lock
ANSWERS = "LOCK TABLE platform_idempotencykey IN SHARE MODE"


@dataclass
class House:
    """A payment simulator, the gate through which our servers reach it, and a server that outlives all tests."""

    simulator: Simulator
    gate: Gate
    survivor: Server

    def server(self) -> Server:
        return _server(self.gate, self.simulator, PGAPPNAME=DOOMED)


def _server(gate: Gate, simulator: Simulator, **env: str) -> Server:
    return Server(ABONO_SIMULATOR_URL=gate.url, ABONO_SIMULATOR_SECRET=simulator.secret, **env)


@pytest.fixture(scope="module")
def house(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("simulator")
    with start_simulator(folder) as simulator, gate_to(simulator.url) as gate:
        survivor = _server(gate, simulator)
        yield House(simulator, gate, survivor)
        survivor.end(signal.SIGKILL)


@dataclass
class World:
    """A customer that pays at the simulator."""

    house: House
    tenant: Tenant
    key: str
    begun: int  # how many movements the simulator had made before
    doomed: list[Server] = field(default_factory=list)

    @property
    def gate(self) -> Gate:
        return self.house.gate

    def server(self) -> Server:
        """One that may be killed."""
        self.doomed.append(self.house.server())
        return self.doomed[-1]

    def captures(self) -> list[int]:
        return self.moved("capture")

    def moved(self, kind: str) -> list[int]:
        made = self.house.simulator.book()[self.begun :]
        return [row["amount_minor"] for row in made if row["kind"] == kind]


@pytest.fixture
def world(house: House, settings: LazySettings) -> Iterator[World]:
    """Padaria Sol, in its second cycle, whose invoice is not due yet."""
    load_catalog()
    simulator = house.simulator
    options = {"base_url": simulator.url, "public_url": simulator.url, "secret": simulator.secret}
    adapter = "abono.gateways.simulator.adapter.SimulatorGateway"
    settings.GATEWAYS = {"simulator": {"adapter": adapter, "options": options}}
    registry.gateway.cache_clear()
    begun = len(simulator.book())
    signed_at = clock.now() - 35 * DAY
    signup_id = begin_signup(now=signed_at)
    frame = simulator.gateway().open_card_frame(
        contract_actions.read_signup(signup_id).public_id, "en", "https://abono.example", key=f"{signup_id}"
    )
    simulator.type_card_that(Behaviour.PAID, frame.ref)
    signed = sign(signup_id=signup_id, card=frame.ref, now=signed_at)
    tenant = Tenant(signed.customer_id, signed.contract_id, {})
    renew(contract_id=tenant.contract_id, now=clock.now())
    world = World(house, tenant, program(signed.customer_id).key, begun)
    yield world
    for server in world.doomed:
        server.end(signal.SIGKILL)
    registry.gateway.cache_clear()


# Where the process is when it dies. Each gives the moment, with what holds it there let go afterwards.


@contextmanager
def before_anything(world: World, asked: Callable[[], Future[Any]]) -> Iterator[None]:
    with transaction.atomic():
        _run(CUSTOMER)
        until_all_wait([asked()])
        yield


@contextmanager
def before_the_gateway_heard_of_it(world: World, asked: Callable[[], Future[Any]]) -> Iterator[None]:
    world.gate.keep("request")
    asked()
    assert world.gate.kept.wait(30)
    yield
    world.gate.open()


@contextmanager
def before_we_heard_the_answer(world: World, asked: Callable[[], Future[Any]]) -> Iterator[None]:
    world.gate.keep("answer")
    asked()
    assert world.gate.kept.wait(30)
    yield
    world.gate.open()


@contextmanager
def _after_the_answer(world: World, asked: Callable[[], Future[Any]], lock: str) -> Iterator[None]:
    world.gate.keep("answer")
    answer = asked()
    assert world.gate.kept.wait(30)
    with transaction.atomic():
        _run(lock)
        world.gate.open()
        until_all_wait([answer])
        yield


@contextmanager
def before_it_was_applied(world: World, asked: Callable[[], Future[Any]]) -> Iterator[None]:
    with _after_the_answer(world, asked, CUSTOMER):
        yield


@contextmanager
def before_it_was_told(world: World, asked: Callable[[], Future[Any]]) -> Iterator[None]:
    with _after_the_answer(world, asked, ANSWERS):
        yield


@contextmanager
def once_it_is_done_before_it_was_told(world: World, asked: Callable[[], Future[Any]]) -> Iterator[None]:
    """Of a write that asks no gateway."""
    beside = connection.copy()
    beside.set_autocommit(False)
    try:
        with transaction.atomic():
            _run(CUSTOMER)
            answer = asked()
            until_all_wait([answer])
            with beside.cursor() as cursor:
                cursor.execute(ANSWERS)
        until_all_wait([answer])
        yield
    finally:
        beside.close()


STEPS = [
    pytest.param(before_anything, marks=pytest.mark.nightly),
    before_the_gateway_heard_of_it,
    pytest.param(before_we_heard_the_answer, marks=pytest.mark.nightly),
    before_it_was_applied,
    pytest.param(before_it_was_told, marks=pytest.mark.nightly),
]


def cut_off_and_asked_again(
    world: World, step: Any, path: str, body: object, *, once: str
) -> tuple[int, Any]:
    """The write, killed at that step, and asked again of another process with the same key."""
    first = world.server()
    with ThreadPoolExecutor(1) as pool:
        asked: list[Future[Any]] = []

        def ask() -> Future[Any]:
            asked.append(pool.submit(_post, first, world, path, body, once=once))
            return asked[0]

        with step(world, ask):
            again = _post(first, world, path, body, once=once)
            assert (again[0], again[1]["code"]) == (
                409,
                "idempotency.in_progress",
            )  # it runs: nobody else does
            first.end(signal.SIGKILL)
            _run(ITS_CONNECTIONS_END)
        with pytest.raises(Lost):
            asked[0].result(30)
    second = world.house.survivor
    warm = f"/v1/contracts/{public('ctr', world.tenant.contract_id)}/changes"
    _post(second, world, warm, {"package": "none"}, once="warm")  # so that what follows takes its own time
    since, answer = time.monotonic(), _post(second, world, path, body, once=once)
    assert time.monotonic() - since < WITHIN_S
    assert _post(second, world, path, body, once=once) == answer  # and so for good
    return answer


def _post(server: Server, world: World, path: str, body: object, *, once: str) -> tuple[int, Any]:
    caller = Caller(server.port, world.key)
    try:
        return caller.post(path, body, once=once)
    finally:
        caller.close()


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.rule("CHG-1", "CHG-5", "PAY-7")
@pytest.mark.rule("OPS-1", part="killed at any moment")
@pytest.mark.rule("API-2", part="cut off by a crash")
@pytest.mark.parametrize("step", STEPS)
def test_a_raise_that_was_cut_off_is_told_as_it_went_and_charged_once(world: World, step: Any) -> None:
    asked = public("chg", quote(world.tenant, package="brl-250", now=clock.now()))
    before = world.captures()

    status, told = cut_off_and_asked_again(world, step, f"/v1/changes/{asked}/accept", {}, once="raise")

    assert (status, told["payment"]["state"]) == (200, "paid")
    change = told["change"]
    assert (change["before"]["package"], change["now"]["package"]) == ("brl-100", "brl-250")
    assert (change["state"], change["today_minor"]) == ("applied", 150_00)
    assert world.captures() == [*before, 150_00]
    assert world.tenant.contract.package_code == "brl-250"
    assert check_books() == []


@pytest.mark.rule("FIN-3", "PAY-7")
@pytest.mark.rule("API-2", part="cut off by a crash")
@pytest.mark.parametrize("step", first_by_day([before_we_heard_the_answer, before_it_was_told]))
def test_a_payment_that_was_cut_off_is_told_as_it_went_and_charged_once(world: World, step: Any) -> None:
    invoice = Invoice.objects.get(reason="renewal")
    path = f"/v1/invoices/{invoice.public_id}/payments"

    status, told = cut_off_and_asked_again(world, step, path, {}, once="pay")

    assert (status, told["payment"]["state"], told["invoice"]["state"]) == (201, "paid", "paid")
    assert world.captures() == [1_349_00, 700_00]
    assert check_books() == []


@pytest.mark.rule("CON-3", "PAY-7")
@pytest.mark.rule("API-2", part="cut off by a crash")
@pytest.mark.parametrize("step", first_by_day([before_it_was_told, before_the_gateway_heard_of_it]))
def test_an_order_that_was_cut_off_is_told_as_it_went_and_charged_once(world: World, step: Any) -> None:
    shop = program(None)
    world.key = shop.key
    order = shop.post("/orders", ORDER, once="order").json()
    fields = shop.post(
        f"/orders/{order['id']}/card-fields", {"parent_origin": "https://shop.example"}, once="card"
    ).json()
    world.house.simulator.type_card_that(Behaviour.PAID, fields["ref"])
    asked = {"offer": order["quote"]["offer"], "card": fields["ref"], "terms_version": terms.VERSION}

    status, told = cut_off_and_asked_again(
        world, step, f"/v1/orders/{order['id']}/payments", asked, once="pay"
    )

    assert (status, told["state"], told["contract"]["state"]) == (201, "done", "active")
    assert world.captures() == [1_349_00, 1_349_00]
    assert check_books() == []


@pytest.mark.rule("CON-10", part="full refund in one press")
@pytest.mark.rule("API-2", part="cut off by a crash")
@pytest.mark.parametrize("step", first_by_day([once_it_is_done_before_it_was_told, before_anything]))
def test_a_contract_whose_giving_back_was_cut_off_is_given_back_once(world: World, step: Any) -> None:
    within = timedelta(days=90)
    set_value(setting=REGRET_WITHIN, value=within, actor="olga", why="a test", now=clock.now() - 40 * DAY)
    path = f"/v1/contracts/{public('ctr', world.tenant.contract_id)}/regret"

    status, told = cut_off_and_asked_again(world, step, path, {}, once="regret")

    assert (status, told["amount_minor"]) == (201, 1_349_00)  # that of its second cycle was not taken yet
    ask_gateways(real=clock.now() + HOUR)
    assert world.moved("refund") == [1_349_00]
    assert world.tenant.contract.state is State.ENDED
    assert check_books() == []


@pytest.mark.rule("LIM-4")
@pytest.mark.rule("API-2", part="cut off by a crash")
def test_an_interim_invoice_that_was_cut_off_before_it_was_there_is_issued_once(world: World) -> None:
    use(world.tenant.contract_id, 364, at=clock.now())  # 363 × 0.55 = 199.65 of 200.00: blocked
    path = f"/v1/contracts/{public('ctr', world.tenant.contract_id)}/interim-invoices"
    first = world.server()
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        _run("LOCK TABLE platform_event IN SHARE ROW EXCLUSIVE MODE")
        asked = pool.submit(_post, first, world, path, {}, once="interim")
        until_all_wait([asked])
        first.end(signal.SIGKILL)
        _run(ITS_CONNECTIONS_END)
    with pytest.raises(Lost):
        asked.result(30)
    assert not Invoice.objects.filter(reason="interim").exists()

    status, told = _post(world.house.survivor, world, path, {}, once="interim")

    assert (status, told["total_minor"]) == (201, 99_65)
    assert check_books() == []
