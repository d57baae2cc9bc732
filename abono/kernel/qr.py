"""A text as a QR code, for pages and papers."""

from __future__ import annotations

import segno

QUIET_ZONE = 4  # modules without ink around it (ISO/IEC 18004): without them many cameras find nothing


def qr_svg(text: str, title: str) -> str:
    """The code as SVG markup, as wide as the place where it stands: black on white in any colours of the page, so that every
    camera reads it; `title` is what a screen reader says. Error correction M, as the Central Bank asks of Pix."""
    code = segno.make(text, error="m", micro=False, boost_error=False)
    drawn: str = code.svg_inline(
        border=QUIET_ZONE,
        dark="#000",
        light="#fff",
        title=title,
        svgclass="qr",
        lineclass=None,
        omitsize=True,
    )
    return drawn.replace("<svg ", '<svg role="img" ', 1)
