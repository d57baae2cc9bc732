-- Entries by month, and roll-ups of them. See docs/growth.md. Amounts are millionths of the package's currency.

-- Ids that are no UUIDv7 (kernel.ids.event_key) carry no time and lie by themselves, so that the default partitions
-- stay small: every new partition has them searched. Where the default ones hold such ids already, they stay there.
-- On the way back these partitions and those of months stay, too.
DO $$
BEGIN
    CREATE TABLE IF NOT EXISTS metering_send_other PARTITION OF metering_send
        FOR VALUES FROM ('ff000000-0000-0000-0000-000000000000') TO (MAXVALUE);
EXCEPTION WHEN check_violation THEN
    NULL;
END $$;
DO $$
BEGIN
    CREATE TABLE IF NOT EXISTS metering_settlement_other PARTITION OF metering_settlement
        FOR VALUES FROM ('ff000000-0000-0000-0000-000000000000') TO (MAXVALUE);
EXCEPTION WHEN check_violation THEN
    NULL;
END $$;
-- UUIDv7 of a contract are found in the order of time by their key; these are not.
CREATE INDEX metering_send_default_other ON metering_send_default (contract_id, held_at)
 WHERE send_id >= 'ff000000-0000-0000-0000-000000000000';
DO $$
BEGIN
    IF to_regclass('metering_send_other') IS NOT NULL THEN
        CREATE INDEX IF NOT EXISTS metering_send_other_by_time ON metering_send_other (contract_id, held_at);
    END IF;
END $$;

-- What is added up of a cycle are its sends that lie before a border: those with a UUIDv7 lie where their id says,
-- the others where `held_at` says. Nothing is lost or counted twice, whatever clocks and commits do, because
-- whoever holds a send before `sealed`, under the lock of the cycle's row, sets it apart (metering_use_apart).
-- Sealing is a moment under that lock; adding up comes after it and takes no lock that callers wait for.
ALTER TABLE metering_cycle
    ADD COLUMN sealed_to timestamptz NOT NULL DEFAULT '1970-01-01 00:00Z',
    ADD COLUMN sealed_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
CREATE INDEX metering_cycle_unsealed ON metering_cycle (contract_id, cycle_start) WHERE sealed_to < '9999-01-01 00:00Z';

-- Sends that ended, added up per quarter of an hour in which they were held, so that they make the days of every
-- time zone. Sends of campaigns are not among them: their lines and slices are added up already.
CREATE TABLE metering_use (
    contract_id uuid NOT NULL,
    cycle_start timestamptz NOT NULL,
    quarter timestamptz NOT NULL,
    route_id integer NOT NULL,
    sent bigint NOT NULL,
    sent_micro bigint NOT NULL,
    rejected bigint NOT NULL,
    expired bigint NOT NULL,
    PRIMARY KEY (contract_id, cycle_start, quarter, route_id)
);

-- Up to where a cycle is added up: the border, said as a moment and as an id. No row: not at all yet.
CREATE TABLE metering_use_border (
    contract_id uuid NOT NULL,
    cycle_start timestamptz NOT NULL,
    rolled_to timestamptz NOT NULL,
    rolled_id uuid NOT NULL,
    detached boolean NOT NULL DEFAULT false,   -- entries of it are in no attached partition any more
    PRIMARY KEY (contract_id, cycle_start)
);

-- Sends before the border that are not added up: open ones, and those that came late.
CREATE TABLE metering_use_apart (
    contract_id uuid NOT NULL,
    cycle_start timestamptz NOT NULL,
    send_id uuid NOT NULL,
    PRIMARY KEY (contract_id, cycle_start, send_id)
) WITH (autovacuum_vacuum_scale_factor = 0.02);
