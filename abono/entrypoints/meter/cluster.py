"""Whether metering is distributed over a cluster: asked when the first event comes, then known."""

from __future__ import annotations

from psycopg_pool import AsyncConnectionPool

from abono.platform.postgres.citus import DISTRIBUTED


class Cluster:
    """Asks once; until the database has answered, it asks again.

    answer   as far as it is known
    """

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool
        self.answer: bool | None = None

    async def distributed(self) -> bool:
        """Raises psycopg.OperationalError while nobody answers."""
        if self.answer is None:
            async with self._pool.connection() as connection:
                row = await (await connection.execute(DISTRIBUTED)).fetchone()
            assert row is not None
            self.answer = bool(row[0])
        return self.answer
