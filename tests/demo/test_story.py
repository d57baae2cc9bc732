"""The story, as `make story` lives it: real processes, over HTTP."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from abono.demo.story import ground, sums
from abono.demo.story.ground import Ground, NotOurs
from abono.demo.story.notebook import Notebook
from abono.gateways.simulator.company.cards import luhn
from tests.examples import first_by_day

ROOT = Path(__file__).parents[2]


def story(place: Ground) -> tuple[int, dict[str, object], str]:
    """Run it on a named database; its exit code, what its last line says, and all that it said."""
    command = [sys.executable, "-m", "abono", "story", "--database", place.dsn, "--folder", str(place.folder)]
    environment = {**os.environ, "DATABASE_URL": place.dsn}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    return done.returncode, json.loads(done.stdout.splitlines()[-1]), said


@pytest.mark.timeout(300)
@pytest.mark.rule(
    "CON-1", "CON-2", "CON-3", "CON-4", "CHG-2", "PAY-1", "WAL-6", "PKG-4", "PKG-9", "INT-1", "INT-6"
)
@pytest.mark.rule("LIC-1", part="one lease, one person")
@pytest.mark.rule("LIC-2", part="never above what is owned")
@pytest.mark.rule("LIC-4", part="who can help")
@pytest.mark.rule("LIC-6", part="bought pro rata")
@pytest.mark.rule("LIC-7", part="set aside for the first")
@pytest.mark.rule("LIM-2", "LIM-3", "LIM-4", "INV-1", "INV-4", "FIN-1", "TIM-2", "OPS-2")
@pytest.mark.parametrize("again", first_by_day([False, True]))
def test_the_story_comes_true_and_a_second_run_changes_nothing(migrated, again):
    code, told, said = story(migrated)
    assert code == 0, said
    # 1,349.00 first charge, 215.00 one more licence, 99.85 overage at the block, 926.75 next cycle, 1,145.00 a bigger plan,
    # 2,060.00 by Pix and again by slip: see abono/demo/story/sums.py.
    assert [number[-7:] for number in told["invoice_numbers"]] == [f"-00000{n}" for n in range(1, 8)]
    assert told["invoice_totals_minor"] == [1_349_00, 215_00, 99_85, 926_75, 1_145_00, 2_060_00, 2_060_00]
    assert (told["held"], told["refused_at_limit"], told["overage_minor"]) == (452, 5, 102_60)
    assert (told["emails"], told["balance_check"], told["replayed"]) == (45, "ok", 0)
    assert told["one_too_many"] == {"refused": "all_in_use", "waited_at": 1, "then": "granted"}
    assert told["bought_one_more"] == {"waited_at": 1, "extra": 1, "then": "granted"}
    assert told["pdf_bytes"] > 30_000
    assert told["slip_bytes"] > 10_000
    assert not card_numbers(said + everything_kept(migrated)), "the number of a card was written down"

    if not again:
        return
    code, second, said = story(migrated)
    assert code == 0, said
    assert second["replayed"] == sums.HELD + sums.REFUSED  # those that were refused were asked for twice
    same = set(told) - {"seconds_total", "replayed"}
    assert {name: second[name] for name in same} == {name: told[name] for name in same}


def everything_kept(place: Ground) -> str:
    """Each row of each table, and each file of the folder: logs, mails, documents, what was noted."""
    with psycopg.connect(place.dsn) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        rows = [
            text
            for (table,) in tables
            for (text,) in connection.execute(f'SELECT kept::text FROM public."{table}" kept')
        ]
    files = [file.read_bytes().decode("latin-1") for file in place.folder.rglob("*") if file.is_file()]
    return "\n".join(rows + files)


def card_numbers(text: str) -> list[str]:
    """Of fifteen or sixteen digits, as a card or its holder groups them, with the check digit of cards."""
    runs = (
        re.sub("[ -]", "", run) for run in re.findall(r"(?<![\w.-])[2-6](?:[ -]?\d){14,15}(?![\w-])", text)
    )
    return [run for run in runs if luhn(run)]


def test_a_card_number_would_be_found():
    assert card_numbers("a 4242 4242 4242 4242, b 378282246310005.") == [
        "4242424242424242",
        "378282246310005",
    ]


def test_the_sums_are_those_of_the_prices():
    assert sums.INVOICES == (1_349_00, 215_00, 99_85, 926_75, 1_145_00, 2_060_00, 2_060_00)
    assert (sums.WHATSAPP_HELD, sums.REFUSED, sums.HELD) == (347, 5, 452)
    assert sums.USED_MICRO == 202_600_000


def test_somebody_elses_database_is_left_alone(place):
    with psycopg.connect(place.dsn) as connection:
        connection.execute("CREATE TABLE contracts_contract (id integer)")
        connection.execute("INSERT INTO contracts_contract VALUES (1)")
    with pytest.raises(NotOurs, match="has contracts"):
        ground.require_usable(place, Notebook(place.folder / "notebook.json"))


def test_a_run_that_was_cut_short_is_not_gone_on_with(place):
    notebook = Notebook(place.folder / "notebook.json")
    notebook.write("api_key", "abk_x")
    with pytest.raises(NotOurs, match="cut short"):
        ground.require_usable(place, Notebook(place.folder / "notebook.json"))


def databases(dsn: str) -> set[str]:
    with psycopg.connect(dsn) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}


@pytest.mark.parametrize("keep", [False, True])
def test_a_throw_away_database_is_thrown_away_unless_it_shall_be_kept(server, keep):
    with ground.throw_away(server, keep=keep) as made:
        assert made.name in databases(server)
        assert made.folder.is_dir()
    assert (made.name in databases(server)) is keep
    assert made.folder.exists() is keep
    if keep:
        ground.drop(made)
        made.folder.rmdir()


def test_after_a_failure_the_database_is_gone_and_the_folder_with_the_logs_is_there(server):
    with pytest.raises(RuntimeError), ground.throw_away(server, keep=False) as made:
        raise RuntimeError
    assert made.name not in databases(server)
    made.folder.rmdir()
