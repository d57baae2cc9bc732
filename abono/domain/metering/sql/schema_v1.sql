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
    overage_percent smallint NOT NULL DEFAULT 100,  -- what use beyond the package costs, in percent of the session prices
    warn_next_micro bigint NOT NULL,           -- amount of the next level: all that a hold has to compare
    blocked_at timestamptz,                    -- set by the first send that did not fit
    included_interactions bigint NOT NULL,     -- the allowance
    interactions bigint NOT NULL DEFAULT 0,    -- interactions that opened in the cycle
    cap_micro bigint,                          -- the customer's own lower cap (LIM-5); null: none
    capped_at timestamptz,                     -- since when that stops sends: it was set below the use, or refused one
    budgeted boolean NOT NULL DEFAULT false,   -- whether channels of it have budgets
    -- Sends held before the one, or with an id before the other, are set apart: see metering_use_border.
    sealed_to timestamptz NOT NULL DEFAULT '1970-01-01 00:00Z',
    sealed_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    PRIMARY KEY (contract_id, cycle_start),
    CONSTRAINT cycle_forward CHECK (cycle_start < cycle_end),
    CONSTRAINT cycle_value_within CHECK (value_micro >= 0 AND value_micro <= ceiling_micro),
    CONSTRAINT cycle_held_not_negative CHECK (held_micro >= 0),
    CONSTRAINT cycle_used_not_negative CHECK (used_micro >= 0),
    CONSTRAINT cycle_within_ceiling CHECK (held_micro + used_micro <= ceiling_micro),
    CONSTRAINT cycle_overage_percent_within CHECK (overage_percent BETWEEN 0 AND 1000),
    CONSTRAINT cycle_interactions_not_negative CHECK (interactions >= 0),
    CONSTRAINT cycle_cap_not_negative CHECK (cap_micro >= 0)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX metering_cycle_unsealed ON metering_cycle (contract_id, cycle_start) WHERE sealed_to < '9999-01-01 00:00Z';

-- One accepted hold. Never changed. A send is open while it has no settlement. One whose `cycle_start` is -infinity is
-- none: its id is taken, since it is billed as uncovered (uncovered/README.md).
CREATE TABLE metering_send (
    contract_id uuid NOT NULL,
    send_id uuid NOT NULL,                     -- kernel.ids.event_key of the caller's own id
    cycle_start timestamptz NOT NULL,
    held_at timestamptz NOT NULL,              -- on the customer's clock
    price_micro bigint NOT NULL,               -- of all its units
    left_micro bigint NOT NULL,                -- what the answer said is left to the ceiling
    route_id integer NOT NULL,
    reference text,                            -- the caller's own id where it was no UUIDv7
    campaign_id uuid,                          -- on whose hold it drew; null for a send that was held by itself
    price_id integer,                          -- the row of the price list that it was priced by
    total_micro bigint,                        -- held and used in its cycle after it; null for a send of a campaign
    units smallint,                            -- of the price list's row; null: one
    terms smallint,                            -- of that row when it was held (catalog_sessionprice); null: ordinary ones
    PRIMARY KEY (contract_id, send_id),
    CONSTRAINT send_price_not_negative CHECK (price_micro >= 0),
    CONSTRAINT send_units_several CHECK (units > 1)
) PARTITION BY RANGE (send_id);
-- Ids that are no UUIDv7 (kernel.ids.event_key) carry no time and lie by themselves, so that the default partition
-- stays small: every new one has it searched.
CREATE TABLE metering_send_default PARTITION OF metering_send DEFAULT;
CREATE TABLE metering_send_other PARTITION OF metering_send
    FOR VALUES FROM ('ff000000-0000-0000-0000-000000000000') TO (MAXVALUE);
-- UUIDv7 of a contract are found in the order of time by their key; these are not. Only who says that it looks by
-- time may take this way: while statistics say that the partition is nearly empty it costs as little as the key, and
-- a plan of the hot functions that took it would live on and read all that a contract ever sent for each id.
CREATE INDEX metering_send_other_by_time ON metering_send_other (contract_id, held_at) WHERE held_at > '-infinity';
CREATE INDEX metering_send_by_time ON metering_send USING brin (held_at) WITH (pages_per_range = 32, autosummarize = on);

-- How a send ended. Never changed.
CREATE TABLE metering_settlement (
    contract_id uuid NOT NULL,
    send_id uuid NOT NULL,
    settled_at timestamptz NOT NULL,
    outcome smallint NOT NULL,                 -- 1 drawn, 2 rejected, 3 expired, 4 not delivered, where only delivered ones draw
    drawn_micro bigint,                        -- what it drew where that is less than the price of its hold (PKG-13)
    price_id integer,                          -- … and the row of the price list that says so
    PRIMARY KEY (contract_id, send_id),
    CONSTRAINT settlement_outcome_known CHECK (outcome IN (1, 2, 3, 4)),
    CONSTRAINT settlement_drawn_not_negative CHECK (drawn_micro >= 0),
    CONSTRAINT settlement_drawn_by_a_row CHECK ((drawn_micro IS NULL) = (price_id IS NULL) AND (drawn_micro IS NULL OR outcome = 1))
) PARTITION BY RANGE (send_id);
CREATE TABLE metering_settlement_default PARTITION OF metering_settlement DEFAULT;
CREATE TABLE metering_settlement_other PARTITION OF metering_settlement
    FOR VALUES FROM ('ff000000-0000-0000-0000-000000000000') TO (MAXVALUE);

-- A send that drew was counted as something cheaper later on: what it draws since, less each time (PKG-13). Read by
-- itself, whatever is added up already: it takes `back_micro` from what the settlement says.
CREATE TABLE metering_recount (
    contract_id uuid NOT NULL,
    send_id uuid NOT NULL,
    drawn_micro bigint NOT NULL,
    cycle_start timestamptz NOT NULL,
    back_micro bigint NOT NULL,                -- less than before
    price_id integer NOT NULL,                 -- the row of the price list that says so
    told_at timestamptz NOT NULL,              -- on the customer's clock
    PRIMARY KEY (contract_id, send_id, drawn_micro),
    CONSTRAINT recount_drawn_not_negative CHECK (drawn_micro >= 0),
    CONSTRAINT recount_gives_back CHECK (back_micro > 0)
);
CREATE INDEX metering_recount_of_cycle ON metering_recount (contract_id, cycle_start);

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
    CONSTRAINT threshold_level_known CHECK (level IN ('package_80', 'package_100', 'limit_90', 'blocked', 'own_cap'))
);
CREATE INDEX metering_threshold_unnoticed ON metering_threshold (crossed_at) WHERE noticed_at IS NULL;

-- The wish of a contract: its cap in each cycle. A row without a cap and without budgets: it was taken back.
-- The cycles carry what follows from it (metering_cycle, metering_channel_budget).
CREATE TABLE metering_own_limit (
    contract_id uuid PRIMARY KEY,
    cap_micro bigint,                          -- null: none
    changed_at timestamptz NOT NULL,           -- on the customer's clock
    changed_by text NOT NULL,                  -- person:<id>, key:<prefix>
    CONSTRAINT own_limit_cap_not_negative CHECK (cap_micro >= 0)
);

-- … and the budget of a channel in each cycle.
CREATE TABLE metering_own_budget (
    contract_id uuid NOT NULL,
    channel text NOT NULL,
    budget_micro bigint NOT NULL,
    PRIMARY KEY (contract_id, channel),
    CONSTRAINT own_budget_not_negative CHECK (budget_micro >= 0)
);

-- A channel's budget in a cycle (LIM-5). Rows are there for every channel of a budgeted cycle that was used or has
-- a budget; whoever changes one holds the lock of the cycle's row.
CREATE TABLE metering_channel_budget (
    contract_id uuid NOT NULL,
    cycle_start timestamptz NOT NULL,
    channel text NOT NULL,
    budget_micro bigint,                       -- null: none
    total_micro bigint NOT NULL DEFAULT 0,     -- held and used on the channel
    PRIMARY KEY (contract_id, cycle_start, channel),
    CONSTRAINT channel_budget_not_negative CHECK (budget_micro >= 0),
    CONSTRAINT channel_total_not_negative CHECK (total_micro >= 0)
);

-- What is added up of a cycle are its sends that lie before a border: those with a UUIDv7 lie where their id says,
-- the others where `held_at` says. Nothing is lost or counted twice, whatever clocks and commits do, because
-- whoever holds a send before `sealed`, under the lock of the cycle's row, sets it apart (metering_use_apart).
-- Sealing is a moment under that lock; adding up comes after it and takes no lock that callers wait for (docs/growth.md).

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

-- Up to which moment of real time each sweep has done its work.
CREATE TABLE metering_sweep (
    name text PRIMARY KEY,
    swept_to timestamptz NOT NULL
);
