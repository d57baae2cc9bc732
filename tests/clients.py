"""What every test's client shares: middleware that was set up once, as a served process has it, and pages that tell of themselves alone."""

from __future__ import annotations

from typing import Any

from django.template import Context, Template
from django.test import utils
from django.test.client import ClientHandler
from django.test.signals import template_rendered

from tests import remembered
from tests.fixtures import NOT_READ_BY_MIDDLEWARE

_PARTS = ("_view_middleware", "_template_response_middleware", "_exception_middleware", "_middleware_chain")
_set_up_alone = ClientHandler.load_middleware
_shared: dict[str, Any] = {}


def pytest_configure() -> None:
    ClientHandler.load_middleware = _set_up
    utils.instrumented_test_render = _page_tells  # type: ignore[assignment]


def _set_up(handler: ClientHandler, is_async: bool = False) -> None:
    """A test with settings of its own sets its own up: middleware may read them once."""
    if is_async or remembered.overridden() - NOT_READ_BY_MIDDLEWARE:
        _set_up_alone(handler, is_async)
        return
    if not _shared:
        _set_up_alone(handler)
        _shared.update({name: getattr(handler, name) for name in _PARTS})
    vars(handler).update(_shared)


def _page_tells(template: Template, context: Context) -> str:
    """The context of a page is kept for its test, not a copy of it for each part that the page includes."""
    if context.template is template:
        template_rendered.send(sender=template, template=template, context=context)
    return template.nodelist.render(context)
