"""The linter's rules of security hold in the code that ships: no value in SQL, no shell, no pickle, no XML."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
READS_XML = "abono/domain/fiscal/xml.py"
CODE = sorted((ROOT / "abono").rglob("*.py"))
# S102, S307: code from text; S301-S324: pickle, weak hashes, XML; S5, S60: unverified lines, shells; S608: SQL from text
RULES = "S102,S301,S302,S303,S304,S305,S306,S307,S308,S310,S311,S312,S313,S314,S315,S316,S317,S318,S319,S324,S501,S602,S604,S605,S608"


def test_the_linters_rules_of_security_hold() -> None:
    asked = [sys.executable, "-m", "ruff", "check", "--no-cache", "--select", RULES, str(ROOT / "abono")]
    found = subprocess.run(asked, capture_output=True, text=True, timeout=120)
    assert found.returncode == 0, found.stdout


def test_nothing_unpickles_reads_xml_or_opens_a_shell() -> None:
    closed = re.compile(
        r"^\s*(?:import|from) (?:pickle|marshal|shelve|xml|lxml)\b|os\.system\(|shell=True", re.MULTILINE
    )
    found = [file.relative_to(ROOT).as_posix() for file in CODE if closed.search(file.read_text())]
    assert found == [READS_XML]


def test_the_one_place_that_reads_xml_has_neither_document_types_nor_entities() -> None:
    """What comes in it is tried in `scenarios/test_fiscal_documents.py`."""
    text = (ROOT / READS_XML).read_text()
    assert re.findall(r"^(?:import|from) xml.*$", text, re.MULTILINE) == ["from xml.parsers import expat"]
    assert (
        "StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.UnparsedEntityDeclHandler = _no" in text
    )
