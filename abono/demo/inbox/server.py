"""The two servers of the inbox: one takes mail, the other shows it."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from aiosmtpd.smtp import SMTP, Envelope, Session

from abono.demo.inbox import pages
from abono.demo.inbox.mails import Folder

LARGEST_MAIL = 20_000_000  # bytes


class Receiver:
    """Takes every mail for every address; says yes once it is kept."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = envelope.content
        content = raw.encode() if isinstance(raw, str) else raw or b""
        try:
            self._folder.add(sender=envelope.mail_from or "", recipients=envelope.rcpt_tos, raw=content)
        except OSError as trouble:
            return f"451 not kept, try again: {trouble}"
        return "250 kept"


class Reader(BaseHTTPRequestHandler):
    """Answers GET and HEAD; there is nothing to change here."""

    folder: Folder
    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds that a silent browser may keep a thread

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        answer = pages.answer(self.folder, address.path, to=parse_qs(address.query).get("to", [""])[-1])
        body = answer.content.encode() if isinstance(answer.content, str) else answer.content
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.media_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", answer.policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        if answer.file_name:  # percent-encoded, whatever is in it
            name = f"attachment; filename*=UTF-8''{quote(answer.file_name, safe='')}"
            self.send_header("Content-Disposition", name)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 – the name that http.server calls

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the demo prints what matters."""


async def serve(*, host: str, smtp_port: int, port: int, folder: Folder) -> None:
    """Run both servers until the process is asked to stop. Raises OSError for a port that is taken."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def session() -> SMTP:
        receiver = Receiver(folder)
        return SMTP(receiver, data_size_limit=LARGEST_MAIL, enable_SMTPUTF8=True, hostname="inbox.localhost")

    web = ThreadingHTTPServer((host, port), type("BoundReader", (Reader,), {"folder": folder}))
    smtp = await loop.create_server(session, host, smtp_port)
    # A daemon: a browser that keeps its line open must not keep us.
    threading.Thread(target=web.serve_forever, name="inbox pages", daemon=True).start()
    taken = smtp.sockets[0].getsockname()[1]
    print(f"inbox: http://{host}:{web.server_port} shows what comes by SMTP to {host}:{taken}", flush=True)
    await stop.wait()
    smtp.close()


def main() -> int:
    """`python -m abono.demo.inbox`. Returns 1 when a port or the folder cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m abono.demo.inbox", description="Mail server and inbox page."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--smtp-port", type=int, default=1025, help="0: any free one")
    parser.add_argument("--port", type=int, default=8025, help="of the page; 0: any free one")
    parser.add_argument("--store", type=Path, required=True, help="folder that keeps the mail")
    given = parser.parse_args()
    try:
        folder = Folder(given.store)
        asyncio.run(serve(host=given.host, smtp_port=given.smtp_port, port=given.port, folder=folder))
    except OSError as trouble:
        where = f"SMTP {given.smtp_port}, page {given.port}, store {given.store}"
        print(f"inbox: cannot start ({where}): {trouble}", file=sys.stderr)
        return 1
    return 0
