"""The example application of a sign-in (examples/sign_in), beside the fast lane in this process."""

from __future__ import annotations

import json
import string
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3
from django.conf import settings
from django.test import Client, override_settings

from abono.flows.licences.ask import ask_licences
from abono.flows.licences.facts import Claim
from abono.flows.licences.free import free_licences
from abono.flows.licences.proofs import keep_signing_keys
from abono.flows.licences.said import REFUSED
from abono.platform import clock
from examples.sign_in.app import SETTINGS
from examples.sign_in.licences import AWAY, IN, OUR_MISTAKES, OUT, WAITING, Licences, Misused
from examples.sign_in.words import WORDS
from tests.domain.metering.world import World
from tests.entrypoints.meter.client import Answer, Program, Tenant, office

OURS = {"ROOT_URLCONF": settings.ROOT_URLCONF, "MIDDLEWARE": settings.MIDDLEWARE}


@dataclass
class Reply:
    status: int
    data: bytes

    def json(self) -> Any:
        return json.loads(self.data)


@dataclass
class Line:
    """From the example to the fast lane, in place of a pool of connections, and the example's clock."""

    api: Program
    broken: bool = False
    later_s: int = 0
    slow_s: int = 0
    asked: list[str] = field(default_factory=list)

    def request(self, method: str, url: str, *, json: Any, headers: dict[str, str]) -> Reply:
        path = urlsplit(url).path
        self.asked.append(path)
        if self.broken:
            raise urllib3.exceptions.ReadTimeoutError(None, url, "nobody")  # type: ignore[arg-type]
        if method == "GET":
            with override_settings(**OURS):
                return Reply(200, Client().get(path).content)
        answer: Answer = self.api.post(path, json, **headers)
        self.later_s += self.slow_s
        return Reply(answer.status, answer.body)

    def now(self) -> float:
        return clock.now().timestamp() + self.later_s


@pytest.fixture
def padaria(world: World) -> Tenant:
    """Owns two licences. Ana Souza administers it."""
    keep_signing_keys(now=clock.now())
    return office(world, licences=2)


@pytest.fixture
def line(api: Program) -> Line:
    return Line(api)


@pytest.fixture
def licences(line: Line, padaria: Tenant) -> Licences:
    url = settings.PUBLIC_URL
    return Licences(url, key=padaria.key, contract=padaria.contract, http=line, now=line.now)


@pytest.fixture
def application(licences: Licences) -> Iterator[None]:
    with override_settings(**SETTINGS, LICENCES=licences):
        yield


class Browser:
    """Somebody at the example's page, in their language."""

    def __init__(self, person: str, language: str) -> None:
        self._client, self._person = Client(headers={"accept-language": language}), person

    def sign_in(self, **typed: str) -> str:
        self._client.post("/sign-in", {"person": self._person, **typed})
        return self.sees()

    def sign_out(self) -> None:
        self._client.post("/sign-out")

    def sees(self) -> str:
        return self._client.get("/").content.decode()

    def still_here(self) -> str:
        """What the open page says to the server by itself; what is shown next."""
        told = self._client.post("/still-here", {"idle_s": "5"}).json()["as_shown"]
        assert told.partition(" ")[0] in (IN, WAITING, OUT, AWAY)
        return self.sees()


@pytest.mark.rule("LIC-1", part="lost by time")
@pytest.mark.rule("LIC-4", part="who can help")
@pytest.mark.rule("LIC-7", part="position told")
@pytest.mark.usefixtures("application")
def test_more_people_than_licences_sign_in_wait_are_let_in_and_are_told_why_they_are_out(
    line: Line, padaria: Tenant
):
    ana, bruno = Browser("ana@p.example", "pt-BR"), Browser("bruno@p.example", "pt-BR")
    carla, diego = Browser("carla@p.example", "es"), Browser("diego@p.example", "fr")
    assert "Você está dentro, ana@p.example. Licenças em uso: 1 de 2." in ana.sign_in()
    assert "em uso: 2 de 2." in bruno.sign_in()

    refused = carla.sign_in()
    assert (
        "Todas las licencias están en uso. Quién puede liberar una licencia o comprar una más: Ana Souza."
        in refused
    )
    assert "Esperar una licencia" in refused
    assert "Eres el número 1 de la fila" in carla.sign_in(wait="yes")
    assert "You are number 2 in the queue" in diego.sign_in(wait="yes")
    asked = len(line.asked)
    carla.still_here()
    assert len(line.asked) == asked  # not before it is time

    line.later_s += 10
    assert "Eres el número 1" in carla.still_here()
    ana.sign_out()
    line.later_s += 10
    assert "number 2" not in diego.still_here()  # Carla's licence is set aside; he is the first who waits
    assert "Estás dentro, carla@p.example." in carla.still_here()

    free_licences(
        contract_id=padaria.contract_id,
        customer_id=None,
        people=["bruno@p.example"],
        actor="test",
        now=clock.now(),
    )
    line.later_s += 60
    assert "Um administrador liberou a sua licença." in bruno.still_here()
    assert "You are in, diego@p.example." in diego.still_here()

    elena = Claim("elena 1", padaria.contract, "elena")
    [said] = ask_licences([elena], customer_id=None, now=clock.now() + timedelta(minutes=6))
    assert not said.word.refused  # no heartbeat came for so long, of Carla's for the longest
    lost = carla.still_here()
    assert "No supimos de ti a tiempo y otra persona tiene la licencia." in lost
    assert "Iniciar sesión de nuevo" in lost


@pytest.mark.rule("LIC-11", part="what it names")
@pytest.mark.rule("LIC-11", part="never outlives")
def test_while_abono_is_away_a_proof_keeps_people_in_and_nobody_else_comes(
    line: Line, padaria: Tenant, licences: Licences
):
    ana = licences.claim(" Ana@p.example", device="Firefox")
    assert (ana.state, ana.person, licences.proves(ana)) == (IN, "ana@p.example", True)
    bruno = licences.claim("bruno")
    line.later_s = -3_600  # a clock that is wrong
    elsewhere = licences.claim("ana@p.example")
    assert (licences.proves(elsewhere), licences.proves(ana)) == (True, True)
    line.later_s = -3_299
    assert not licences.proves(elsewhere)  # 301 seconds later
    line.later_s, line.slow_s = 0, 4
    slow = licences.claim("ana@p.example")
    line.later_s, line.slow_s = 300, 0
    assert not licences.proves(slow)  # the lease is over, counted from the question
    line.later_s = 0
    named = {"key": padaria.key, "contract": padaria.contract, "http": line}
    strange = Licences("http://10.0.0.7", issuer="https://another.example", **named)
    assert not strange.proves(strange.claim("ana@p.example"))
    ana = licences.claim("ana@p.example")
    head, body, signature = ana.proof.split(".")
    for wrong in (
        replace(ana, proof=f"{head}.{body}.{signature[:-8]}AAAAAAAA"),
        replace(ana, proof=f"{head}.{bruno.proof.split('.')[1]}.{signature}"),
        replace(ana, proof=bruno.proof),
        replace(ana, person="carla"),
        replace(ana, id=bruno.id),
        replace(ana, proof="x"),
        replace(ana, proof=""),
    ):
        assert not licences.proves(wrong)

    line.broken, line.later_s = True, 60
    kept = licences.keep(ana)
    assert (kept.state, kept.away, licences.asks_in(kept)) == (IN, True, pytest.approx(10, abs=5))
    assert licences.claim("carla").state == AWAY
    licences.release(bruno)  # nobody hears it
    line.later_s = 301
    out = licences.keep(kept)
    assert (out.state, licences.proves(out)) == (AWAY, False)

    line.broken = False
    assert (licences.keep(out).state, licences.keep(bruno).state) == (IN, IN)  # nobody took theirs meanwhile
    carla = licences.claim("carla")
    assert (carla.state, carla.code, licences.asks_in(carla)) == (OUT, "all_in_use", None)
    licences.release(bruno)
    unheard = replace(carla, state=AWAY)  # as if her sign-in had not been answered
    assert licences.keep(unheard).state == IN
    diego = licences.claim("diego", wait=True)
    elena = Claim("elena 1", padaria.contract, "elena", wait=True)
    ask_licences([elena], customer_id=None, now=clock.now() + timedelta(seconds=30))
    assert (diego.position, licences.keep(diego).position) == (1, 2)  # his place was lost, and he waits anew


def test_a_key_or_contract_that_is_wrong_is_no_refusal(line: Line, padaria: Tenant):
    for key, contract in (("abk_x", padaria.contract), (padaria.key, "ctr_01jzd2v6k3e8rv9a4mrw5qy0bn")):
        line.api.key = None
        with pytest.raises(Misused):
            Licences("http://a", key=key, contract=contract, http=line).claim("ana")


def test_each_reason_is_said_in_each_language_with_the_same_facts():
    def facts(text: str) -> set[str | None]:
        return {name for _text, name, *_more in string.Formatter().parse(text) if name}

    english = WORDS["en"]
    assert set(REFUSED) - OUR_MISTAKES <= set(english)
    for words in WORDS.values():
        assert {name: facts(text) for name, text in words.items()} == {
            name: facts(text) for name, text in english.items()
        }
