"""Processes of the demo: ready or told why not, ended together, never orphans."""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from abono.demo import processes
from abono.demo.ports import HOST, any_free
from abono.demo.processes import Crew, Ended, Process, beside, run
from abono.demo.stack import Addresses, Stack, answers


@pytest.fixture
def server(tmp_path: Path):
    """A small web server as a process of the demo."""
    [port] = any_free(1)
    process = Process(
        "server",
        "http.server",
        ["--bind", HOST, "--directory", str(tmp_path), str(port)],
        os.environ,
        tmp_path / "logs" / "server.log",
        lambda: answers(f"http://{HOST}:{port}/"),
    )
    yield process
    process.stop()


def ends_at_once(tmp_path: Path) -> Process:
    """A module that says something and ends with exit code 2."""
    return Process(
        "broken", "http.server", ["--no-such-option"], os.environ, tmp_path / "broken.log", lambda: False
    )


def test_a_process_is_ready_when_it_answers_and_gone_once_stopped(server):
    server.start()
    server.wait_until_ready(within_s=30)
    pid = server.pid
    assert server.exit_code is None
    server.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_somebody_else_who_answers_at_its_address_does_not_make_it_ready(server, tmp_path):
    """Two demos that choose the same port at the same time: the second tells that it could not have it."""
    server.start()
    server.wait_until_ready(within_s=30)
    second = replace(server, name="second", log=tmp_path / "logs" / "second.log", says="Serving HTTP on")
    second.start()
    with pytest.raises(Ended, match=r"(?s)second ended with exit code 1.*Address already in use"):
        second.wait_until_ready(within_s=30)
    second.stop()


def test_one_that_ends_is_told_with_the_end_of_its_log(tmp_path):
    process = ends_at_once(tmp_path)
    process.start()
    with pytest.raises(Ended, match=r"(?s)broken ended with exit code 2.*no-such-option"):
        process.wait_until_ready(within_s=30)
    process.stop()


def test_what_it_said_in_an_earlier_life_stays_in_its_log_and_out_of_what_is_told(tmp_path):
    process = ends_at_once(tmp_path)
    process.log.write_text("what happened last night\n")
    process.start()
    with pytest.raises(Ended) as told:
        process.wait_until_ready(within_s=30)
    process.stop()
    text = process.log.read_text()
    assert text.startswith("what happened last night\n")
    assert "no-such-option" in text
    assert "last night" not in str(told.value)


def test_a_log_that_has_grown_large_is_set_aside(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "LOG_MOST_BYTES", 5)
    process = ends_at_once(tmp_path)
    process.log.write_text("long ago\n")
    process.start()
    with pytest.raises(Ended, match="no-such-option"):
        process.wait_until_ready(within_s=30)
    process.stop()
    assert (tmp_path / "broken.log.1").read_text() == "long ago\n"
    assert "long ago" not in process.log.read_text()


def test_mails_and_logs_are_written_for_their_owner_alone(tmp_path):
    log = tmp_path / "logs" / "inbox.log"
    log.parent.mkdir()
    log.touch(mode=0o644)  # of an earlier version
    web, simulator, port, smtp = any_free(4)
    addresses = Addresses(web=web, simulator=simulator, inbox=port, smtp=smtp)
    inbox = Stack(addresses, "", tmp_path, "", {}).inbox()
    inbox.start()
    try:
        inbox.wait_until_ready()
        with smtplib.SMTP(HOST, smtp, timeout=10) as line:
            line.sendmail("no-reply@abono.example", "ana@padaria.example", "Subject: x\n\nhttps://x/y")
    finally:
        inbox.stop()
    files = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.rglob("*") if file.is_file()}
    assert files == {"inbox.log": 0o600, "1.eml": 0o600}


def test_when_one_of_a_crew_ends_it_is_told_with_the_end_of_its_log(server, tmp_path):
    broken = ends_at_once(tmp_path)
    broken.ready = lambda: True
    crew = Crew()
    crew.start(server, broken)
    with pytest.raises(Ended, match=r"(?s)broken ended with exit code 2.*no-such-option"):
        crew.watch()
    pid = server.pid
    crew.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_killed_one_is_told_with_its_signal(server):
    crew = Crew()
    crew.start(server)
    os.kill(server.pid, signal.SIGKILL)
    with pytest.raises(Ended, match="server ended with signal SIGKILL"):
        crew.watch()
    crew.stop()


def test_one_that_ends_badly_or_not_in_time_is_told_and_gone(server, tmp_path):
    with pytest.raises(Ended, match="broken ended with exit code 2"), beside(ends_at_once(tmp_path)):
        pass
    with pytest.raises(Ended, match="server did not end within 0 s"):
        run(server, within_s=0.2)
    assert server.pid is None


def test_whoever_was_started_goes_when_the_starter_is_killed(tmp_path):
    """The leash: kill -9 of the starter closes the pipe, and the kernel tells the child."""
    [port] = any_free(1)
    read_end, write_end = os.pipe()
    child = subprocess.Popen(
        [sys.executable, "-m", "abono.demo.leash", "http.server", "--bind", HOST, str(port)],
        stdin=read_end,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    os.close(read_end)
    assert child.poll() is None
    os.close(write_end)  # what the kernel does when the starter is gone
    assert child.wait(timeout=30) == -signal.SIGTERM
