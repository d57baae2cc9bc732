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
