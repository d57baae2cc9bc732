"""QR codes as cameras and screen readers need them."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from abono.kernel.qr import qr_svg

TEXT = "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***63041D3D"
SVG = "{http://www.w3.org/2000/svg}"


def test_a_code_is_black_on_white_with_its_quiet_zone_and_has_a_name() -> None:
    drawn = ElementTree.fromstring(
        qr_svg(TEXT, 'Pix de "Sol" & <filha>').replace("<svg ", f'<svg xmlns="{SVG[1:-1]}" ')
    )
    assert drawn.get("role") == "img"
    title, ground, ink = drawn
    assert title.text == 'Pix de "Sol" & <filha>'
    _, _, width, height = map(int, str(drawn.get("viewBox")).split())
    assert (ground.get("fill"), ground.get("d")) == ("#fff", f"M0 0h{width}v{height}h-{width}z")
    assert ink.get("stroke") == "#000"
    assert str(ink.get("d")).startswith("M4 4.5h7")  # the first eye of a code begins four modules inside
    assert (width - 8 - 21) % 4 == 0  # 21 modules, and four more for each version


def test_nothing_in_a_code_is_refused_by_the_policy_of_content() -> None:
    assert not re.search(r"style=|<script|href", qr_svg(TEXT, "Pix"))
