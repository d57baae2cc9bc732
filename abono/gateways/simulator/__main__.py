"""`python -m abono.gateways.simulator`: serve until told to stop."""

from __future__ import annotations

import argparse
import os
import signal
import sqlite3
import sys
import threading
from pathlib import Path

from abono.gateways.simulator.doors.server import Running
from abono.kernel.webhook_key import BadSecret, webhook_key


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m abono.gateways.simulator",
        description="A payment gateway that moves no money, for demos and tests.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8010, help="0: any free one; the first line says which")
    parser.add_argument("--store", type=Path, required=True, metavar="PATH", help="SQLite file of its book")
    parser.add_argument(
        "--secret",
        default=os.environ.get("ABONO_SIMULATOR_SECRET"),
        help="shared with Abono: bearer of calls, key of webhooks (default: $ABONO_SIMULATOR_SECRET)",
    )
    parser.add_argument("--webhook-url", metavar="URL", help="where to send events; without it none are sent")
    parser.add_argument(
        "--pix-webhook-url", metavar="URL", help="where news of Pix go; else to --webhook-url"
    )
    parser.add_argument(
        "--open-levers",
        action="store_true",
        help="no log-in for the page of levers, which settles charges: only where nobody else comes",
    )
    given = parser.parse_args()
    os.umask(0o077)  # its book is nobody else's to read
    if not given.secret:
        parser.error("a secret is needed: --secret or ABONO_SIMULATOR_SECRET")
    try:
        webhook_key(given.secret)
    except BadSecret as bad:
        parser.error(str(bad))

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        simulator = Running(
            host=given.host,
            port=given.port,
            path=given.store,
            secret=given.secret,
            webhook_url=given.webhook_url,
            pix_webhook_url=given.pix_webhook_url,
            open_levers=given.open_levers,
        )
    except sqlite3.Error as error:
        print(f"cannot keep the book in {given.store}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        where = error.filename or f"{given.host}:{given.port}"
        print(f"cannot use {where}: {error.strerror or error}", file=sys.stderr)
        return 1
    simulator.start()
    print(f"payment simulator on http://{given.host}:{simulator.port}", flush=True)
    stop.wait()
    simulator.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
