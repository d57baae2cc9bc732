"""Pages are looked at as they stand: accessible and no wider than the screen, on each screen, in each light.

To load a page again for each of them would cost three times as much. Contrast takes four fifths of a look: of each
page it is measured once in each light, and at night (LOOKS=every) however often somebody comes by.
"""

from __future__ import annotations

import os
import re
from typing import Literal
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Frame, Page

WIDTHS = {360: 780, 1280: 860}  # width and height of what is seen
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
COLOURS = ("color-contrast", "link-in-text-block")  # rules of axe
EVERY = os.environ.get("LOOKS") == "every"

_ONES_OWN = re.compile(r"[0-9]+|[a-z]{3}_\w+|[\w.:=-]{20,}")  # what differs between addresses of one page
_coloured: set[tuple[str, bool]] = set()  # pages whose colours were looked at, and whether it was at night

_AS_IT_STANDS = """[innerWidth, document.documentElement.scrollWidth, matchMedia('(prefers-color-scheme: dark)').matches]"""
_BEYOND_THEIR_CARDS = """[...document.querySelectorAll('.card .table, main .table')]
  .filter((one) => {
    const card = one.closest('.card'), edge = (card || one.closest('main')).getBoundingClientRect().right;
    return one.getBoundingClientRect().right > edge - (card ? 8 : 0);
  })
  .map((one) => one.textContent.trim().slice(0, 80))"""


def axe(where: Page | Frame, *, colours: bool = True, all_else: bool = True) -> list[str]:
    """What axe finds wrong with a page but for its frames, one line each; nothing when all is well."""
    part_of_a_page = isinstance(where, Frame) and where.parent_frame is not None
    apart = {} if colours else {name: {"enabled": False} for name in COLOURS}
    rules = {"rules": {"page-has-heading-one": {"enabled": not part_of_a_page}, **apart}}
    options = {
        "resultTypes": ["violations"],
        "iframes": False,
        "preload": False,
        **(rules if all_else else {"runOnly": COLOURS}),
    }
    if not where.evaluate("'axe' in window"):
        where.evaluate(AXE_SCRIPT)
    violations = where.evaluate("options => axe.run(options).then(found => found.violations)", options)
    return [
        f"{violation['id']}: {node['target']} {node.get('failureSummary', '')}"
        for violation in violations
        for node in violation["nodes"]
    ]


def look(page: Page, *, colours_alone: bool = False) -> None:
    """The page has no accessibility violation, nor do its frames, and it does not scroll sideways."""
    page.wait_for_load_state()  # a link was followed, perhaps, and there is no document yet
    seen, wide, night = page.evaluate(_AS_IT_STANDS)
    assert page.evaluate(_BEYOND_THEIR_CARDS) == [], f"{page.url} on a screen of {seen}"
    for frame in page.frames:
        colours = frame.url != "about:blank" and _not_yet_coloured(frame.url, night)
        if frame.url != "about:blank" and (colours or not colours_alone):
            wrong = axe(frame, colours=colours, all_else=not colours_alone)
            assert wrong == [], f"{frame.url} on a screen of {seen}"
    assert wide <= seen, f"{page.url} is {wide} px wide on a screen of {seen}"


def _not_yet_coloured(address: str, night: bool) -> bool:
    """Whether the colours of that page were not looked at yet in this light."""
    parts = urlsplit(address)
    page = _ONES_OWN.sub("*", f"{parts.path.partition('/')[2].partition('/')[2]}?{parts.query}")
    if (page, night) in _coloured and not EVERY:
        return False
    _coloured.add((page, night))
    return True


def look_by_day_and_night(page: Page) -> None:
    """In both lights: the page stands, only colours change (at once, where motion is reduced)."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        look(page, colours_alone=scheme != SCHEMES[0])


def look_everywhere(page: Page) -> None:
    """On a phone and on a desk, by day and at night, without loading the page again."""
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        look_by_day_and_night(page)
