"""The real server as a process of its own, on the test database, and programs that call it over sockets."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import quote, urlencode

from django.db import connection

_RUNNING = re.compile(r"running on http://127\.0\.0\.1:(\d+)")


class Server:
    """uvicorn with `abono.config.asgi:application`. `port` is whichever was free; `env` says more to it."""

    def __init__(self, **env: str) -> None:
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "uvicorn",
                "abono.config.asgi:application",
                "--port",
                "0",
                "--no-access-log",
                "--no-proxy-headers",  # as `abono web` does
            ],
            env={**os.environ, "DATABASE_URL": database_url(), "ABONO_ALLOW_UNSAFE_FSYNC": "1", **env},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        self.log: list[str] = []
        for line in self.process.stderr:
            self.log.append(line)
            if running := _RUNNING.search(line):
                self.port = int(running[1])
                break
        else:
            raise AssertionError("".join(self.log))
        self._reader = threading.Thread(target=self.log.extend, args=[self.process.stderr])
        self._reader.start()

    def end(self, signal: int) -> None:
        """Send the signal and wait until the process is gone."""
        if self.process.poll() is None:
            self.process.send_signal(signal)
        self.process.wait(30)
        self._reader.join()
        assert self.process.stderr is not None
        self.process.stderr.close()


@contextmanager
def server() -> Iterator[Server]:
    running = Server()
    try:
        yield running
    finally:
        running.end(9)


class Lost(Exception):
    """No answer came: the call may have been served or not."""


class Caller:
    """One connection that stays open, used by one thread."""

    def __init__(self, port: int, key: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}

    def post(self, path: str, body: object, *, once: str = "") -> tuple[int, Any]:
        """`once` is the Idempotency-Key. Raises Lost when the server went away."""
        headers = self._headers | ({"idempotency-key": once} if once else {})
        return self._ask("POST", path, json.dumps(body), headers)

    def get(self, path: str) -> tuple[int, Any]:
        """Raises Lost when the server went away."""
        return self._ask("GET", path, None, self._headers)

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, Any]:
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, HTTPException) as error:
            self._connection.close()
            raise Lost from error

    def close(self) -> None:
        self._connection.close()


def database_url() -> str:
    """DATABASE_URL of the database that the test runs on."""
    given = connection.settings_dict
    query = urlencode({"host": given["HOST"]}) if given["HOST"].startswith("/") else ""
    host = "" if query else given["HOST"]
    secret = f":{quote(given['PASSWORD'], safe='')}" if given["PASSWORD"] else ""
    user = f"{quote(given['USER'], safe='')}{secret}@" if given["USER"] else ""
    port = f":{given['PORT']}" if given["PORT"] else ""
    return f"postgresql://{user}{host}{port}/{given['NAME']}?{query}".rstrip("?")
