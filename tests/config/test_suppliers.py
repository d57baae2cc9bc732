"""What `abono doctor` says of those who take money for the seller, by their options (OPS-7)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from pydantic import SecretStr

from abono.config import suppliers
from abono.config.doctor import around, stripe
from abono.config.doctor.finding import Level
from abono.config.env import ConfigurationError
from abono.domain.payments import registry
from tests.certificates import Authority
from tests.config.test_doctor import given, level
from tests.pushes import FakePush
from tests.stand_ins import listening

pytestmark = pytest.mark.rule("OPS-7", part="doctor")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({}, "its certificate ends on"),
        ({"pix_key": "11.222.333/0001-81"}, "pix_key is no key"),
        ({"key_file": "/nowhere"}, "No such file"),
        (
            {"base_url": "http://pix.bank.example", "client_id": ""},
            "base_url is no https address; client_id is missing",
        ),
        ({"receiver_city": "SÃO PAULO"}, "receiver_city is empty, too long or has accents"),
        (
            {"webhook_senders": [], "webhook_secret": "short"},
            "webhook_senders names no certificate; webhook_secret",
        ),
        ({"webhook_header": "X Client"}, "webhook_header"),
        ({"nothing": 1}, "nothing"),
    ],
)
def test_what_is_wrong_with_the_options_of_pix_is_said_in_one_line(
    settings: LazySettings, tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    with pix_gateway(settings, tmp_path, timedelta(days=90), **change):
        assert level(around.gateways(given()), "gateway", says) == (Level.WRONG if change else Level.OK)


@pytest.mark.parametrize(("days", "found"), [(29, Level.WARNING), (-1, Level.WRONG)])
def test_a_certificate_with_which_we_are_soon_let_in_no_more_is_told_of(
    settings: LazySettings, tmp_path: Path, days: int, found: Level
) -> None:
    with pix_gateway(settings, tmp_path, timedelta(days=days)):
        assert level(around.gateways(given()), "gateway", "ends on") == found


def test_a_certificate_with_the_key_of_another_is_wrong(settings: LazySettings, tmp_path: Path) -> None:
    other = Authority(tmp_path).pair("other")
    with pix_gateway(settings, tmp_path, timedelta(days=90), key_file=str(other.key)):
        assert level(around.gateways(given()), "gateway", "key values mismatch") == Level.WRONG


@contextmanager
def pix_gateway(settings: LazySettings, folder: Path, lasts: timedelta, **change: Any) -> Iterator[None]:
    """Pix as the only gateway, with a certificate that lasts so long."""
    pair = Authority(folder).pair("client", lasts)
    options = {
        "base_url": "https://pix.bank.example/api",
        "token_url": "https://pix.bank.example/oauth/token",
        "client_id": "abono",
        "client_secret": "secret",
        "certificate_file": str(pair.certificate),
        "key_file": str(pair.key),
        "pix_key": "12ABC34501DE35",
        "receiver_name": "Abono SA",
        "receiver_city": "SAO PAULO",
        "webhook_header": "X-Client-Certificate",
        "webhook_senders": ["AA:BB"],
        "webhook_secret": "a-part-of-the-address",
    }
    adapter = "abono.gateways.pix.adapter.PixGateway"
    settings.GATEWAYS = {"pix": {"adapter": adapter, "options": {**options, **change}}}
    registry.gateway.cache_clear()
    try:
        yield
    finally:
        registry.gateway.cache_clear()


def test_a_gateway_that_does_not_answer_is_wrong(settings: LazySettings) -> None:
    settings.GATEWAYS = {"simulator": settings.GATEWAYS["simulator"]}
    with listening(200) as there:
        assert level(around.gateways(given(simulator_url=there.origin)), "gateway", "answers") == 0
        assert level(around.gateways(given(simulator_url=there.origin)), "gateway", "204") == 2
    assert level(around.gateways(given(simulator_url=there.origin)), "gateway", "does not answer") == 2


STRIPE = {
    "stripe_secret_key": "rk_live_1",
    "stripe_publishable_key": "pk_live_1",
    "stripe_webhook_secret": "whsec_1",
}
TEST_MODE = {"stripe_secret_key": "sk_test_1", "stripe_publishable_key": "pk_test_1"}


@pytest.mark.parametrize(
    ("change", "found", "says"),
    [
        ({}, Level.OK, "live mode"),
        (TEST_MODE, Level.WARNING, "moves no money"),
        ({"stripe_secret_key": "pk_live_2"}, Level.WRONG, "STRIPE_SECRET_KEY is not such a key"),
        ({"stripe_secret_key": ""}, Level.WRONG, "STRIPE_SECRET_KEY is missing"),
        ({"stripe_publishable_key": "pk_test_1"}, Level.WRONG, "live mode and the other of test mode"),
        ({"stripe_publishable_key": "sk_live_1"}, Level.WRONG, "PUBLISHABLE_KEY is not such a key"),
        ({"stripe_webhook_secret": ""}, Level.WRONG, "WEBHOOK_SECRET is missing"),
        ({"stripe_webhook_secret": "sk_live_1"}, Level.WRONG, "WEBHOOK_SECRET is not such a key"),
    ],
)
def test_each_key_of_stripe_that_cannot_work_has_a_line_that_does_not_show_it(
    change: dict[str, str], found: Level, says: str
) -> None:
    keys = STRIPE | change
    secret = {name: SecretStr(key) for name, key in keys.items() if name != "stripe_publishable_key"}
    settings = given(**keys | secret)
    said = list(stripe.keys(settings))
    assert level(said, "gateway", says) == found
    shown = f"{said} {settings!r}"
    assert [
        key.get_secret_value() for key in secret.values() if key and key.get_secret_value() in shown
    ] == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"stripe_push": ("boleto", "pix")}, ""),
        (
            {"stripe_push": ("pix",), "pix": {"a": 1}},
            "pix is asked for by ABONO_PIX and by ABONO_STRIPE_PUSH",
        ),
        (
            {"stripe_push": ("boleto",), "bank_boleto": {"a": 1}},
            "slip is asked for by ABONO_BANK_BOLETO and by ABONO_STRIPE_PUSH",
        ),
        (
            {"stripe_push": ("pix",), "pix": {"gateway": "itau", "a": 1}},
            "pix is asked for by ABONO_PIX and by ABONO_STRIPE_PUSH",
        ),
        ({"stripe_push": ("pix",), "stripe_secret_key": SecretStr("")}, "needs ABONO_STRIPE_SECRET_KEY"),
    ],
)
@pytest.mark.rule("PAY-7", part="never repeated blindly")
def test_a_means_has_one_supplier_or_nothing_starts_and_the_doctor_names_both(
    settings: LazySettings, change: dict[str, Any], says: str
) -> None:
    settings.GATEWAYS = {}
    with_keys = given(**{"stripe_secret_key": SecretStr("rk_live_1"), **change})
    found = [finding.what for finding in around.gateways(with_keys) if "ABONO_STRIPE_PUSH" in finding.what]
    assert len(found) == bool(says)
    if not says:
        suppliers.require(with_keys)
        assert with_keys.push_suppliers == {"pix": ("stripe_push",), "slip": ("stripe_push",)}
        return
    assert says in found[0]
    with pytest.raises(ConfigurationError, match=says):
        suppliers.require(with_keys)


@pytest.mark.rule("PAY-7", part="news twice, late, in any order")
def test_a_supplier_that_was_changed_is_still_asked_what_came_and_asks_for_nothing() -> None:
    moved = given(pix={"gateway": "itau", "pix_key": "new"}, pix_before={"pix": {"pix_key": "old"}})
    assert moved.pix_by_name == {"itau": {"pix_key": "new"}, "pix": {"pix_key": "old"}}
    assert (moved.push_suppliers["pix"], list(suppliers.crossed(moved))) == (("itau",), [])
    account = {"name": "Olga Planos Ltda.", "bank": "341"}
    assert given(bank_boleto=account).bank_boleto_by_name == {"bank_boleto": account}
    to_stripe = given(pix_before={"pix": {"a": 1}}, stripe_push=("pix",), stripe_secret_key=SecretStr("rk_1"))
    assert (to_stripe.push_suppliers["pix"], list(suppliers.crossed(to_stripe))) == (("stripe_push",), [])
    same = {"bank": "341", "agency": "0810", "account": "53678"}
    for wrong in (
        given(pix={"a": 1}, pix_before={"pix": {"a": 2}}),
        given(pix_before={"Old one": {"a": 1}}),
        given(pix={"gateway": ["itau"]}),
        given(
            bank_boleto=same | {"gateway": "new", "wallet": "112"}, bank_boleto_before={"bank_boleto": same}
        ),
    ):
        assert len(list(suppliers.crossed(wrong))) == 1


def test_a_supplier_that_asks_no_more_is_still_one_of_pix_or_slips(
    bank: FakePush, settings: LazySettings
) -> None:
    settings.PUSH_GATEWAYS = {}
    assert registry.pushes("bank")
    assert not registry.pushes(registry.serving())


def test_without_stripe_nothing_is_said_of_it() -> None:
    assert list(stripe.keys(given())) == []
