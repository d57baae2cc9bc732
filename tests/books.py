"""The books proven within a test, each of whose statements a connection plans once: to plan is most of what a small book costs."""

from __future__ import annotations

from typing import Any

from abono.domain.metering.check import Difference
from abono.flows import check_books as flow
from abono.flows.check_books import Finding
from tests import sql


def check_books(**asked: Any) -> list[Finding]:
    with sql.planned_once():
        return flow.check_books(**asked)


def check_metering(**asked: Any) -> list[Difference]:
    with sql.planned_once():
        return flow.check_metering(**asked)
