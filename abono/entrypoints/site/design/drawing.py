"""The few SVG marks that bars and charts are made of.

Nothing has a view box: lengths along the page are percentages and heights are pixels, so that one drawing fits
a phone and a desk and its letters keep their size. Colours are classes of the style sheet; nothing is inline.
"""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString


def share(part: int, whole: int) -> str:
    """`part` of `whole` as a length, in hundredths of a percent, rounded down: `33.33%`."""
    hundredths = max(0, part) * 10_000 // whole if whole > 0 else 0
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def rect(x: str, y: int, width: str, height: int, kind: str, title: object = "") -> SafeString:
    """A box with its name for those who point at it."""
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}">{}</rect>',
        kind,
        x,
        y,
        width,
        height,
        format_html("<title>{}</title>", title) if title else "",
    )


def line(x1: str, y1: int, x2: str, y2: int, kind: str) -> SafeString:
    return format_html('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>', kind, x1, y1, x2, y2)


def text(x: str, y: int, words: object, kind: str, *, anchor: str = "middle") -> SafeString:
    """Words at a point; `anchor` is start, middle or end."""
    return format_html('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>', kind, x, y, anchor, words)


def anchor(part: int, whole: int) -> str:
    """How words at this share of the width are held so that they stay inside."""
    if part * 100 < whole * 12:
        return "start"
    return "end" if part * 100 > whole * 88 else "middle"
