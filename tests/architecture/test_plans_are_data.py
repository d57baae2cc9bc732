"""Plans and packages are data: no code knows one by its name (CAT-1)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from abono.domain.catalog import reader

ABONO = Path(__file__).parents[2] / "abono"
EXAMPLES = ("demo/", "entrypoints/api/", "entrypoints/site/style/samples.py")  # shown, never decided by


@pytest.mark.rule("CAT-1", part="data, not code")
def test_no_code_names_a_plan_or_a_package() -> None:
    shipped = reader.read(reader.SHIPPED)
    codes = {plan.code for plan in shipped.plans} | {package.code for package in shipped.packages}
    named = {
        str(file.relative_to(ABONO))
        for file in ABONO.rglob("*.py")
        if any(code in (text := file.read_text()) for code in codes)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and node.value in codes
    }
    assert {place for place in named if not place.startswith(EXAMPLES)} == set()
