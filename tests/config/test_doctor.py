"""`abono doctor` says whether an installation is fit to serve, and what to do about each thing that is not (OPS-7)."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.conf import LazySettings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from abono.config import doctor, env
from abono.config.doctor import around, inside
from abono.config.doctor.finding import Finding, Level
from abono.config.settings import ENV
from abono.demo.ports import any_free
from abono.domain.invoicing import fonts
from abono.kernel.ids import uuid7
from abono.platform import agenda, clock
from tests import sql
from tests.processes import abono, without_database
from tests.world import make_olga, make_padaria

pytestmark = pytest.mark.rule("OPS-7", part="doctor")


def given(**other: Any) -> env.Settings:
    return ENV.model_copy(update=other)


def level(found: Iterable[Finding], name: str, says: str = "") -> Level:
    """Of the one finding with this name; everything that is not well says what to do."""
    [one] = [finding for finding in found if finding.name == name]
    assert says in one.what, one.what
    assert bool(one.do) == (one.level is not Level.OK)
    return one.level


def do(statement: str, *values: object) -> None:
    sql.run(statement, *values)


def certificate(file: Path) -> Path:
    """For `localhost`, signed by itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = clock.now()
    until = now + timedelta(days=1)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, until)
    signed = made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + signed)
    return file


@contextmanager
def anybody(folder: Path, *, agreed: bytes = b"") -> Iterator[int]:
    """A server with a certificate that nobody vouches for. The port that it listens at.

    agreed   what it says to those who ask in eight bytes whether it has TLS, as PostgreSQL does; else it begins with it
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(folder / "pem"))

    def answer() -> None:
        with suppress(OSError):
            while True:
                line = listener.accept()[0]
                if agreed and line.recv(8):
                    line.sendall(agreed)
                with suppress(ssl.SSLError):
                    context.wrap_socket(line, server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_mail_server_whose_certificate_nobody_vouches_for_gets_no_mail(
    tmp_path: Path, settings: LazySettings
) -> None:
    with anybody(tmp_path) as port:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_SSL = "localhost", port, True
        found = around.mail_server(given(smtp_host="localhost", smtp_port=port, smtp_security="tls"))
        assert level(found, "mail", "CERTIFICATE_VERIFY_FAILED") == Level.WRONG


def test_a_database_whose_certificate_nobody_vouches_for_is_wrong_and_nothing_starts_on_it(
    tmp_path: Path,
) -> None:
    vouches = certificate(tmp_path / "another")
    with anybody(tmp_path, agreed=b"S") as port:
        where = f"postgresql://u@localhost:{port}/abono?sslmode=verify-full&sslrootcert={vouches}"
        here = {**os.environ, "ABONO_HOME": str(tmp_path), "DATABASE_URL": where}
        told = json.loads(abono("doctor", "--json", env=here).stdout)
        started = abono("web", env=here)
    [database] = [one for one in told["findings"] if one["name"] == "database"]
    assert (told["verdict"], database["level"]) == ("wrong", "wrong")
    assert "certificate verify failed" in database["what"]
    assert "sslrootcert" in database["do"]
    assert (started.returncode, "certificate verify failed" in started.stderr) == (1, True)


def test_what_the_program_would_not_start_on_is_wrong() -> None:
    found = around.safety(given(public_url="https://planes.seller.com", proxies=1, debug=True))
    assert [finding.level for finding in found if "ABONO_DEBUG" in finding.what] == [Level.WRONG]


def test_pages_that_others_reach_without_https_are_a_warning() -> None:
    assert level(around.safety(given(public_url="http://planes.seller.com")), "address", "not https") == 1
    assert level(around.safety(given(public_url="http://127.0.0.1:8000")), "address") == 0


def test_a_seller_who_is_the_example_of_the_file_of_variables_is_a_warning() -> None:
    assert level(around.seller(ENV), "seller", ENV.seller_name) is Level.OK
    for name, example in around.EXAMPLES.items():
        found = list(around.seller(given(**{name: example})))
        assert level(found, "seller", f"ABONO_{name.upper()}") is Level.WARNING


def test_the_examples_are_those_of_the_file_that_ships() -> None:
    file = Path(__file__).parents[2] / "deploy" / "abono.env"
    said = dict(line.split("=", 1) for line in file.read_text().splitlines() if re.match("ABONO_", line))
    examples = {f"ABONO_{name.upper()}": value for name, value in around.EXAMPLES.items()}
    assert {name: said[name].strip('"') for name in examples} == examples


def test_a_secret_that_is_missing_or_that_others_can_read_is_wrong(tmp_path: Path) -> None:
    here = given(home=tmp_path, secret_key="")
    assert level(around.secret(here), "secret", "there is none") == 2
    assert env.secret_key(here)
    assert level(around.secret(here), "secret") == 0
    (tmp_path / "secret").chmod(0o640)
    assert level(around.secret(here), "secret", "other accounts") == 2


def test_static_files_languages_and_fonts_that_were_not_made_are_told(
    settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = list(around.made_files(ENV))
    assert {finding.level for finding in made} == {Level.OK}
    shutil.copytree(Path(settings.LOCALE_PATHS[0]) / "es", tmp_path / "locale" / "es")
    (tmp_path / "locale" / "es" / "LC_MESSAGES" / "django.mo").unlink()
    settings.STATIC_ROOT, settings.LOCALE_PATHS = tmp_path / "static", [tmp_path / "locale"]
    lacking = list(around.made_files(given(home=tmp_path)))
    assert level(lacking, "static files", "every page fails") == 2
    assert level(lacking, "languages", "es: not compiled") == 2
    assert level(lacking, "fonts", "first invoice") == 1
    monkeypatch.setattr(fonts, "_SHIPPED", fonts.ready(ENV.home))
    assert level(around.made_files(given(home=tmp_path)), "fonts") == 0


def test_a_disk_without_room_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for free, worst in ((100_000_000, 2), (1_000_000_000, 1), (5_000_000_000, 0)):
        monkeypatch.setattr(around, "_free", lambda _place, free=free: free)
        assert level(around.disk(ENV), "disk") == worst


@pytest.fixture
def mail_server() -> Iterator[int]:
    """The port of one that says hello, and that it has no TLS."""

    def serve() -> None:
        line, _address = listening_socket.accept()
        with line, line.makefile("rwb", buffering=0) as talk:
            talk.write(b"220 mail\r\n")
            while said := talk.readline():
                talk.write(b"221 bye\r\n" if said.startswith(b"quit") else b"250 mail\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening_socket:
        threading.Thread(target=serve, daemon=True).start()
        yield listening_socket.getsockname()[1]


def test_a_mail_server_that_answers_is_right_and_one_without_tls_where_it_is_wanted_is_not(
    settings: LazySettings, mail_server: int
) -> None:
    settings.EMAIL_PORT = mail_server
    assert level(around.mail_server(given(smtp_port=mail_server)), "mail") == 0


def test_a_mail_server_without_the_tls_that_is_wanted_is_wrong(
    settings: LazySettings, mail_server: int
) -> None:
    settings.EMAIL_PORT, settings.EMAIL_USE_TLS = mail_server, True
    assert level(around.mail_server(given(smtp_security="starttls")), "mail", "STARTTLS") == 2


def test_a_mail_server_that_is_not_there_is_wrong(settings: LazySettings) -> None:
    [settings.EMAIL_PORT] = any_free(1)
    assert level(around.mail_server(ENV), "mail", "refused") == 2


@pytest.mark.django_db
def test_the_tests_own_database_is_right() -> None:
    found = list(inside.server(ENV))
    assert level(found, "database", "PostgreSQL") == 0
    assert level(found, "durability") == 0
    assert level(inside.tables(), "tables") == 0
    assert level(inside.time(clock.now()), "clock") == 0
    assert level(inside.months(clock.now()), "months ahead") == 0


@pytest.mark.django_db
def test_a_line_to_the_database_on_which_anybody_may_answer_is_a_warning() -> None:
    elsewhere = given(database_url="postgresql://u@db.seller.com/abono?sslmode=require")
    assert level(inside.server(elsewhere), "database line") == 1


@pytest.mark.django_db
def test_tables_of_another_form_missing_or_of_a_newer_program_are_told() -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_applied("credit", "0099_of_the_future")
    assert level(inside.tables(), "tables", "newer program") == 1
    recorder.record_unapplied("credit", "0099_of_the_future")
    recorder.record_unapplied("credit", "0001_initial")
    assert level(inside.tables(), "tables", "lacking: credit.0001_initial") == 2
    recorder.record_applied("credit", "0001_initial")
    do("COMMENT ON TABLE django_migrations IS NULL")
    assert level(inside.tables(), "tables", "made by other forms") == 2


@pytest.mark.django_db
def test_clocks_that_differ_are_told() -> None:
    now = clock.now()
    assert level(inside.time(now - timedelta(seconds=10)), "clock", "10.") == 1
    assert level(inside.time(now + timedelta(hours=1)), "clock", "s between") == 2


@pytest.mark.django_db
def test_months_that_are_not_there_yet_are_told() -> None:
    assert level(inside.months(clock.now() + timedelta(days=31)), "months ahead", "lacking") == 1
    assert level(inside.months(clock.now() + timedelta(days=400)), "months ahead", "lacking") == 2


@pytest.mark.django_db
def test_a_worker_that_is_not_there_work_that_is_late_and_work_that_was_given_up_are_told() -> None:
    now = clock.now()
    assert level(inside.work(now), "worker", "none was ever seen") == 2
    do("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", now - timedelta(minutes=10))
    assert level(inside.work(now), "worker", "none since") == 2
    do("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", now - timedelta(seconds=5))
    found = list(inside.work(now))
    assert (level(found, "worker", "5 s ago"), level(found, "work", "nothing is late")) == (0, 0)
    agenda.Due.objects.create(
        kind="test", subject=uuid7(), own_clock=False, due_at=now - timedelta(minutes=9)
    )
    assert level(inside.work(now), "work", "9 minutes") == 1
    agenda.Due.objects.update(parked_at=now, reason="no use")
    assert level(inside.work(now), "work", "1 were given up") == 1


@pytest.mark.django_db
def test_an_empty_shop_without_people_is_a_warning(nothing_on_sale: None) -> None:
    found = list(inside.content(ENV, clock.now()))
    assert (level(found, "catalog", "nothing"), level(found, "staff", "nobody")) == (1, 1)


@pytest.mark.django_db
def test_customers_whose_clocks_run_ahead_where_there_shall_be_none_are_told(
    settings: LazySettings, gateway: object
) -> None:
    make_olga()
    tenant = make_padaria(sandbox=True)
    do("UPDATE customers_customer SET clock_offset_s = 3600 WHERE id = %s", tenant.customer_id)
    settings.SANDBOX = True
    assert not [one for one in inside.content(ENV, clock.now()) if one.level is not Level.OK]
    settings.SANDBOX = False
    assert level(inside.content(ENV, clock.now()), "sandboxes", "1 customers") == 1


def test_everything_is_told_at_once_with_an_exit_code_also_without_a_database(tmp_path: Path) -> None:
    asked = abono("doctor", "--json", env=without_database(tmp_path))
    assert (asked.returncode, asked.stderr) == (2, "")
    told = json.loads(asked.stdout)
    assert told["verdict"] == "wrong"
    levels = {finding["name"]: finding["level"] for finding in told["findings"]}
    assert (levels["database"], levels["languages"]) == ("wrong", "ok")


def test_the_exit_code_is_the_worst_that_was_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for found in (Level.OK, Level.WARNING, Level.WRONG):
        monkeypatch.setattr(doctor, "look", lambda _given, found=found: [Finding("a", found, "b", "c")])
        assert doctor.run([]) == found
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "wrong    a              b",
        f"{'':23} -> c",
    ]


def test_variables_that_are_wrong_are_told_with_the_same_exit_code() -> None:
    asked = abono("doctor", env={**os.environ, "ABONO_SMTP_PORT": "mail"})
    assert asked.returncode == 2
    assert "ABONO_SMTP_PORT" in asked.stderr
