"""The real server as a process of its own, on the test database, and programs that call it over sockets."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import quote, urlencode

from django.db import connection

from tests.forked import Forked

_LISTENS = "running on http://127.0.0.1:"


class Process:
    """A process of ours, on the database that the test runs on. `log` has every line that it said."""

    def __init__(self, *arguments: str, **env: str) -> None:
        self.log: list[str] = []
        self._said = threading.Condition()
        self._silent = False
        self.process = Forked([*arguments], {**os.environ, "DATABASE_URL": database_url(), **env})
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def end(self, signal: int) -> int:
        """Send the signal, wait until the process is gone, and tell its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal)
        code = self.process.wait(40)
        self._reader.join()
        from tests.logged import leaks  # needs Django's apps: whoever imports us may set them up later

        assert leaks("".join(self.log)) == []
        return code

    def says(self, words: str, *, within_s: float = 100) -> str:
        """Wait until it has said so. The line."""
        with self._said:
            self._said.wait_for(lambda: self._silent or self._line(words), within_s)
            found = self._line(words)
            assert found, "".join(self.log)
            return found

    def _line(self, words: str) -> str:
        return next((line for line in self.log if words in line), "")

    def _read(self) -> None:
        with self.process.stderr as lines:
            for line in lines:
                self._note(line)
        self._note("")

    def _note(self, line: str) -> None:
        with self._said:
            self.log += [line] if line else []
            self._silent = not line
            self._said.notify_all()


class Server(Process):
    """uvicorn with what `abono.config.asgi` serves. `port` is whichever was free; `env` says more to it."""

    def __init__(self, **env: str) -> None:
        as_abono_web = ("--port", "0", "--no-access-log", "--no-proxy-headers")
        given = {"ABONO_ALLOW_UNSAFE_FSYNC": "1", **env}
        super().__init__("-m", "uvicorn", "tests.served:application", *as_abono_web, **given)
        self.port = int(self.says(_LISTENS).partition(_LISTENS)[2].split()[0])


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
