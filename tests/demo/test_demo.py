"""`abono demo` as a person starts and stops it."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import urllib3
from pytest_django import DjangoDbBlocker

from abono.config.settings import ENV
from abono.demo import ports
from abono.demo.cast import PASSWORD
from abono.demo.story.browser import Browser
from abono.demo.story.ground import Ground
from abono.demo.story.html import Page
from abono.domain.invoicing import fonts
from abono.platform.postgres import schema
from tests.concurrency.own_database import leading_to
from tests.examples import first_by_day

ROOT = Path(__file__).parents[2]
UP = "Ctrl-C stops everything."


@dataclass
class Demo:
    """A running demo: what it said so far, and its process."""

    process: subprocess.Popen[str]
    web: int
    said: list[str] = field(default_factory=list)

    def read_until(self, text: str) -> str:
        """Everything that it says up to a line with this text."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if text in line:
                return "".join(self.said)
        pytest.fail("it ended:\n" + "".join(self.said))

    def children(self) -> set[int]:
        """Every process below it, whatever its depth."""
        parents = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it ended while we looked
            parents[int(stat.parent.name)] = int(fields[1])
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found - {self.process.pid}

    def end(self, how: signal.Signals) -> int:
        """Ask it to stop; its exit code."""
        assert self.process.stdout is not None
        self.process.send_signal(how)
        self.said += self.process.stdout.readlines()
        return self.process.wait(timeout=60)

    def sign_in(self, email: str) -> Page:
        browser = Browser(f"http://127.0.0.1:{self.web}")
        page = browser.get("/en/sign-in/")
        browser.send(page, page.form("email", "password"), email=email, password=PASSWORD)
        return browser.get("/en/settings/contracts/")


@contextmanager
def demo(place: Ground, *options: str) -> Iterator[Demo]:
    web, simulator, inbox, smtp = ports.any_free(4)
    given = [
        f"--web-port={web}",
        f"--simulator-port={simulator}",
        f"--inbox-port={inbox}",
        f"--smtp-port={smtp}",
    ]
    place.folder.mkdir(exist_ok=True)
    if not (place.folder / "fonts").exists():  # ten seconds that are not what is tested
        fonts.ready(ENV.home)
        (place.folder / "fonts").symlink_to(ENV.home.absolute() / "fonts")
    process = subprocess.Popen(
        [sys.executable, "-m", "abono", "demo", *given, *options],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": place.dsn, "ABONO_HOME": str(place.folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    running = Demo(process, web)
    try:
        yield running
    finally:
        if process.poll() is None:
            running.end(signal.SIGTERM)
        assert process.stdout is not None
        process.stdout.close()


def as_curl_does(words: list[str]) -> urllib3.BaseHTTPResponse:
    """What curl sends when these words are typed: a body of which nothing is said is called a form."""
    options = argparse.ArgumentParser()
    options.add_argument("-sS", action="store_true")
    options.add_argument("-H", action="append", default=[])
    options.add_argument("-d")
    options.add_argument("address")
    typed = options.parse_args(words[1:])
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if typed.d else {}
    headers |= dict(line.split(": ", 1) for line in typed.H)
    return urllib3.request("POST" if typed.d else "GET", typed.address, body=typed.d, headers=headers)


@pytest.mark.timeout(300)
@pytest.mark.rule("OPS-1")
@pytest.mark.parametrize("again", first_by_day([False, True]))
def test_it_starts_stops_without_a_trace_and_starts_again_with_everything(migrated, again):
    with demo(migrated, *(["--no-traffic"] if again else [])) as first:
        said = first.read_until(UP)
        assert "Living" in said
        assert "ana@padaria.example" in said
        number = re.search(r"20\d\d-\d{6}-\d", first.sign_in("ana@padaria.example").text)[0]
        typed = [shlex.split(line) for line in re.findall(r"^  (curl .+)$", said, re.MULTILINE)]
        assert [as_curl_does(words).status for words in typed] == [200, 200, 200]
        children = first.children()
        assert len(children) >= 4  # simulator, inbox, web server, worker
        assert first.end(signal.SIGINT) == 0
        assert "nothing is lost" in "".join(first.said)
        assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
        assert ports.free(first.web) == first.web
    if again:
        with demo(migrated) as second:
            said = second.read_until(UP)
            assert "there already" in said
            assert "Living" not in said
            assert number in second.sign_in("ana@padaria.example").text
            assert second.end(signal.SIGTERM) == 0


@pytest.mark.timeout(120)
def test_a_second_one_in_the_same_folder_is_refused_and_a_stop_before_it_is_up_is_told(
    migrated: Ground, django_db_blocker: DjangoDbBlocker
) -> None:
    with ExitStack() as house:
        house.enter_context(django_db_blocker.unblock())
        house.enter_context(leading_to(migrated.dsn))
        house.enter_context(schema.alone())  # the first waits for us, and is not done meanwhile
        first = house.enter_context(demo(migrated, "--seed-only"))
        first.read_until("Starting the payment simulator and the inbox")
        with demo(migrated) as second:
            said = second.read_until("Stop that one first")
            assert "runs already" in said
            assert second.process.wait(timeout=60) == 1
        assert first.end(signal.SIGINT) == 130
        assert "Stopped before it was up" in "".join(first.said)
