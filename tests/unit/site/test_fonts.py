from __future__ import annotations

from pathlib import Path

from fontTools.ttLib import TTFont

from abono.entrypoints.site import fonts


def test_the_web_font_is_small_has_our_letters_and_is_made_once(tmp_path: Path) -> None:
    target = tmp_path / "portal" / "inter.woff2"
    assert fonts.build(target)
    assert target.stat().st_size < 60_000
    font = TTFont(target)
    assert {ord(letter) for letter in "aZ09áÇñõüŁ€−→✓"} <= font.getBestCmap().keys()
    assert "tnum" in {record.FeatureTag for record in font["GSUB"].table.FeatureList.FeatureRecord}
    assert {axis.axisTag: axis.maxValue for axis in font["fvar"].axes}["wght"] == 600
    assert not fonts.build(target)
    assert [file.name for file in target.parent.iterdir()] == ["inter.woff2"]
