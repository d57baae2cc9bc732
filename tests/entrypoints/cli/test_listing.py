"""`abono help` and what is not a command here, and commands whose database is away."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command, get_commands

from abono import __version__
from abono.entrypoints.cli.listing import OURS, Commands
from tests.processes import abono, without_database


def test_help_has_a_sentence_for_each_of_our_commands(capsys: pytest.CaptureFixture[str]) -> None:
    Commands(["abono", "help"]).execute()
    lines = capsys.readouterr().out.splitlines()
    named = [line.split()[0] for line in lines if line.startswith("  ")]
    assert {"web", "worker", "doctor", "migrate", "check-books", "database"} <= set(named)
    assert all(len(line.split()) > 2 for line in lines if line.startswith("  "))


@pytest.mark.parametrize("command", ["flush", "createsuperuser", "loaddata", "nonsense"])
def test_what_would_go_past_our_rules_is_no_command(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    Commands(["abono", "help"]).execute()
    assert command not in capsys.readouterr().out.replace(",", " ").split()
    with pytest.raises(SystemExit) as end:
        Commands(["abono", command, "--no-input"]).execute()
    assert end.value.code == 1
    assert f"there is no command {command!r}" in capsys.readouterr().err


def test_django_finds_nothing_wrong_with_the_code_and_no_command_looks_again() -> None:
    call_command("check", fail_level="WARNING")
    commands = Commands(["abono"])
    waiting = [name for name in get_commands() if name != "check" and get_commands()[name] == OURS]
    assert [name for name in waiting if commands.fetch_command(name).requires_system_checks] == []
    assert commands.fetch_command("check").requires_system_checks


@pytest.mark.parametrize(
    "command", ["check-books", "worker", pytest.param("parked", marks=pytest.mark.nightly), "migrate"]
)
def test_a_command_without_its_database_says_so_in_a_line(command: str, tmp_path: Path) -> None:
    ended = abono(command, env=without_database(tmp_path))
    assert ended.returncode == 1
    assert ended.stderr.startswith("abono: ")
    assert "Connection refused" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("asked", ["version", "--version"])
def test_the_version_is_ours_and_asks_no_database(asked: str, tmp_path: Path) -> None:
    assert abono(asked, env=without_database(tmp_path)).stdout == f"{__version__}\n"
