"""The fast lane's figures for Prometheus: read on its own loop when somebody asks, so that no request waits for a lock."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import REGISTRY, Collector

from abono.entrypoints.meter.admission import Admission
from abono.entrypoints.meter.engine import Engine
from abono.platform.running.metrics import Spread

PATIENCE_S = 2
times = Spread()  # of requests, by address and class of status
_log = logging.getLogger("abono.meter")


class Figures(Collector):
    """From the start of an engine to its end."""

    def __init__(self, engine: Engine, admission: Admission) -> None:
        self._engine, self._admission = engine, admission
        self._loop = asyncio.get_running_loop()
        REGISTRY.register(self)

    def describe(self) -> Iterable[Metric]:
        return ()  # nothing is asked of a loop that is still busy with its start

    def collect(self) -> Iterable[Metric]:
        """Called on a thread of its own."""
        try:
            return asyncio.run_coroutine_threadsafe(self._look(), self._loop).result(PATIENCE_S)
        except (TimeoutError, RuntimeError):
            _log.warning("the fast lane had no time to be looked at")
            return ()

    def stop(self) -> None:
        REGISTRY.unregister(self)

    async def _look(self) -> list[Metric]:
        return [
            times.family("abono_meter_request_seconds", "Requests of the fast lane", ["address", "status"]),
            *self._counted(),
            *self._waiting(),
        ]

    def _counted(self) -> Iterator[Metric]:
        events = CounterMetricFamily(
            "abono_meter_events", "Events by how they were answered", labels=["operation", "code"]
        )
        for (operation, code), count in self._engine.counts.total().items():
            events.add_metric([operation, code or "granted"], count)
        yield events

    def _waiting(self) -> Iterator[Metric]:
        waiting = GaugeMetricFamily(
            "abono_meter_waiting", "Events that no statement has taken", labels=["lane"]
        )
        oldest = GaugeMetricFamily(
            "abono_meter_oldest_seconds", "The one that waits longest", labels=["lane"]
        )
        for name, lane in self._engine.lanes.items():
            waiting.add_metric([name], lane.waiting)
            oldest.add_metric([name], lane.oldest_ms / 1000)
        yield from (waiting, oldest)
        room = GaugeMetricFamily("abono_meter_open", "What is open", labels=["what"])
        room.add_metric(["requests"], self._admission.requests)
        room.add_metric(["streams"], self._admission.streams)
        room.add_metric(["body_bytes"], self._admission.bytes)
        yield room
        pools = GaugeMetricFamily("abono_meter_connections", "Of its pools", labels=["pool", "what"])
        for name, pool in (("reads", self._engine.reads), ("writes", self._engine.writes)):
            found = pool.get_stats()
            for what in ("pool_size", "pool_available", "requests_waiting"):
                pools.add_metric([name, what], found.get(what, 0))
        yield pools
