"""The inbox of the demo as a process: mail comes in by SMTP, and pages and JSON show it."""

from __future__ import annotations

import http.client
import json
import re
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest


class Inbox:
    """One run of `python -m abono.demo.inbox` on free ports."""

    def __init__(self, store: Path, *, smtp_port: int = 0) -> None:
        command = [sys.executable, "-m", "abono.demo.inbox", "--port", "0", "--smtp-port", str(smtp_port)]
        self.process = subprocess.Popen(
            [*command, "--store", str(store)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        ports = re.findall(r":(\d+)", self.process.stdout.readline())
        self.port, self.smtp_port = map(int, ports) if ports else (0, 0)

    def get(self, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            line.request(method, path)
            answer = line.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            line.close()

    def mails(self, query: str = "") -> list[dict[str, Any]]:
        mails: list[dict[str, Any]] = json.loads(self.get(f"/mails.json{query}")[2])["mails"]
        return mails

    def take(self, message: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=10) as smtp:
            smtp.send_message(message)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.communicate(timeout=20)
        return self.process.returncode


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    running = Inbox(tmp_path / "inbox")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def with_one_mail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inbox]:
    """Shared by tests that only look."""
    running = Inbox(tmp_path_factory.mktemp("inbox") / "inbox")
    running.take(mail())
    yield running
    running.stop()


def mail(to: str = "ana@padaria.example", subject: str = "Fatura A-000042: não há pressa") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Abono <no-reply@abono.example>", to, subject
    message.set_content("Olá, Ana <b>\nhttps://abono.example/a?b=1&c=2")
    page = "<html><head><title>x</title></head><body><script>alert(1)</script>Olá</body></html>"
    message.add_alternative(page, subtype="html")
    paper = b"%PDF-1.7 something"
    message.add_attachment(paper, maintype="application", subtype="pdf", filename='fatura "ç"\u2028.pdf')
    message["Content-Language"] = "pt-br"
    return message


def test_mail_is_listed_newest_first_with_text_and_attachments(inbox: Inbox) -> None:
    inbox.take(mail())
    inbox.take(mail("diego@luna.example", "Factura"))
    newest, oldest = inbox.mails()

    assert (newest["subject"], oldest["subject"]) == ("Factura", "Fatura A-000042: não há pressa")
    assert oldest["to"] == ["ana@padaria.example"]
    assert oldest["language"] == "pt-br"
    assert "https://abono.example/a?b=1&c=2" in oldest["text"]
    (paper,) = oldest["attachments"]
    status, headers, content = inbox.get(paper["href"])
    assert (status, content, paper["bytes"]) == (200, b"%PDF-1.7 something", 18)
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''fatura%20")


def test_one_persons_mail_can_be_asked_for(inbox: Inbox) -> None:
    inbox.take(mail())
    inbox.take(mail("diego@luna.example"))

    assert [found["to"] for found in inbox.mails("?to=DIEGO@luna.example")] == [["diego@luna.example"]]
    assert inbox.mails("?to=diego@luna") == []
    assert b"diego@luna.example" in inbox.get("/?to=diego@luna.example")[2]


def test_pages_show_a_mail_as_text_and_its_html_in_a_sealed_frame(inbox: Inbox) -> None:
    inbox.take(mail(subject="<script>alert(1)</script>"))
    listing = inbox.get("/")[2].decode()
    reading = inbox.get("/mails/1")[2].decode()
    status, headers, framed = inbox.get("/mails/1/html")

    assert "<script>" not in listing + reading
    assert "&lt;script&gt;" in listing
    assert "Olá, Ana &lt;b&gt;" in reading
    assert "sandbox='allow-popups allow-popups-to-escape-sandbox'" in reading
    assert status == 200
    assert b'<base target="_blank">' in framed
    assert headers["Content-Security-Policy"].startswith("sandbox allow-popups")
    assert "script" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/", "/mails/1", "/mails/9", "/style.css", "/mails.json"])
def test_every_answer_has_a_strict_policy_and_nothing_is_kept(with_one_mail: Inbox, path: str) -> None:
    headers = with_one_mail.get(path)[1]

    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/mails/2",
        "/mails/0",
        "/mails/x",
        "/mails/-1",
        "/mails/123456789012345678901",
        "/mails/1/attachments/2",
        "/mails/1/attachments/0",
        "/mails/1/nothing",
        "/etc/passwd",
        "/%00",
    ],
)
def test_what_is_not_there_is_not_found(with_one_mail: Inbox, path: str) -> None:
    assert with_one_mail.get(path)[0] == 404


def test_a_head_request_has_no_body_and_nothing_can_be_changed(with_one_mail: Inbox) -> None:
    assert with_one_mail.get("/", "HEAD")[2] == b""
    assert with_one_mail.get("/", "POST")[0] == 501


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_mail_is_there_again_after_a_restart(tmp_path: Path, how: signal.Signals) -> None:
    first = Inbox(tmp_path / "inbox")
    first.take(mail())
    code = first.stop(how)
    second = Inbox(tmp_path / "inbox")
    try:
        assert code == (-how if how is signal.SIGKILL else 0)
        assert [found["to"] for found in second.mails()] == [["ana@padaria.example"]]
    finally:
        second.stop()


def test_a_port_that_is_taken_is_said_clearly(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = Inbox(tmp_path / "inbox", smtp_port=port)
        _out, error = refused.process.communicate(timeout=20)

    assert refused.process.returncode == 1
    assert f"SMTP {port}" in error
    assert "Traceback" not in error
