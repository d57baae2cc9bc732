-- What is looked at. Keys lead with contract_id, as those of metering do. Amounts are millionths of the package's currency.

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
    units bigint NOT NULL,                     -- of those that were sent, as they were held
    PRIMARY KEY (contract_id, cycle_start, quarter, route_id)
);

-- What callers were answered, per minute: refusals are stored nowhere else. Each process adds to rows of its own, so
-- that none waits for another; they are for looking at, and are gone after two days.
CREATE TABLE metering_minute (
    minute timestamptz NOT NULL,               -- real time, to within the seconds between two writings
    process uuid NOT NULL,
    operation text NOT NULL,                   -- holds, settlements, interactions; requests that were refused whole
    code text NOT NULL,                        -- why it was refused; empty for what was not
    events bigint NOT NULL,
    PRIMARY KEY (minute, process, operation, code),
    CONSTRAINT minute_some_events CHECK (events > 0)
);
