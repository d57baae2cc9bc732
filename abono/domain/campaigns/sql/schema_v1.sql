-- Tables of campaign holds: one hold for any number of sends (PKG-5). See docs/adr/0011.
-- Keys lead with contract_id, as those of metering do. Amounts are millionths of the package's currency.

-- One accepted campaign.
CREATE TABLE metering_campaign (
    contract_id uuid NOT NULL,
    campaign_id uuid NOT NULL,                 -- kernel.ids.event_key of the caller's own id
    cycle_start timestamptz NOT NULL,          -- of the cycle in which it was held; all its sends belong to it
    held_at timestamptz NOT NULL,              -- on the customer's clock, as the two below
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    state smallint NOT NULL DEFAULT 1,         -- 1 open, 2 closed, 3 cancelled, 4 expired
    total_micro bigint NOT NULL,               -- what was set aside
    left_micro bigint NOT NULL,                -- what the answer said is left to the ceiling
    reference text,                            -- the caller's own id where it was no UUIDv7
    PRIMARY KEY (contract_id, campaign_id),
    CONSTRAINT campaign_state_known CHECK (state IN (1, 2, 3, 4)),
    CONSTRAINT campaign_ended_once CHECK ((state = 1) = (ended_at IS NULL)),
    CONSTRAINT campaign_forward CHECK (held_at < expires_at),
    CONSTRAINT campaign_total_not_negative CHECK (total_micro >= 0)
);
CREATE INDEX metering_campaign_due ON metering_campaign (expires_at) WHERE state = 1;

-- How many sends of a route a campaign asked for, and at which price: fixed at the hold (PKG-8).
CREATE TABLE metering_campaign_line (
    contract_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    line smallint NOT NULL,                    -- from 1, in the order asked
    route_id integer NOT NULL,
    price_micro bigint NOT NULL,
    places bigint NOT NULL,                    -- sends that may be drawn
    sent bigint NOT NULL DEFAULT 0,            -- these are written when the campaign ends; until then the slices know
    rejected bigint NOT NULL DEFAULT 0,
    saved_micro bigint NOT NULL DEFAULT 0,     -- likewise: what its sends drew less than the price (PKG-13, CAT-9)
    price_id integer NOT NULL,                 -- the row of the price list by which it was priced
    units smallint,                            -- of that row, of each send; null: one. `price_micro` is that of all
    terms smallint,                            -- of that row (catalog_sessionprice); null: ordinary ones
    PRIMARY KEY (contract_id, campaign_id, line),
    CONSTRAINT campaign_line_route_once UNIQUE (contract_id, campaign_id, route_id),
    CONSTRAINT campaign_line_some_places CHECK (places > 0),
    CONSTRAINT campaign_line_units_several CHECK (units > 1),
    CONSTRAINT campaign_line_price_not_negative CHECK (price_micro >= 0),
    CONSTRAINT campaign_line_sent_within CHECK (sent BETWEEN 0 AND places),
    CONSTRAINT campaign_line_rejected_not_negative CHECK (rejected >= 0),
    CONSTRAINT campaign_line_saved_within CHECK (saved_micro BETWEEN 0 AND sent * price_micro)
);

-- A part of a line's places, for one writer at a time: many writers use many slices, and none of them the row of
-- the cycle. Slices live while the campaign is open. The counters are in no index, so that their new versions
-- stay on their page.
CREATE TABLE metering_campaign_slice (
    contract_id uuid NOT NULL,
    cycle_start timestamptz NOT NULL,
    campaign_id uuid NOT NULL,
    line smallint NOT NULL,
    slice smallint NOT NULL,
    price_micro bigint NOT NULL,
    open bigint NOT NULL,                      -- places that nobody has drawn
    sent bigint NOT NULL DEFAULT 0,
    rejected bigint NOT NULL DEFAULT 0,
    saved_micro bigint NOT NULL DEFAULT 0,     -- what those that were sent drew less than the price
    PRIMARY KEY (contract_id, cycle_start, campaign_id, line, slice),
    CONSTRAINT campaign_slice_open_not_negative CHECK (open >= 0),
    CONSTRAINT campaign_slice_sent_not_negative CHECK (sent >= 0),
    CONSTRAINT campaign_slice_rejected_not_negative CHECK (rejected >= 0),
    CONSTRAINT campaign_slice_saved_within CHECK (saved_micro BETWEEN 0 AND greatest(sent, 0) * price_micro)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
