-- Receipts, caps and budgets. Amounts are millionths of the package's currency.

-- The row of the price list that a send was priced by, and what was held and used in its cycle after it: with the
-- price and `left_micro` they say which part of it the package paid and which was overage. Null for a send of a
-- campaign, whose value was held before, and for those from before this file.
ALTER TABLE metering_send ADD COLUMN price_id integer, ADD COLUMN total_micro bigint;

-- The customer's own lower cap of a cycle (LIM-5), and whether channels of it have budgets.
ALTER TABLE metering_cycle
    ADD COLUMN cap_micro bigint,
    ADD COLUMN budgeted boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT cycle_cap_not_negative CHECK (cap_micro >= 0);

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
