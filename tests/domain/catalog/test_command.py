from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from abono.domain.catalog.models import Plan
from abono.domain.catalog.reader import SHIPPED
from abono.platform.models import Event

TEXT = SHIPPED.read_text()


def run(*words: str) -> str:
    out = StringIO()
    call_command("catalog", *words, stdout=out)
    return out.getvalue()


@pytest.mark.rule("CAT-8", part="checked")
def test_check_needs_no_database_and_counts_what_it_found() -> None:
    assert run("check").endswith(
        "is right: 5 plans, 24 functions, 8 channels, 10 packages with 840 session prices.\n"
    )


@pytest.mark.rule("CAT-8", part="refused whole, with line and reason")
@pytest.mark.django_db
@pytest.mark.parametrize("act", ["check", "diff", "apply"])
def test_a_wrong_file_is_refused_whole_with_lines_and_reasons(act: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(TEXT.replace("credits: 2000", "credits: many").replace("0.085", "-0.085"))
    err = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("catalog", act, str(file), stderr=err)
    line = TEXT[: TEXT.index("credits: 2000")].count("\n") + 1
    told = err.getvalue().splitlines()
    assert told[0] == (
        f"{file}:{line}: plans.expert.credits: 'many' is not a number. Write a whole number, such as 500."
    )
    assert "'-0.085' is negative" in told[1]
    assert len(told) == 2
    assert str(refused.value) == f"{file} is refused whole: 2 problems."
    assert refused.value.returncode == 1
    assert not Plan.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.rule("CAT-1", part="data, not code")
@pytest.mark.rule("CAT-8", part="compared")
@pytest.mark.rule("CAT-8", part="applied")
@pytest.mark.django_db
def test_diff_apply_and_diff_again() -> None:
    said = run("diff")
    assert "plan expert: new\n    BRL 1,800.00 a month" in said
    assert not Plan.objects.exists()
    assert run("apply") == said
    assert Plan.objects.count() == 5
    assert run("diff") == "Nothing would change.\n"
    assert run("apply") == "Nothing to change: the catalog is in force already.\n"
    assert Event.objects.get().actor.startswith("shell")


@pytest.mark.django_db
def test_a_conflict_with_what_is_in_force_is_told_as_one_sentence(tmp_path: Path) -> None:
    run("apply")
    file = tmp_path / "mine.yaml"
    webchat = TEXT.index("  webchat:\n    labels")
    moved = TEXT[:webchat] + TEXT[webchat:].replace("priced: worldwide", "priced: by_country", 1)
    file.write_text(moved.replace("channel: webchat, ", "channel: webchat, in: BR, "))
    with pytest.raises(CommandError, match="The channel webchat is in force"):
        run("apply", str(file))


@pytest.mark.parametrize("words", [(), ("drop",), ("check", "a", "b")])
def test_wrong_use_of_the_command_is_an_error(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*words)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    err = StringIO()
    with pytest.raises(CommandError, match="is refused whole: 1 problem"):
        call_command("catalog", "check", str(tmp_path / "none.yaml"), stderr=err)
    assert "cannot be read: No such file" in err.getvalue()
