-- Tables of licences in use. Every key leads with contract_id; moments are on the customer's clock (TIM-2). There are no
-- foreign keys: whoever holds a contract to bill it would keep people from coming in.

-- The row that those wait on who want something of one contract: whoever changes the rows below holds it, but for a
-- heartbeat that only makes a lease last longer. It is made by the first who asks.
CREATE TABLE licences_pool (
    contract_id uuid PRIMARY KEY,
    held integer NOT NULL DEFAULT 0,           -- rows of licences_lease, also those lost by time that nobody took yet
    waiting integer NOT NULL DEFAULT 0,        -- rows of licences_place
    next_place bigint NOT NULL DEFAULT 1,
    kept boolean NOT NULL DEFAULT false,       -- whether licences are kept for groups (licences_kept)
    refused_at timestamptz NOT NULL DEFAULT '1970-01-01 00:00Z',  -- when somebody was refused last
    spells_until timestamptz NOT NULL DEFAULT '1970-01-01 00:00Z',  -- end of the 24 hours in which so many began
    spells integer NOT NULL DEFAULT 0,
    peak_from timestamptz NOT NULL DEFAULT '1970-01-01 00:00Z',   -- the row of licences_peak that runs,
    peak_until timestamptz NOT NULL DEFAULT '1970-01-01 00:00Z',  -- until when, and what is in it
    peak integer NOT NULL DEFAULT 0,
    over integer NOT NULL DEFAULT 0,
    CONSTRAINT licences_pool_not_negative CHECK (held >= 0 AND waiting >= 0 AND next_place > waiting)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

-- A licence in use: one person's (LIC-1). It is lost when `until` has come and somebody else takes it.
CREATE TABLE licences_lease (
    contract_id uuid NOT NULL,
    person text COLLATE "C" NOT NULL,          -- whom the platform names: the id of a member, or a key of its own
    ids text[] NOT NULL,                       -- the platform's own ids of it: one, or one a device where they share it (LIC-3)
    was text[] NOT NULL DEFAULT '{}',          -- the last ones that others of the same person took over
    device text NOT NULL DEFAULT '',           -- as the platform names it; where it was asked for last
    kept_for text COLLATE "C",                 -- the group of whose licences it is (LIC-9)
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,                -- exclusive
    lapses_at timestamptz NOT NULL,            -- `until` or before: it follows only when it nears, so that most heartbeats touch no index
    active_at timestamptz NOT NULL,            -- when the person last did something, as far as the platform says
    PRIMARY KEY (contract_id, person),
    CONSTRAINT licences_lease_has_ids CHECK (cardinality(ids) BETWEEN 1 AND 10 AND cardinality(was) <= 10),
    CONSTRAINT licences_lease_forward CHECK (since < until AND lapses_at <= until)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
-- Who looks for a person does not say this, so that no plan, made while there were few, walks through all leases of a contract.
CREATE INDEX licences_lease_lapses ON licences_lease (contract_id, lapses_at) WHERE lapses_at > '-infinity';

-- Somebody who waits (LIC-7), in the order of `number`. The place is lost at `until`, or at `set_aside_until` once a
-- licence is set aside for it.
CREATE TABLE licences_place (
    contract_id uuid NOT NULL,
    person text COLLATE "C" NOT NULL,
    ids text[] NOT NULL,
    device text NOT NULL DEFAULT '',
    groups text[] NOT NULL,                    -- of the person, in which licences may be kept (LIC-9)
    number bigint NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    set_aside_until timestamptz,
    kept_for text COLLATE "C",                 -- as of the lease that it will be
    PRIMARY KEY (contract_id, person),
    CONSTRAINT licences_place_once UNIQUE (contract_id, number),
    CONSTRAINT licences_place_has_ids CHECK (cardinality(ids) BETWEEN 1 AND 10)
) WITH (autovacuum_vacuum_scale_factor = 0.02);

-- Licences that are kept for a profile or a named group (LIC-9).
CREATE TABLE licences_kept (
    contract_id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    licences integer NOT NULL,
    PRIMARY KEY (contract_id, name),
    CONSTRAINT licences_kept_some CHECK (licences > 0)
);

-- Who is let in no more since they were deactivated or deleted, by every name that the platform may have for them (LIC-5).
-- It holds while they are no active member: the row goes by night (actions.forget_old).
CREATE TABLE licences_barred (
    customer_id uuid NOT NULL,
    person text COLLATE "C" NOT NULL,
    of_person uuid NOT NULL,                   -- of identity_person
    PRIMARY KEY (customer_id, person)
);

-- Why a person's last lease or place ended without them, so that their next heartbeat is told. Forgotten after some days.
CREATE TABLE licences_gone (
    contract_id uuid NOT NULL,
    person text COLLATE "C" NOT NULL,
    ids text[] NOT NULL,
    why text NOT NULL,
    gone_at timestamptz NOT NULL,
    untold text[] NOT NULL DEFAULT '{}',       -- why leases of theirs ended of which an event is to be made yet, oldest first,
    untold_at timestamptz[] NOT NULL DEFAULT '{}',  -- and when
    PRIMARY KEY (contract_id, person),
    CONSTRAINT licences_gone_why_known CHECK (why IN ('lost', 'idle', 'reduced', 'freed', 'deactivated')),
    CONSTRAINT licences_gone_untold_whole CHECK (cardinality(untold) = cardinality(untold_at))
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX licences_gone_untold ON licences_gone (gone_at) WHERE untold <> '{}';
CREATE INDEX licences_gone_by_time ON licences_gone USING brin (gone_at);

-- Refusals of one person, one row for each spell of them (LIC-10): it goes on while they try again within half an hour, and
-- ends when they get in. Beyond a thousand that begin in 24 hours of a contract, further ones are one row of nobody (person '').
CREATE TABLE licences_spell (
    contract_id uuid NOT NULL,
    person text COLLATE "C" NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 1,
    in_use integer NOT NULL,                   -- at the last try, as `owned`
    owned integer NOT NULL,
    waited boolean NOT NULL DEFAULT false,     -- in the queue
    got_in_at timestamptz,
    told_at timestamptz,                       -- when an event was made of it
    PRIMARY KEY (contract_id, person, first_at),
    CONSTRAINT licences_spell_forward CHECK (first_at <= last_at),
    CONSTRAINT licences_spell_tried CHECK (tries > 0)
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX licences_spell_old ON licences_spell USING brin (first_at);
CREATE INDEX licences_spell_by_time ON licences_spell (contract_id, first_at DESC);
CREATE INDEX licences_spell_untold ON licences_spell (first_at) WHERE told_at IS NULL;

-- How many were in at the most, by the hour; where a cycle ends within one, it is two rows. An hour without a row was one
-- in which nobody was in.
CREATE TABLE licences_peak (
    contract_id uuid NOT NULL,
    from_at timestamptz NOT NULL,
    peak integer NOT NULL,
    over integer NOT NULL DEFAULT 0,           -- beyond what was owned at that moment, at the most (LIC-4)
    owned integer NOT NULL,                    -- at its last change
    PRIMARY KEY (contract_id, from_at),
    CONSTRAINT licences_peak_within CHECK (over BETWEEN 0 AND peak)
);
CREATE INDEX licences_peak_old ON licences_peak USING brin (from_at);
