"""Pages are looked at as they stand: accessible and no wider than the screen, on each screen, in each light.

To load a page again for each of them would cost three times as much.
"""

from __future__ import annotations

from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Frame, Page

WIDTHS = {360: 780, 1280: 860}  # width and height of what is seen
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_OF_COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}

_BEYOND_THEIR_CARDS = """[...document.querySelectorAll('.card .table')]
  .filter((one) => one.getBoundingClientRect().right > one.closest('.card').getBoundingClientRect().right - 8)
  .map((one) => one.textContent.trim().slice(0, 80))"""


def axe(where: Page | Frame, *, colours_alone: bool = False) -> list[str]:
    """What axe finds wrong with a page but for its frames, one line each; nothing when all is well."""
    part_of_a_page = isinstance(where, Frame) and where.parent_frame is not None
    rules = {"rules": {"page-has-heading-one": {"enabled": not part_of_a_page}}}
    options = {
        "resultTypes": ["violations"],
        "iframes": False,
        "preload": False,
        **(_OF_COLOURS if colours_alone else rules),
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
    seen, wide = page.evaluate("[window.innerWidth, document.documentElement.scrollWidth]")
    assert page.evaluate(_BEYOND_THEIR_CARDS) == [], f"{page.url} on a screen of {seen}"
    for frame in page.frames:
        if frame.url != "about:blank":
            assert axe(frame, colours_alone=colours_alone) == [], f"{frame.url} on a screen of {seen}"
    assert wide <= seen, f"{page.url} is {wide} px wide on a screen of {seen}"


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
