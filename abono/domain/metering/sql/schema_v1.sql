-- Tables of metering. Every key leads with contract_id, so that a cluster can keep a contract's rows together.
-- There are no foreign keys: their checks would lock a row of the catalog for every send, and what a wrong package
-- or route leads to is a refusal, never a free send. Amounts are millionths of the package's currency.

-- One cycle of a contract: the only row that callers wait for one another on. The hot functions change
-- no indexed column of it, and half of each page is free, so that its new versions stay on their page.
CREATE TABLE metering_cycle (
    contract_id uuid NOT NULL,
    cycle_start timestamptz NOT NULL,
    cycle_end timestamptz NOT NULL,            -- exclusive
    package_id uuid NOT NULL,
    value_micro bigint NOT NULL,               -- the package
    ceiling_micro bigint NOT NULL,             -- the package and the overage limit; 2^62 means no limit
    held_micro bigint NOT NULL DEFAULT 0,      -- set aside for sends that are not settled
    used_micro bigint NOT NULL DEFAULT 0,      -- drawn by sends that left
    raised smallint NOT NULL DEFAULT 0,        -- how often package or limit were raised in the cycle
    warned smallint NOT NULL DEFAULT 0,        -- levels told of since then, as bits: see warn_v1.sql
    warn_next_micro bigint NOT NULL,           -- amount of the next level: all that a hold has to compare
    blocked_at timestamptz,                    -- set by the first send that did not fit
    included_interactions bigint NOT NULL,     -- the allowance
    interactions bigint NOT NULL DEFAULT 0,    -- interactions that opened in the cycle
    PRIMARY KEY (contract_id, cycle_start),
    CONSTRAINT cycle_forward CHECK (cycle_start < cycle_end),
    CONSTRAINT cycle_value_within CHECK (value_micro >= 0 AND value_micro <= ceiling_micro),
    CONSTRAINT cycle_held_not_negative CHECK (held_micro >= 0),
    CONSTRAINT cycle_used_not_negative CHECK (used_micro >= 0),
    CONSTRAINT cycle_within_ceiling CHECK (held_micro + used_micro <= ceiling_micro),
    CONSTRAINT cycle_interactions_not_negative CHECK (interactions >= 0)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

-- One accepted hold. Never changed. A send is open while it has no settlement.
CREATE TABLE metering_send (
    contract_id uuid NOT NULL,
    send_id uuid NOT NULL,                     -- kernel.ids.event_key of the caller's own id
    cycle_start timestamptz NOT NULL,
    held_at timestamptz NOT NULL,              -- on the customer's clock
    price_micro bigint NOT NULL,
    left_micro bigint NOT NULL,                -- what the answer said is left to the ceiling
    route_id integer NOT NULL,
    reference text,                            -- the caller's own id where it was no UUIDv7
    PRIMARY KEY (contract_id, send_id),
    CONSTRAINT send_price_not_negative CHECK (price_micro >= 0)
) PARTITION BY RANGE (send_id);
CREATE TABLE metering_send_default PARTITION OF metering_send DEFAULT;
CREATE INDEX metering_send_by_time ON metering_send USING brin (held_at) WITH (pages_per_range = 32, autosummarize = on);

-- How a send ended. Never changed.
CREATE TABLE metering_settlement (
    contract_id uuid NOT NULL,
    send_id uuid NOT NULL,
    settled_at timestamptz NOT NULL,
    outcome smallint NOT NULL,                 -- 1 sent, 2 rejected, 3 expired
    PRIMARY KEY (contract_id, send_id),
    CONSTRAINT settlement_outcome_known CHECK (outcome IN (1, 2, 3))
) PARTITION BY RANGE (send_id);
CREATE TABLE metering_settlement_default PARTITION OF metering_settlement DEFAULT;

-- A level that a cycle reached: once per cycle and raise (LIM-3).
CREATE TABLE metering_threshold (
    contract_id uuid NOT NULL,
    cycle_start timestamptz NOT NULL,
    raised smallint NOT NULL,
    level text NOT NULL,
    crossed_at timestamptz NOT NULL,
    total_micro bigint NOT NULL,               -- held and used at that moment
    noticed_at timestamptz,                    -- when a notice was made of it
    PRIMARY KEY (contract_id, cycle_start, raised, level),
    CONSTRAINT threshold_level_known CHECK (level IN ('package_80', 'package_100', 'limit_90', 'blocked'))
);
CREATE INDEX metering_threshold_unnoticed ON metering_threshold (crossed_at) WHERE noticed_at IS NULL;

-- Which kinds of contact events count as interaction, from when on (INT-2, INT-3).
CREATE TABLE metering_interaction_kind (
    kind text NOT NULL,
    valid_from timestamptz NOT NULL,
    counts boolean NOT NULL,
    PRIMARY KEY (kind, valid_from)
);
INSERT INTO metering_interaction_kind (kind, valid_from, counts) VALUES
    ('company_started', '2000-01-01 00:00Z', true),
    ('contact_message', '2000-01-01 00:00Z', true),
    ('mass_send_answered', '2000-01-01 00:00Z', true),
    ('ticket_public', '2000-01-01 00:00Z', true),
    ('agent_action', '2000-01-01 00:00Z', true),
    ('mass_send', '2000-01-01 00:00Z', false),
    ('automatic_reply', '2000-01-01 00:00Z', false),
    ('ticket_internal', '2000-01-01 00:00Z', false);

-- Something between a contact and the customer, whether it counts or not. Never changed.
CREATE TABLE metering_contact_event (
    contract_id uuid NOT NULL,
    event_id uuid NOT NULL,                    -- kernel.ids.event_key of the caller's own id
    contact uuid NOT NULL,                     -- event_key of the contact's key; we store no name
    happened_at timestamptz NOT NULL,
    channel text NOT NULL,
    kind text NOT NULL,
    counts boolean NOT NULL,                   -- by the row of its kind in force when it happened
    PRIMARY KEY (contract_id, event_id)
);
CREATE INDEX metering_contact_event_chain
    ON metering_contact_event (contract_id, contact, channel, happened_at) WHERE counts;

-- 24 hours of contact: derived from the events, kept beside them, the same in whatever order they came (INT-7).
CREATE TABLE metering_interaction (
    contract_id uuid NOT NULL,
    contact uuid NOT NULL,
    channel text NOT NULL,
    opened_at timestamptz NOT NULL,
    cycle_start timestamptz NOT NULL,          -- the cycle in which it opened (INT-4)
    PRIMARY KEY (contract_id, contact, channel, opened_at)
);

-- Up to which moment of real time each sweep has done its work.
CREATE TABLE metering_sweep (
    name text PRIMARY KEY,
    swept_to timestamptz NOT NULL
);
