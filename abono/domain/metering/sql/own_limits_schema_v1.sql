-- What customers wish for themselves (LIM-5), and contact events that came too late (INT-7).
-- Keys lead with contract_id, as in schema_v1.sql. Amounts are millionths of the package's currency.

-- The wish of a contract: its cap in each cycle. A row without a cap and without budgets: it was taken back.
-- The cycles carry what follows from it (receipt_schema_v1.sql).
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

-- The row of the price list by which a line was priced; null for those from before this file.
ALTER TABLE metering_campaign_line ADD COLUMN price_id integer;

-- An event that was refused because its cycle was closed longer ago than the grace: the seller sees it. Never changed;
-- the same id again is kept once, as it came first.
CREATE TABLE metering_late_event (
    contract_id uuid NOT NULL,
    event_id uuid NOT NULL,                    -- kernel.ids.event_key of the caller's own id
    contact uuid NOT NULL,
    happened_at timestamptz NOT NULL,
    channel text NOT NULL,
    kind text NOT NULL,
    cycle_start timestamptz NOT NULL,          -- of the cycle that it would have belonged to
    told_at timestamptz NOT NULL,              -- when it came, on the customer's clock
    kept_at timestamptz NOT NULL DEFAULT now(),   -- in real time
    PRIMARY KEY (contract_id, event_id)
);
CREATE INDEX metering_late_event_newest ON metering_late_event (kept_at DESC, contract_id DESC, event_id DESC);
