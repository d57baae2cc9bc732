-- What a price has free (CAT-9): a quantity for each contract or number that sends, again every month or day, and
-- windows after something that a contact did. The rows of the price list say which; the functions here are asked for
-- these rows only (catalog_sessionprice.terms > 1).

-- Units taken of a free quantity. Whoever looks at it holds the lock of free_v1 first, because a period of it may lie
-- in two cycles.
CREATE TABLE metering_free (
    contract_id uuid NOT NULL,
    channel text NOT NULL,
    kind text NOT NULL,
    sender text NOT NULL,                      -- the number that sends; empty: it is one for the contract
    every text NOT NULL,                       -- month or day
    began timestamptz NOT NULL,                -- see catalog_freeperiod
    taken bigint NOT NULL,
    PRIMARY KEY (contract_id, channel, kind, sender, every, began),
    CONSTRAINT free_taken_not_negative CHECK (taken >= 0)
);

-- … and which sends took them. A send that draws nothing in the end gives them back, and its row goes.
CREATE TABLE metering_free_send (
    contract_id uuid NOT NULL,
    send_id uuid NOT NULL,
    channel text NOT NULL,
    kind text NOT NULL,
    sender text NOT NULL,
    every text NOT NULL,
    began timestamptz NOT NULL,
    units smallint NOT NULL,
    PRIMARY KEY (contract_id, send_id),
    CONSTRAINT free_send_some_units CHECK (units > 0)
);

-- metering_units_v1: the price of so many units (null: one), never more than a bigint holds: that fits nowhere anyway.
CREATE FUNCTION metering_units_v1(p_price bigint, p_units integer) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_units IS NULL OR p_units = 1 THEN p_price WHEN p_units = 0 THEN 0
                WHEN p_price > 9223372036854775807 / p_units THEN 9223372036854775807 ELSE p_price * p_units END
$$;

-- metering_free_began_v1: when the local month or day began in which a moment lies, as the catalog says it (TIM-5).
CREATE FUNCTION metering_free_began_v1(p_every text, p_at timestamptz, p_zone text) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT f.starts_at FROM catalog_freeperiod f
     WHERE f.zone = p_zone AND f.every = p_every AND f.starts_at <= p_at
     ORDER BY f.starts_at DESC LIMIT 1
$$;

-- metering_free_v1: how many units of a send are free by its row of the price list, and how many of these a quantity
-- gives; those of an open window take none of it. Waits for others of the contract that look at a quantity.
-- A window is open from an event of the contact for so many hours, [t, t + h), on the channel of the row.
CREATE FUNCTION metering_free_v1(
    p_contract uuid, p_price_id bigint, p_units integer, p_contact uuid, p_sender text, p_at timestamptz,
    OUT units integer, OUT of_quantity integer
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET jit = off SET enable_seqscan = off
AS $$
DECLARE
    p record;
    gone bigint;
    since timestamptz;
BEGIN
    units := 0; of_quantity := 0;
    SELECT x.*, r.channel, r.kind INTO STRICT p
      FROM catalog_sessionprice x JOIN catalog_route r ON r.id = x.route_id WHERE x.id = p_price_id;
    IF p.free_after IS NOT NULL AND p_contact IS NOT NULL AND (
        EXISTS (SELECT FROM metering_contact_event v
                 WHERE v.contract_id = p_contract AND v.contact = p_contact AND v.counts AND v.channel IN (p.channel, '*')
                   AND v.happened_at > p_at - p.free_hours * interval '1 hour' AND v.happened_at <= p_at
                   AND v.kind = p.free_after)
        OR EXISTS (SELECT FROM metering_contact_event v
                    WHERE v.contract_id = p_contract AND v.contact = p_contact AND NOT v.counts AND v.kind = p.free_after
                      AND v.happened_at > p_at - p.free_hours * interval '1 hour' AND v.happened_at <= p_at
                      AND v.channel IN (p.channel, '*'))) THEN
        units := p_units;
    ELSIF p.free_quantity IS NOT NULL AND (p.free_scope = 'contract' OR p_sender IS NOT NULL) THEN
        since := metering_free_began_v1(p.free_period, p_at, p.free_zone);
        IF since IS NULL THEN           -- before or after all that the catalog knows of
            RETURN;
        END IF;
        PERFORM pg_advisory_xact_lock(hashtextextended('metering_free ' || p_contract, 0));
        SELECT f.taken INTO gone FROM metering_free f
         WHERE f.contract_id = p_contract AND f.channel = p.channel AND f.kind = p.kind AND f.every = p.free_period
           AND f.sender = CASE p.free_scope WHEN 'contract' THEN '' ELSE p_sender END AND f.began = since;
        of_quantity := least(p_units, greatest(p.free_quantity - coalesce(gone, 0), 0));
        units := of_quantity;
    END IF;
END $$;

-- metering_free_take_v1: a send was held that takes units of a free quantity. The caller asked metering_free_v1 before.
CREATE FUNCTION metering_free_take_v1(
    p_contract uuid, p_send uuid, p_price_id bigint, p_units integer, p_sender text, p_at timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    taken metering_free_send;
BEGIN
    SELECT p_contract, p_send, r.channel, r.kind, CASE p.free_scope WHEN 'contract' THEN '' ELSE p_sender END,
           p.free_period, metering_free_began_v1(p.free_period, p_at, p.free_zone), p_units
      INTO STRICT taken
      FROM catalog_sessionprice p JOIN catalog_route r ON r.id = p.route_id WHERE p.id = p_price_id;
    INSERT INTO metering_free_send
         VALUES (p_contract, p_send, taken.channel, taken.kind, taken.sender, taken.every, taken.began, taken.units);
    INSERT INTO metering_free AS f (contract_id, channel, kind, sender, every, began, taken)
         VALUES (p_contract, taken.channel, taken.kind, taken.sender, taken.every, taken.began, taken.units)
             ON CONFLICT (contract_id, channel, kind, sender, every, began) DO UPDATE SET taken = f.taken + excluded.taken;
END $$;

-- metering_free_back_v1: a send draws nothing in the end; what it took of a free quantity is there again.
CREATE FUNCTION metering_free_back_v1(p_contract uuid, p_send uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    back metering_free_send;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('metering_free ' || p_contract, 0));
    DELETE FROM metering_free_send s WHERE s.contract_id = p_contract AND s.send_id = p_send RETURNING s.* INTO back;
    UPDATE metering_free f SET taken = f.taken - back.units
     WHERE f.contract_id = p_contract AND f.channel = back.channel AND f.kind = back.kind AND f.sender = back.sender
       AND f.every = back.every AND f.began = back.began;
END $$;
