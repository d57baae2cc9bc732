"""A refusal is one line in the log: who may not open a page is no bug, so there is nothing to trace."""

from __future__ import annotations

import logging
from http import HTTPStatus


class RefusalsInOneLine(logging.Filter):
    """Takes the traceback off what was answered 403."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", None) == HTTPStatus.FORBIDDEN:
            record.exc_info = record.exc_text = None
        return True
