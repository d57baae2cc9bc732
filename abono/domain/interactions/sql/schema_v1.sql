-- Contact events and interactions. Keys lead with contract_id, as those of metering do.

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
    ('ad_click', '2000-01-01 00:00Z', false),
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
-- … and what may open a window in which sends are free without counting itself (metering/sql/free_v1.sql).
CREATE INDEX metering_contact_event_beside
    ON metering_contact_event (contract_id, contact, kind, happened_at) WHERE NOT counts;

-- 24 hours of contact: derived from the events, kept beside them, the same in whatever order they came (INT-7).
CREATE TABLE metering_interaction (
    contract_id uuid NOT NULL,
    contact uuid NOT NULL,
    channel text NOT NULL,
    opened_at timestamptz NOT NULL,
    cycle_start timestamptz NOT NULL,          -- the cycle in which it opened (INT-4)
    PRIMARY KEY (contract_id, contact, channel, opened_at)
);

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
