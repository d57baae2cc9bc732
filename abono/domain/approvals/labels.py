from __future__ import annotations

from abono.domain.approvals.types import ApprovalDetail
from abono.domain.catalog.refusals import said_later


def answer(one: ApprovalDetail, language: str) -> str:
    """Why it was refused, as the second person wrote it, or in a language why it could not be done; empty for others."""
    return said_later(one.failed_with, one.failed_facts, language) if one.failed_with else one.answer
