"""The two servers of the inbox: one takes mail, the other shows it."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sqlite3
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.smtp import SMTP, Envelope, Session

from abono.demo.inbox import pages
from abono.demo.inbox.store import Mail, Store

LARGEST_MAIL = 20_000_000  # bytes
LARGEST_LIST = 1_000  # mails that /mails.json gives at most


class Receiver:
    """Takes every mail for every address; says yes once it is kept."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = envelope.content
        content = raw.encode() if isinstance(raw, str) else raw or b""
        sender, recipients = envelope.mail_from or "", list(envelope.rcpt_tos)
        try:
            await asyncio.to_thread(self._store.add, sender=sender, recipients=recipients, raw=content)
        except sqlite3.Error as trouble:
            return f"451 not kept, try again: {trouble}"
        return "250 kept"


class Reader(BaseHTTPRequestHandler):
    """Answers GET and HEAD; there is nothing to change here."""

    store: Store
    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds that a silent browser may keep a thread

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(address.query).items()}
        match address.path.strip("/").split("/"):
            case [""]:
                self._html(pages.listing(self._find(query, limit=pages.PAGE), to=query.get("to", "")))
            case ["mails.json"]:
                self._answer(
                    pages.as_json(self._find(query, limit=LARGEST_LIST)), "application/json; charset=utf-8"
                )
            case ["style.css"]:
                self._answer(pages.style(), "text/css; charset=utf-8")
            case ["mails", number, *rest]:
                mail = self.store.get(int(number)) if _number(number) else None
                self._mail(mail, rest)
            case _:
                self._html(pages.missing(), HTTPStatus.NOT_FOUND)

    do_HEAD = do_GET  # noqa: N815 – the name that http.server calls

    def _find(self, query: dict[str, str], *, limit: int) -> list[Mail]:
        before = query.get("before", "")
        return self.store.newest(
            to=query.get("to", ""), before=int(before) if _number(before) else None, limit=limit
        )

    def _mail(self, mail: Mail | None, rest: list[str]) -> None:
        match (mail, rest):
            case (Mail(), []):
                self._html(pages.reading(mail))
            case (Mail(), ["html"]):
                self._html(pages.framed(mail), policy=pages.FRAME_POLICY)
            case (Mail(), ["source"]):
                self._answer(mail.raw, "text/plain; charset=utf-8")
            case (Mail(), ["attachments", number]) if _number(number) and 0 < int(number) <= len(
                mail.attachments
            ):
                paper = mail.attachments[int(number) - 1]
                extra = {"Content-Disposition": pages.disposition(paper.name)}
                self._answer(paper.content, paper.media_type, extra=extra)
            case _:
                self._html(pages.missing(), HTTPStatus.NOT_FOUND)

    def _html(self, text: str, status: HTTPStatus = HTTPStatus.OK, *, policy: str = pages.POLICY) -> None:
        self._answer(text, "text/html; charset=utf-8", status, policy=policy)

    def _answer(
        self,
        content: str | bytes,
        media_type: str,
        status: HTTPStatus = HTTPStatus.OK,
        *,
        policy: str = pages.POLICY,
        extra: dict[str, str] | None = None,
    ) -> None:
        body = content.encode() if isinstance(content, str) else content
        self.send_response(status)
        headers = {
            "Content-Type": media_type,
            "Content-Length": str(len(body)),
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
            **(extra or {}),
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the demo prints what matters."""


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


class Web(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a browser that keeps its line open must not keep us


async def serve(*, host: str, smtp_port: int, port: int, file: Path) -> None:
    """Run both servers until the process is asked to stop. Raises OSError for a port that is taken."""
    store = Store(file)
    web = Web((host, port), type("BoundReader", (Reader,), {"store": store}))
    loop = asyncio.get_running_loop()
    try:
        smtp = await loop.create_server(
            lambda: SMTP(
                Receiver(store),
                data_size_limit=LARGEST_MAIL,
                enable_SMTPUTF8=True,
                hostname="inbox.localhost",
            ),
            host,
            smtp_port,
        )
    except OSError:
        web.server_close()
        raise
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.1}, name="inbox pages")
    thread.start()
    taken = smtp.sockets[0].getsockname()[1], web.server_address[1]
    print(f"inbox: http://{host}:{taken[1]} shows what comes by SMTP to {host}:{taken[0]}", flush=True)
    try:
        await stop.wait()
    finally:
        smtp.close()
        web.shutdown()
        thread.join()
        web.server_close()


def main(arguments: list[str] | None = None) -> int:
    """`python -m abono.demo.inbox`. Returns 1 when a port or the file cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m abono.demo.inbox", description="Mail server and inbox page."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--smtp-port", type=int, default=1025, help="0: any free one")
    parser.add_argument("--port", type=int, default=8025, help="of the page; 0: any free one")
    parser.add_argument("--store", type=Path, required=True, help="SQLite file that keeps the mail")
    given = parser.parse_args(arguments)
    try:
        asyncio.run(serve(host=given.host, smtp_port=given.smtp_port, port=given.port, file=given.store))
    except (OSError, sqlite3.Error) as trouble:
        where = f"SMTP {given.smtp_port}, page {given.port}, store {given.store}"
        print(f"inbox: cannot start ({where}): {trouble}", file=sys.stderr)
        return 1
    return 0
