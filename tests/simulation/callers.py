"""Programs that call, lose answers, die, and come at the same time."""

from __future__ import annotations

from uuid import UUID

from django.db import connection, transaction

from tests.simulation import licences, steps
from tests.simulation.calls import Calls, event_key
from tests.simulation.connections import Connections, safely
from tests.simulation.world import World


class _Undo(Exception):
    """A process that dies before its commit."""


class Callers(Calls):
    """The people around the contracts of one story."""

    def __init__(self, world: World, story: steps.Story, to: Connections) -> None:
        super().__init__(world, story)
        self.to = to

    def plain(self, step: steps.Step) -> object:
        return self.fast(self.to.lane, step.call) if step.lane else self.do(step.call)

    def undone(self, step: steps.Step) -> object:
        """What would have been answered had the process not died."""
        answer: object = None
        try:
            if step.lane:
                with self.to.lane.transaction():
                    answer = self.fast(self.to.lane, step.call)
                    raise _Undo
            with transaction.atomic():
                answer = self.do(step.call)
                raise _Undo
        except _Undo:
            return answer

    def killed(self, step: steps.Step) -> object:
        """Stop the call in the middle, by something that it has to wait for, and kill its connection there.

        Raises Killed; a call that waits for nothing is answered after all.
        """
        pid = self.to.other_pid()
        with transaction.atomic():
            self._obstruct(step.call)
            answer = self.to.other.submit(safely, self.do, step.call)
            if self.to.waits(answer, pid):
                self.to.kill(pid)
            try:
                return answer.result()
            finally:
                transaction.set_rollback(True)

    def together(self, first: steps.Call, second: steps.Call, *, lane: bool) -> tuple[object, object]:
        """The second call comes while the first is not committed; both answers."""
        pid = self.to.lane.info.backend_pid if lane else self.to.other_pid()
        with transaction.atomic():
            before = self.do(first)
            if lane:
                answer = self.to.other.submit(self.fast, self.to.lane, second)
            else:
                answer = self.to.other.submit(safely, self.do, second)
            self.to.waits(answer, pid)
        return before, answer.result()

    def _obstruct(self, call: steps.Call) -> None:
        """Hold what the call will need: the id of one send in the middle of it, or else its cycles."""
        target: tuple[str, UUID, UUID] | None = None
        match call:
            case steps.Lease(events):
                licences.hold(self.ids[one.contract] for one in events)
                return
            case steps.Hold(asked) | steps.Record(asked):
                one = asked[len(asked) // 2]
                target = "metering_send", self.ids[one.contract], event_key(one.name)
            case steps.SettleCampaign(number, _, reports):
                target = "metering_send", self.ids[number], event_key(reports[len(reports) // 2][0])
            case steps.Settle(told):
                end = told[len(told) // 2]
                target = "metering_settlement", self.ids[end.contract], event_key(end.name)
        with connection.cursor() as cursor:
            if target is not None:
                table, contract, send = target
                more, values = {
                    "metering_send": (
                        "cycle_start, held_at, price_micro, left_micro, route_id",
                        "now(), now(), 0, 0, 0",
                    ),
                    "metering_settlement": ("settled_at, outcome", "now(), 1"),
                }[table]
                cursor.execute(
                    f"INSERT INTO {table} (contract_id, send_id, {more}) VALUES (%s, %s, {values})"
                    " ON CONFLICT DO NOTHING",
                    [contract, send],
                )
                if cursor.rowcount:
                    return
            cursor.execute(
                "SELECT FROM metering_cycle WHERE contract_id = ANY (%s)"
                " ORDER BY contract_id, cycle_start FOR UPDATE",
                [self.ids],
            )
