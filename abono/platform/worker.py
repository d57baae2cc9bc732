"""The workers of one process: those for gateways apart from all others, so that a slow one holds up gateways alone."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from procrastinate.contrib.django import app

from abono.platform.queue import Lane

_APART = ([Lane.GATEWAYS.value], [lane.value for lane in Lane if lane is not Lane.GATEWAYS])
_GRACE_S = 20  # what is in hand may be finished


async def run(*, concurrency: int) -> None:
    """Work until the task is cancelled; what is in hand is finished first.

    concurrency   jobs at a time, of gateways and of all others each

    Raises what made a worker give up.
    """
    threads = ThreadPoolExecutor(max_workers=len(_APART) * concurrency + 1)
    asyncio.get_running_loop().set_default_executor(threads)
    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
    with app.replace_connector(connector) as here:
        async with here.open_async():
            workers = [
                asyncio.create_task(
                    here.run_worker_async(
                        queues=lanes,
                        concurrency=concurrency,
                        delete_jobs="successful",
                        shutdown_graceful_timeout=_GRACE_S,
                        install_signal_handlers=False,
                    )
                )
                for lanes in _APART
            ]
            try:  # one that gives up takes the others along: half a worker would not be noticed
                await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for worker in workers:
                    worker.cancel()
                ends = await asyncio.gather(*workers, return_exceptions=True)
    for end in ends:
        if isinstance(end, Exception):
            raise end
