"""Take a bank statement: looked at whole before anything of it is believed, and kept, for people to say what it pays (PAY-6)."""

from __future__ import annotations

from datetime import datetime

from abono.domain.settings import queries as settings
from abono.domain.settings.known import SELLER_TIME_ZONE
from abono.domain.statements import actions
from abono.domain.statements.errors import BadBankStatement
from abono.domain.statements.types import StatementInfo
from abono.kernel.ofx import BadStatement, read
from abono.kernel.periods import local_date
from abono.platform.use_case import use_case


@use_case
def take(*, name: str, content: bytes, actor: str, real: datetime) -> tuple[StatementInfo, bool]:
    """Keep a statement in OFX, of whichever accounts it is. Returns it, and whether it is new: the same one again changes nothing, and
    movements that an earlier one told stand there alone. Nothing is booked. Raises BadBankStatement."""
    try:
        entries = read(content)
    except BadStatement as bad:
        raise BadBankStatement.because(bad.code, bad.line, bad.found) from None
    today = local_date(real, settings.value(SELLER_TIME_ZONE, at=real))
    for entry in entries:
        if entry.day > today:
            raise BadBankStatement.because("future", entry.line, entry.day.isoformat())
    return actions.keep(name=name, content=content, entries=entries, actor=actor, real=real)
