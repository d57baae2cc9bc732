"""What a web process and a worker write down while people and programs use them: each line an object, no secret in any (OPS-4)."""

from __future__ import annotations

import json
import re
import signal
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import pytest

from abono.domain.identity import actions as identity
from abono.kernel.ids import public
from abono.platform import clock
from tests.concurrency.server import Server, database_url
from tests.concurrency.worker_process import worker
from tests.world import PASSWORD, Tenant, load_catalog, make_padaria

TOKEN = "c8x1l2-0a1b2c3d4e5f60718293a4b5c6d7e8f9"
CONTACT = "+5511987654321"


class Browser:
    """Keeps cookies; no more."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.cookies: dict[str, str] = {}

    def ask(
        self, method: str, path: str, form: dict[str, str] | None = None, body: str = "", **headers: str
    ) -> tuple[int, dict[str, str], str]:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        sent = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **headers}
        if form is not None:
            sent["content-type"] = "application/x-www-form-urlencoded"
            body = urlencode(form)
        try:
            connection.request(method, path, body or None, sent)
            answer = connection.getresponse()
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    cookie, _, kept = value.partition(";")[0].partition("=")
                    self.cookies[cookie] = kept
            said = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, said, answer.read().decode()
        finally:
            connection.close()


@pytest.fixture
def padaria(transactional_db: None) -> Tenant:
    load_catalog()
    return make_padaria(card="ok", now=clock.now())


@pytest.fixture
def fake_gateway(gateway: object) -> None:
    """What signs the padaria's contract."""


@pytest.mark.rule("OPS-4", part="logs")
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("fake_gateway")
def test_nothing_that_tells_of_persons_or_opens_doors_is_in_the_logs_of_a_story(padaria: Tenant) -> None:
    _id, key = identity.issue_key(
        name="p",
        customer_id=padaria.customer_id,
        scopes=("read", "write", "meter"),
        expires_at=None,
        actor="ana",
        now=clock.now(),
    )
    bearer = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    contract = public("ctr", padaria.contract_id)
    web = Server()
    try:
        ana = Browser(web.port)
        ana.ask("GET", "/en/plans/?email=ana@padaria.example&card=4242424242424242")
        ana.ask("GET", f"/en/set-password/{public('prs', padaria.people['ana'])}/{TOKEN}/")
        ana.ask("POST", f"/en/set-password/{public('prs', padaria.people['ana'])}/{TOKEN}/", {"x": PASSWORD})
        ana.ask("GET", "/en/sign-in/")
        token = ana.cookies["csrftoken"]
        for password in ("wrong horse battery", PASSWORD):
            form = {"email": "ana@padaria.example", "password": password, "csrfmiddlewaretoken": token}
            status, _headers, _page = ana.ask("POST", "/en/sign-in/", form)
        assert status == 302  # she is in
        session = ana.cookies["sessionid"]
        status, headers, _page = ana.ask("GET", "/en/home/", **{"x-request-id": "story-0001"})
        assert (status, headers["x-request-id"]) == (200, "story-0001")
        ana.ask(
            "POST", "/en/settings/contracts/x%0a2026-11-28%20CRITICAL%20FORGED%1b[31m/change/", {"a": "b"}
        )
        ana.ask("GET", f"/v1/contracts/{contract}?about={CONTACT}", **bearer)
        assert ana.ask("GET", "/v1/contracts", **bearer)[0] == 200
        ana.ask("GET", "/v1/contracts", authorization=f"Bearer {key[:-2]}xx")
        hold = {"id": CONTACT, "contract": contract, "channel": "sms", "kind": "message", "country": "BR"}
        ana.ask("POST", "/v1/holds", body=json.dumps(hold), **bearer)
        ana.ask("GET", f"/v1/sends/{contract}/{CONTACT}", **bearer)
        ana.ask("POST", "/inbound/zenvia/", body=json.dumps({"to": CONTACT}), **bearer)
    finally:
        web.end(signal.SIGTERM)
    with worker() as working:
        working.end(signal.SIGTERM)

    began = next(n for n, line in enumerate(web.log) if line.startswith("{"))
    lines: list[dict[str, Any]] = [json.loads(line) for line in [*web.log[began:], *working.log]]
    for written in lines:
        assert written.keys() >= {"time", "level", "logger", "message"}
    requests = [written for written in lines if written["logger"] == "abono.request"]
    assert len(requests) == 12  # the fast lane's two have none
    assert all(written["request_id"] for written in requests)
    (home,) = [written for written in requests if written["request_id"] == "story-0001"]
    person = padaria.people["ana"]
    assert (home["route"], home["status"], home["actor"]) == ("/en/home/", 200, f"person:{person}")
    assert f"key:{key[:12]}" in {written.get("actor") for written in requests}

    everything = "".join([*web.log, *working.log])
    secrets = [PASSWORD, "wrong horse", "ana@padaria.example", "4242424242424242", TOKEN, token, session]
    secrets += [key, key[:-2], CONTACT, CONTACT[1:], "Ana Souza", "FORGED", database_url()]
    assert [secret for secret in secrets if secret in everything] == []
    assert re.search(r"[^\x20-\x7e\n]", everything) is None
