"""Behind an https address nothing of demos and development serves by accident (ACC-7)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from abono.config import env, unsafe
from abono.config.settings import _database
from abono.kernel.ids import uuid7
from abono.platform import clock, events
from tests.concurrency.server import database_url
from tests.forked import Forked
from tests.processes import abono, environment
from tests.world import make_olga

SAFE = {
    "ABONO_PUBLIC_URL": "https://planes.seller.com",
    "ABONO_SECRET_KEY": "q8Zr2mX0v7Lk4Tn9Wb1Ys6Hd3Gf5JcPa",
    "ABONO_PROXIES": "1",
    "ABONO_SIMULATOR": "1",
    "ABONO_SELLER_NAME": "Vendedora S.A.",
    "ABONO_SELLER_TAX_ID": "CNPJ 11.444.777/0001-61",
    "ABONO_SELLER_ADDRESS": "Rua Um 1, São Paulo",
    "ABONO_SELLER_EMAIL": "ajuda@seller.com",
    "ABONO_MAIL_FROM": "Vendedora <no-reply@seller.com>",
    "DATABASE_URL": "postgresql:///abono",
}
OURS = ("ABONO_", "DATABASE_URL", "PGHOST", "PGSSLMODE")
SIGN_INS = {f"ABONO_DATABASE_URL_{role}": "postgresql:///abono" for role in ("WEB", "METER", "WORKER")}

type Settings = Callable[..., env.Settings]


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """Those of an installation that is safe, but for what is given otherwise; None: not set."""
    monkeypatch.chdir(tmp_path)

    def load(**other: str | None) -> env.Settings:
        for name in [name for name in os.environ if name.startswith(OURS)]:
            monkeypatch.delenv(name)
        for name, value in {**SAFE, **other}.items():
            if value is not None:
                monkeypatch.setenv(name, value)
        return env.load()

    return load


def whats(found: env.Settings) -> list[str]:
    return [reason.what for reason in unsafe.of_environment(found)]


def test_what_is_safe_has_no_reason(settings: Settings) -> None:
    assert whats(settings()) == []


@pytest.mark.rule("ACC-7", part="refuses to start")
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"ABONO_DEBUG": "1"}, "ABONO_DEBUG"),
        ({"ABONO_ALLOW_UNSAFE_FSYNC": "1"}, "ABONO_ALLOW_UNSAFE_FSYNC"),
        ({"ABONO_SECRET_KEY": "x"}, "can be guessed"),
        ({"ABONO_SECRET_KEY": "ab" * 30}, "can be guessed"),
        ({"ABONO_SECRET_KEY_BEFORE": "x"}, "ABONO_SECRET_KEY_BEFORE can be guessed"),
        ({"ABONO_SECRET_KEY": None}, "the folder from which"),
        ({"ABONO_PROXIES": None}, "no proxy"),
        ({"ABONO_SIMULATOR": None}, "the simulator"),
        ({"ABONO_SIMULATOR": "0"}, "the simulator"),
        ({"ABONO_SIMULATOR": None, "ABONO_STRIPE_SECRET_KEY": "sk_test_1"}, "test mode"),
        ({"ABONO_SELLER_NAME": None}, "ABONO_SELLER_NAME"),
        ({"ABONO_MAIL_FROM": None}, "ABONO_MAIL_FROM"),
        ({"ABONO_SMTP_HOST": "mail.seller.com"}, "in the open"),
        ({"DATABASE_URL": "postgresql://u@db.seller.com/abono"}, "the line to it"),
        ({"DATABASE_URL": "postgresql://u@db.seller.com/abono?sslmode=prefer"}, "the line to it"),
        ({"DATABASE_URL": "postgresql:///abono?host=127.0.0.1,db.seller.com"}, "the line to it"),
        ({"DATABASE_URL": "postgresql://u@localhost/abono?hostaddr=192.0.2.7"}, "the line to it"),
        ({"PGHOST": "db.seller.com"}, "the line to it"),
        (SIGN_INS | {"ABONO_DATABASE_URL_METER": "postgresql://m@db.seller.com/abono"}, "the line to it"),
    ],
)
def test_each_thing_that_is_unsafe_behind_https_is_a_reason_and_behind_http_none(
    settings: Settings, change: dict[str, str | None], says: str
) -> None:
    [what] = whats(settings(**change))
    assert says in what
    assert whats(settings(**{**change, "ABONO_PUBLIC_URL": "http://127.0.0.1"})) == []


@pytest.mark.rule("ACC-7", part="told in so many words")
@pytest.mark.parametrize(
    "change",
    [
        {"ABONO_SECRET_KEY": None, "ABONO_HOME": "/var/lib/abono"},
        {"ABONO_SELLER_NAME": None, "ABONO_DEMO_DATA": "1"},
        {"ABONO_SIMULATOR": None, "ABONO_STRIPE_SECRET_KEY": "sk_live_1"},
        {"ABONO_STRIPE_SECRET_KEY": "sk_test_1"},
        {"ABONO_SMTP_HOST": "mail.seller.com", "ABONO_SMTP_SECURITY": "starttls"},
        {"ABONO_SMTP_HOST": "mail.seller.com", "ABONO_PLAIN_SMTP": "1"},
        {"DATABASE_URL": "postgresql://u@db.seller.com/abono?sslmode=verify-full"},
        {"DATABASE_URL": "postgresql://u@db.seller.com/abono", "ABONO_PLAIN_DATABASE": "1"},
        {"DATABASE_URL": "postgresql://u@db.seller.com/abono", "PGSSLMODE": "verify-full"},
        {"DATABASE_URL": "postgresql://u@[::1]/abono"},
        {"DATABASE_URL": "postgresql://u@localhost/abono"},
    ],
)
def test_each_way_out_is_one(settings: Settings, change: dict[str, str | None]) -> None:
    assert whats(settings(**change)) == []


@pytest.mark.django_db
@pytest.mark.rule("ACC-7", part="refuses to start")
def test_the_people_of_a_demo_and_its_passwords_do_not_serve_behind_https(settings: Settings) -> None:
    safe = settings()
    unsafe.require(safe)
    make_olga()
    with pytest.raises(unsafe.Unsafe, match="everybody knows: olga") as told:
        unsafe.require(safe)
    assert "ABONO_DEMO_DATA=1" in str(told.value)
    unsafe.require(settings(ABONO_PUBLIC_URL="http://127.0.0.1:8000"))
    unsafe.require(settings(ABONO_DEMO_DATA="1"))


@pytest.mark.django_db
@pytest.mark.rule("ACC-7", part="refuses to start")
def test_the_database_of_a_demo_does_not_serve_behind_https(settings: Settings) -> None:
    safe = settings()
    subject = ("demo", uuid7())
    events.record(name=unsafe.DEMO_BEGUN, subject=subject, customer_id=None, actor="demo", now=clock.now())
    with pytest.raises(unsafe.Unsafe, match="the database is that of a demo"):
        unsafe.require(safe)


@pytest.mark.django_db
def test_transactions_are_what_our_locks_count_on_and_nothing_else_serves(settings: Settings) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW default_transaction_isolation")
        assert cursor.fetchone() == ("read committed",)
        cursor.execute("SET LOCAL default_transaction_isolation = serializable")
    with pytest.raises(unsafe.Unsafe, match="transactions are serializable, not read committed"):
        unsafe.require(settings(ABONO_PUBLIC_URL="http://127.0.0.1:8000"))


def test_isolation_is_pinned_whatever_the_address_says() -> None:
    options = "-c%20default_transaction_isolation%3Dserializable"
    entry = _database(f"postgresql://u@db/abono?options={options}", statement_timeout_ms=0)
    assert str(entry["OPTIONS"]["options"]).endswith(r"-c default_transaction_isolation=read\ committed")


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("ACC-7", part="refuses to start")
@pytest.mark.parametrize("command", ["web", "worker"])
def test_the_program_refuses_to_start_and_says_all_that_is_wrong(command: str, tmp_path: Path) -> None:
    make_olga()
    here = environment(**SAFE | {"ABONO_SIMULATOR": "0", "DATABASE_URL": database_url()})
    refused = abono(command, env=here, cwd=tmp_path)
    assert refused.returncode == 1
    assert "not safe to serve https://planes.seller.com:" in refused.stderr
    assert "moves no money" in refused.stderr
    assert "olga@abono.example" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_djangos_own_check_of_a_deployment_finds_nothing() -> None:
    here = environment(**SAFE | {"ABONO_SECRET_KEY": SAFE["ABONO_SECRET_KEY"] * 2})
    asked = Forked(["-m", "abono", "check", "--deploy", "--fail-level", "WARNING"], here)
    with asked.stderr as said:
        assert said.read().startswith("System check identified no issues")
    assert asked.wait(60) == 0
