"""The list of `make mutants` stays true while the code moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import mutants

LISTED = mutants.read()


@pytest.mark.parametrize("mutant", LISTED, ids=[mutant.name for mutant in LISTED])
def test_each_fault_has_its_place_in_the_code_and_tests_that_are_there(mutant: mutants.Mutant) -> None:
    assert (mutants.ROOT / mutant.file).read_text().count(mutant.old) == 1
    assert mutant.old != mutant.new
    assert mutant.tests
    for test in mutant.tests:
        path, _, name = test.partition("::")
        assert (mutants.ROOT / path).exists()
        assert not name or f"def {name}(" in (mutants.ROOT / path).read_text()


def test_there_are_faults_of_many_kinds_and_none_twice() -> None:
    assert len({mutant.name for mutant in LISTED}) == len(LISTED) >= 40
    assert len({(mutant.file, mutant.new) for mutant in LISTED}) == len(LISTED)


def test_a_fault_is_put_in_and_taken_out(tmp_path: Path) -> None:
    mutant = LISTED[0]
    copy = tmp_path / mutant.file
    copy.parent.mkdir(parents=True)
    before = (mutants.ROOT / mutant.file).read_text()
    copy.write_text(before)

    with mutant.put_in(tmp_path):
        assert copy.read_text() == before.replace(mutant.old, mutant.new) != before
        with pytest.raises(ValueError, match="0 times"), mutant.put_in(tmp_path):
            pass
    assert copy.read_text() == before
