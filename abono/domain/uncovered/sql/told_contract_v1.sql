-- metering_told_contract_v1: sends of one contract that have left, told of afterwards: each draws, or is kept as
-- uncovered (PKG-12).
--
-- The arrays have one element per event: id of the send, its id should it be drawn anew, its route (null: there is none),
-- the moment at which it left and the present one, both on the customer's clock, the teller's own id where it was no
-- UUIDv7, channel, kind and country as they were told, why it cannot draw where the teller's door knows that (null: it
-- may), the campaign that it is said to be of (null: none), and units, contact, sender and outcome as
-- record_contract_v1.sql has them. p_grace is for how long after the end of a cycle sends of it are still taken (as INT-7).
-- The answer has one element per event, too. `status`:
--   1 recorded   its price is drawn       2 replayed   it was drawn before: its first answer again
--   3 clash      it ended otherwise, or was rejected; nothing was done
--   6 waiting    it draws when it is delivered: it is held now
--   7 nothing    not delivered, and its price draws what is: nothing is drawn, and what was kept of it is withdrawn
--   4 uncovered  nothing is drawn, `why` says why; `price` where there is one
--   5 uncovered  likewise, and it was before: nothing changed
--   8 unknown    it was rejected, and nothing is known of it
-- A send that is once uncovered stays so, whatever room there is later. One whose hold ran out is drawn anew, under an id
-- of its own: what its hold was stays as it is.
CREATE FUNCTION metering_told_contract_v1(
    p_contract uuid, p_send uuid[], p_anew uuid[], p_route integer[], p_at timestamptz[], p_now timestamptz[],
    p_reference text[], p_channel text[], p_kind text[], p_country text[], p_why text[], p_campaign uuid[],
    p_units smallint[], p_contact uuid[], p_sender text[], p_outcome smallint[], p_grace interval,
    OUT status smallint[], OUT price bigint[], OUT why text[]
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
AS $$
DECLARE
    n integer := cardinality(p_send);
    e record;
    i integer;
    send uuid[] := p_send;              -- per event: the id under which it draws
    route integer[] := p_route;         -- … that of its hold, else as it was told
    units smallint[] := p_units;
    reference text[] := p_reference;
    waits boolean[];                    -- … whether its price draws what is delivered, and nobody said that it is
    first integer[];                    -- … where its id came first in this call
    since timestamptz; until timestamptz;   -- what is locked
    asked integer[]; told record;
BEGIN
    IF (cardinality(p_anew), cardinality(p_route), cardinality(p_at), cardinality(p_now), cardinality(p_reference),
        cardinality(p_channel), cardinality(p_kind), cardinality(p_country), cardinality(p_why), cardinality(p_campaign),
        cardinality(p_units), cardinality(p_contact), cardinality(p_sender), cardinality(p_outcome))
       IS DISTINCT FROM (n, n, n, n, n, n, n, n, n, n, n, n, n, n) THEN
        RAISE EXCEPTION 'arrays of different length' USING ERRCODE = 'array_subscript_error';
    END IF;
    status := array_fill(NULL::smallint, ARRAY[n]); price := array_fill(NULL::bigint, ARRAY[n]); why := p_why;
    waits := array_fill(false, ARRAY[n]);

    -- Whoever tells of the same sends waits here, whatever moments they name, so that none is drawn by one and kept by
    -- the other. What it protects is read by the next statement: with a snapshot taken under it.
    PERFORM pg_advisory_xact_lock(hashtextextended('metering_told ' || p_contract, 0));
    SELECT array_agg(d.first ORDER BY d.n) INTO first
      FROM (SELECT u.n, first_value(u.n) OVER (PARTITION BY u.send, u.outcome = 2 ORDER BY u.n) AS first
              FROM unnest(p_send, p_outcome) WITH ORDINALITY u (send, outcome, n)) d;

    FOR e IN
        SELECT u.n, u.outcome, k.why AS kept_why, k.price_micro AS kept_price, s.route_id, s.units, s.cycle_start,
               l.units AS line_units, u.moment, c.cycle_end IS NOT NULL AS late
          FROM unnest(p_send, p_at, p_now, p_campaign, p_route, p_outcome) WITH ORDINALITY
               u (send, moment, present, campaign, route, outcome, n)
          LEFT JOIN LATERAL (
               SELECT x.why, x.price_micro FROM metering_uncovered x
                WHERE x.contract_id = p_contract AND x.send_id = u.send LIMIT 1) k ON true
          LEFT JOIN LATERAL (
               SELECT x.route_id, x.units, x.cycle_start FROM metering_send x
                WHERE x.contract_id = p_contract AND x.send_id = u.send LIMIT 1) s ON true
          LEFT JOIN LATERAL (
               SELECT x.units FROM metering_campaign_line x
                WHERE x.contract_id = p_contract AND x.campaign_id = u.campaign AND x.route_id = u.route LIMIT 1) l ON true
          LEFT JOIN LATERAL (
               SELECT x.cycle_end FROM metering_cycle x
                WHERE x.contract_id = p_contract AND x.cycle_start <= u.moment AND x.cycle_end > u.moment
                  AND x.cycle_end + p_grace <= u.present LIMIT 1) c ON true
    LOOP
        IF e.kept_why IS NOT NULL THEN
            status[e.n] := 5; price[e.n] := e.kept_price; why[e.n] := e.kept_why;
        ELSIF e.outcome = 2 THEN
            status[e.n] := 8; why[e.n] := NULL;
        ELSE
            IF e.route_id IS NULL THEN
                units[e.n] := coalesce(units[e.n], e.line_units);
            ELSE                                -- its hold says what it was
                route[e.n] := e.route_id; units[e.n] := e.units;
                why[e.n] := CASE WHEN p_why[e.n] = 'in_the_future' THEN p_why[e.n] END;
                since := least(since, e.cycle_start, e.moment); until := greatest(until, e.cycle_start, e.moment);
            END IF;
            IF why[e.n] IS NULL AND e.late THEN
                why[e.n] := 'too_late';
            ELSIF why[e.n] IS NULL THEN
                since := least(since, e.moment); until := greatest(until, e.moment);
            END IF;
        END IF;
    END LOOP;
    PERFORM FROM metering_cycle x
      WHERE x.contract_id = p_contract AND x.cycle_start <= until AND x.cycle_end > since
      ORDER BY x.cycle_start FOR NO KEY UPDATE;

    FOR e IN                            -- a hold draws in its own cycle, however late, but one that ran out is anew
        SELECT u.n, t.outcome, coalesce(s.reference, u.send::text) AS name
          FROM unnest(p_send, status) WITH ORDINALITY u (send, status, n)
         CROSS JOIN LATERAL (
               SELECT x.reference FROM metering_send x
                WHERE x.contract_id = p_contract AND x.send_id = u.send LIMIT 1) s
          LEFT JOIN LATERAL (
               SELECT x.outcome FROM metering_settlement x
                WHERE x.contract_id = p_contract AND x.send_id = u.send LIMIT 1) t ON true
         WHERE u.status IS NULL
    LOOP
        IF e.outcome IS DISTINCT FROM 3 THEN
            why[e.n] := NULL;
        ELSE
            send[e.n] := p_anew[e.n]; reference[e.n] := e.name;
        END IF;
    END LOOP;

    SELECT array_agg(u.n ORDER BY u.n) INTO asked
      FROM unnest(first, status, why) WITH ORDINALITY u (first, status, why, n)
     WHERE u.first = u.n AND u.status IS NULL AND u.why IS NULL;
    IF asked IS NOT NULL THEN
        SELECT * INTO told FROM metering_record_contract_v1(
            p_contract,
            ARRAY(SELECT send[u.n] FROM unnest(asked) WITH ORDINALITY u (n, place) ORDER BY u.place),
            ARRAY(SELECT route[u.n] FROM unnest(asked) WITH ORDINALITY u (n, place) ORDER BY u.place),
            ARRAY(SELECT p_at[u.n] FROM unnest(asked) WITH ORDINALITY u (n, place) ORDER BY u.place),
            ARRAY(SELECT reference[u.n] FROM unnest(asked) WITH ORDINALITY u (n, place) ORDER BY u.place),
            ARRAY(SELECT units[u.n] FROM unnest(asked) WITH ORDINALITY u (n, place) ORDER BY u.place),
            ARRAY(SELECT p_contact[u.n] FROM unnest(asked) WITH ORDINALITY u (n, place) ORDER BY u.place),
            ARRAY(SELECT p_sender[u.n] FROM unnest(asked) WITH ORDINALITY u (n, place) ORDER BY u.place),
            ARRAY(SELECT p_outcome[u.n] FROM unnest(asked) WITH ORDINALITY u (n, place) ORDER BY u.place));
        FOR j IN 1 .. cardinality(asked) LOOP
            i := asked[j];
            price[i] := told.price[j];
            status[i] := CASE WHEN told.status[j] <= 3 THEN told.status[j] WHEN told.status[j] = 10 THEN 6
                              WHEN told.status[j] = 11 THEN 7 END;
            why[i] := CASE told.status[j] WHEN 4 THEN 'sending_blocked' WHEN 5 THEN 'no_price' WHEN 6 THEN 'no_cycle'
                                          WHEN 7 THEN 'hold_expired' END;
        END LOOP;
    END IF;

    -- A price where there is one: that of its hold, else of the row in force in the package of its cycle, or of the
    -- contract's last one where it has none.
    FOR e IN
        SELECT u.n, coalesce(s.price_micro, metering_units_v1(p.price_micro, u.units)) AS price_micro,
               u.outcome = 1 AND coalesce(CASE WHEN s.route_id IS NULL THEN p.terms ELSE s.terms END & 1, 0) = 1 AS waits
          FROM unnest(p_send, route, units, p_at, first, status, p_outcome) WITH ORDINALITY
               u (send, route, units, moment, first, status, outcome, n)
          LEFT JOIN LATERAL (
               SELECT x.route_id, x.price_micro, x.terms FROM metering_send x
                WHERE x.contract_id = p_contract AND x.send_id = u.send LIMIT 1) s ON true
          LEFT JOIN LATERAL (
               SELECT x.package_id FROM metering_cycle x
                WHERE x.contract_id = p_contract AND x.cycle_start <= u.moment
                ORDER BY x.cycle_start DESC LIMIT 1) c ON true
          LEFT JOIN LATERAL (
               SELECT x.price_micro, x.terms FROM catalog_sessionprice x
                WHERE x.package_id = c.package_id AND x.route_id = u.route AND x.valid_from <= u.moment
                ORDER BY x.valid_from DESC LIMIT 1) p ON true
         WHERE u.status IS NULL AND u.first = u.n
    LOOP
        price[e.n] := e.price_micro; status[e.n] := 4; waits[e.n] := e.waits;
    END LOOP;

    INSERT INTO metering_uncovered (contract_id, send_id, reference, channel, kind, country, happened_at, told_at, why,
                                    price_micro, waits, hold_refused)
         SELECT p_contract, u.send, u.reference, coalesce(nullif(u.channel, ''), s.channel, ''),
                coalesce(nullif(u.kind, ''), s.kind, ''), coalesce(nullif(u.country, ''), s.country, ''),
                u.moment, u.present, u.why, u.price, u.waits,
                s.channel IS NULL AND EXISTS (SELECT FROM metering_refused_hold x
                                               WHERE x.contract_id = p_contract AND x.send_id = u.send)
           FROM unnest(p_send, p_reference, p_channel, p_kind, p_country, p_at, p_now, why, price, waits, status)
                u (send, reference, channel, kind, country, moment, present, why, price, waits, status)
           LEFT JOIN LATERAL (
                SELECT r.channel, r.kind, r.country
                  FROM (SELECT y.route_id FROM metering_send y
                         WHERE y.contract_id = p_contract AND y.send_id = u.send LIMIT 1) x
                 CROSS JOIN LATERAL (SELECT r.channel, r.kind, r.country FROM catalog_route r
                                      WHERE r.id = x.route_id LIMIT 1) r) s ON true
          WHERE u.status = 4;

    FOR i IN 1 .. n LOOP
        IF status[i] IN (5, 8) THEN
            status[i] := coalesce(metering_told_again_v1(p_contract, p_send[i], p_outcome[i], p_now[i]), 8);
        ELSIF status[i] IS NULL THEN        -- its id came before in this call: as in a call of its own
            SELECT f.status[1] AS status, f.price[1] AS price, f.why[1] AS why INTO told
              FROM metering_told_contract_v1(
                   p_contract, p_send[i:i], p_anew[i:i], p_route[i:i], p_at[i:i], p_now[i:i], p_reference[i:i],
                   p_channel[i:i], p_kind[i:i], p_country[i:i], p_why[i:i], p_campaign[i:i], p_units[i:i],
                   p_contact[i:i], p_sender[i:i], p_outcome[i:i], p_grace) f;
            status[i] := told.status; price[i] := told.price; why[i] := told.why;
        END IF;
    END LOOP;
END $$;

-- metering_told_again_v1: something more is told of a send that is kept. One that its price draws when it is delivered
-- is withdrawn when it was not; delivered, it waits no longer. The answer is a `status` of metering_told_contract_v1, null
-- where nothing is kept.
CREATE FUNCTION metering_told_again_v1(p_contract uuid, p_send uuid, p_outcome smallint, p_at timestamptz)
RETURNS smallint LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET jit = off SET enable_seqscan = off
AS $$
BEGIN
    UPDATE metering_uncovered x SET waits = false, withdrawn_at = CASE WHEN p_outcome <> 5 THEN p_at END
     WHERE x.contract_id = p_contract AND x.send_id = p_send AND x.waits AND p_outcome <> 1;
    RETURN (SELECT CASE WHEN x.withdrawn_at IS NULL THEN 5 WHEN p_outcome = 5 THEN 3 ELSE 7 END
              FROM metering_uncovered x WHERE x.contract_id = p_contract AND x.send_id = p_send);
END $$;
