-- Sends that have left and that nothing covers (PKG-12), and what is decided of them. Keys lead with contract_id, as
-- those of metering do. Amounts are millionths of the contract's currency.

-- A send that left and drew on nothing. Never changed, but for `noticed_at` and what follows from its delivery.
CREATE TABLE metering_uncovered (
    contract_id uuid NOT NULL,
    send_id uuid NOT NULL,                     -- kernel.ids.event_key of the teller's own id
    reference text,                            -- that id where it was no UUIDv7
    channel text NOT NULL,                     -- these three as they were told; empty: nobody said
    kind text NOT NULL,
    country text NOT NULL,
    happened_at timestamptz NOT NULL,          -- on the customer's clock
    told_at timestamptz NOT NULL,              -- likewise
    why text NOT NULL,                         -- in the words of flows.usage.said
    price_micro bigint,                        -- of the row in force when it happened; null: there was none
    waits boolean NOT NULL DEFAULT false,      -- its price draws what is delivered, and nobody has said that it is
    withdrawn_at timestamptz,                  -- when it was told that such a one was not delivered
    hold_refused boolean NOT NULL,             -- we had refused to hold it: it is never billed
    kept_at timestamptz NOT NULL DEFAULT now(),   -- in real time
    noticed_at timestamptz,                    -- when people were told of it
    PRIMARY KEY (contract_id, send_id),
    CONSTRAINT uncovered_price_not_negative CHECK (price_micro >= 0),
    CONSTRAINT uncovered_withdrawn_waits_no_more CHECK (withdrawn_at IS NULL OR NOT waits),
    CONSTRAINT uncovered_why_known CHECK (why IN ('sending_blocked', 'no_price', 'no_recipient', 'no_cycle',
        'no_send', 'hold_expired', 'unknown_channel', 'too_late', 'in_the_future'))
);
CREATE INDEX metering_uncovered_newest ON metering_uncovered (kept_at DESC, contract_id DESC, send_id DESC);
CREATE INDEX metering_uncovered_of ON metering_uncovered (contract_id, kept_at DESC, send_id DESC);
CREATE INDEX metering_uncovered_unnoticed ON metering_uncovered (contract_id)
    WHERE noticed_at IS NULL AND withdrawn_at IS NULL AND NOT waits;

-- A hold that we refused, kept for some weeks: should the send be told of, it is never billed.
CREATE TABLE metering_refused_hold (
    contract_id uuid NOT NULL,
    send_id uuid NOT NULL,
    refused_at timestamptz NOT NULL DEFAULT now(),   -- in real time
    PRIMARY KEY (contract_id, send_id)
);
CREATE INDEX metering_refused_hold_by_time ON metering_refused_hold USING brin (refused_at);

-- What the seller decided of uncovered sends of one contract. Never changed, but for what follows from it.
CREATE TABLE metering_uncovered_decision (
    contract_id uuid NOT NULL,
    decision_id uuid NOT NULL,
    bill boolean NOT NULL,                     -- false: they are let go
    typed_micro bigint,                        -- the price of each; null: the rows in force
    why text NOT NULL,
    sends bigint NOT NULL,
    total_micro bigint NOT NULL,               -- 0 where they are let go
    decided_by text NOT NULL,                  -- person:<id>, key:<prefix>, system: the setting says always
    decided_at timestamptz NOT NULL,           -- on the customer's clock, as all moments here
    bill_from timestamptz,                     -- five days after it was told; null: never
    contested_at timestamptz,
    contested_by text,
    invoice_id uuid,                           -- on which it was billed
    PRIMARY KEY (contract_id, decision_id),
    CONSTRAINT uncovered_decision_price_not_negative CHECK (typed_micro >= 0),
    CONSTRAINT uncovered_decision_of_something CHECK (sends > 0 AND total_micro >= 0),
    CONSTRAINT uncovered_decision_said_why CHECK (why <> ''),
    CONSTRAINT uncovered_decision_bills_later CHECK (bill = (bill_from IS NOT NULL)),
    CONSTRAINT uncovered_decision_told_before CHECK (bill_from >= decided_at + interval '5 days'),
    CONSTRAINT uncovered_decision_contested_by CHECK ((contested_at IS NULL) = (contested_by IS NULL)),
    CONSTRAINT uncovered_decision_contested_is_not_billed CHECK (contested_at IS NULL OR invoice_id IS NULL)
);

-- … of each of them, once.
CREATE TABLE metering_uncovered_decided (
    contract_id uuid NOT NULL,
    send_id uuid NOT NULL,
    decision_id uuid NOT NULL,
    price_micro bigint NOT NULL,
    PRIMARY KEY (contract_id, send_id),
    CONSTRAINT uncovered_decided_price_not_negative CHECK (price_micro >= 0)
);
CREATE INDEX metering_uncovered_decided_of ON metering_uncovered_decided (contract_id, decision_id);
