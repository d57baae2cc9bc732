-- metering_told_contract_v1: sends of one contract that have left, told of afterwards: each draws, or is kept as
-- uncovered (PKG-12).
--
-- The arrays have one element per event: id of the send, its route (null: there is none), the moment at which it left and
-- the present one, both on the customer's clock, the teller's own id where it was no UUIDv7, channel, kind and country as
-- they were told, why it cannot draw where the teller's door knows that (null: it may), and units, contact, sender and
-- outcome as record_contract_v1.sql has them. p_grace is for how long
-- after the end of a cycle sends of it are still taken (as INT-7). The answer has one element per event, too. `status`:
--   1 recorded   its price is drawn       2 replayed   it was drawn before: its first answer again
--   3 clash      this id was held or told of with other content, or it was rejected; nothing was done
--   6 waiting    it draws when it is delivered: it is held now      7 nothing  not delivered, and its price draws what is
--   4 uncovered  nothing is drawn, `why` says why; `price` where there is one
--   5 uncovered  likewise, and it was before: nothing changed
-- A send that is once uncovered stays so, whatever room there is later.
CREATE FUNCTION metering_told_contract_v1(
    p_contract uuid, p_send uuid[], p_route integer[], p_at timestamptz[], p_now timestamptz[], p_reference text[],
    p_channel text[], p_kind text[], p_country text[], p_why text[],
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
    route integer[];                    -- per event: that of its hold, else as it was told
    units smallint[];
    first integer[];                    -- per event: where its id came first in this call
    asked integer[]; told record;
BEGIN
    IF (cardinality(p_route), cardinality(p_at), cardinality(p_now), cardinality(p_reference), cardinality(p_channel),
        cardinality(p_kind), cardinality(p_country), cardinality(p_why), cardinality(p_units), cardinality(p_contact),
        cardinality(p_sender), cardinality(p_outcome)) IS DISTINCT FROM (n, n, n, n, n, n, n, n, n, n, n, n) THEN
        RAISE EXCEPTION 'arrays of different length' USING ERRCODE = 'array_subscript_error';
    END IF;
    status := array_fill(NULL::smallint, ARRAY[n]); price := array_fill(NULL::bigint, ARRAY[n]); why := p_why; route := p_route; units := p_units;

    -- The locks are one statement, what they protect is read by the next: with a snapshot taken under them. Whoever
    -- tells of the same sends waits here, so that none is drawn by one and kept by the other.
    PERFORM FROM metering_cycle x WHERE x.contract_id = p_contract ORDER BY x.cycle_start FOR NO KEY UPDATE;
    SELECT array_agg(d.first ORDER BY d.n) INTO first
      FROM (SELECT u.n, first_value(u.n) OVER (PARTITION BY u.send ORDER BY u.n) AS first
              FROM unnest(p_send) WITH ORDINALITY u (send, n)) d;

    FOR e IN
        SELECT u.n, k.why AS kept_why, k.price_micro AS kept_price, s.route_id, s.units, c.cycle_end IS NOT NULL AS late
          FROM unnest(p_send, p_at, p_now) WITH ORDINALITY u (send, moment, present, n)
          LEFT JOIN LATERAL (
               SELECT x.why, x.price_micro FROM metering_uncovered x
                WHERE x.contract_id = p_contract AND x.send_id = u.send LIMIT 1) k ON true
          LEFT JOIN LATERAL (
               SELECT x.route_id, x.units FROM metering_send x
                WHERE x.contract_id = p_contract AND x.send_id = u.send LIMIT 1) s ON true
          LEFT JOIN LATERAL (
               SELECT x.cycle_end FROM metering_cycle x
                WHERE x.contract_id = p_contract AND x.cycle_start <= u.moment AND x.cycle_end > u.moment
                  AND x.cycle_end + p_grace <= u.present LIMIT 1) c ON true
    LOOP
        IF e.kept_why IS NOT NULL THEN
            status[e.n] := 5; price[e.n] := e.kept_price; why[e.n] := e.kept_why;
        ELSIF e.route_id IS NOT NULL THEN       -- its hold says what it was
            route[e.n] := e.route_id; units[e.n] := e.units; why[e.n] := NULL;
        ELSIF why[e.n] IS NULL AND e.late THEN
            why[e.n] := 'too_late';
        END IF;
    END LOOP;

    SELECT array_agg(u.n ORDER BY u.n) INTO asked
      FROM unnest(first, status, why) WITH ORDINALITY u (first, status, why, n)
     WHERE u.first = u.n AND u.status IS NULL AND u.why IS NULL;
    IF asked IS NOT NULL THEN
        SELECT * INTO told FROM metering_record_contract_v1(
            p_contract,
            ARRAY(SELECT p_send[u.n] FROM unnest(asked) WITH ORDINALITY u (n, place) ORDER BY u.place),
            ARRAY(SELECT route[u.n] FROM unnest(asked) WITH ORDINALITY u (n, place) ORDER BY u.place),
            ARRAY(SELECT p_at[u.n] FROM unnest(asked) WITH ORDINALITY u (n, place) ORDER BY u.place),
            ARRAY(SELECT p_reference[u.n] FROM unnest(asked) WITH ORDINALITY u (n, place) ORDER BY u.place),
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
        SELECT u.n, coalesce(s.price_micro, metering_units_v1(p.price_micro, u.units)) AS price_micro
          FROM unnest(p_send, route, units, p_at, first, status) WITH ORDINALITY
               u (send, route, units, moment, first, status, n)
          LEFT JOIN LATERAL (
               SELECT x.price_micro FROM metering_send x
                WHERE x.contract_id = p_contract AND x.send_id = u.send LIMIT 1) s ON true
          LEFT JOIN LATERAL (
               SELECT x.package_id FROM metering_cycle x
                WHERE x.contract_id = p_contract AND x.cycle_start <= u.moment
                ORDER BY x.cycle_start DESC LIMIT 1) c ON true
          LEFT JOIN LATERAL (
               SELECT x.price_micro FROM catalog_sessionprice x
                WHERE x.package_id = c.package_id AND x.route_id = u.route AND x.valid_from <= u.moment
                ORDER BY x.valid_from DESC LIMIT 1) p ON true
         WHERE u.status IS NULL AND u.first = u.n
    LOOP
        price[e.n] := e.price_micro; status[e.n] := 4;
    END LOOP;

    INSERT INTO metering_uncovered (contract_id, send_id, reference, channel, kind, country, happened_at, told_at, why,
                                    price_micro, hold_refused)
         SELECT p_contract, u.send, u.reference, coalesce(nullif(u.channel, ''), s.channel, ''),
                coalesce(nullif(u.kind, ''), s.kind, ''), coalesce(nullif(u.country, ''), s.country, ''),
                u.moment, u.present, u.why, u.price,
                s.channel IS NULL AND EXISTS (SELECT FROM metering_refused_hold x
                                               WHERE x.contract_id = p_contract AND x.send_id = u.send)
           FROM unnest(p_send, p_reference, p_channel, p_kind, p_country, p_at, p_now, why, price, status)
                u (send, reference, channel, kind, country, moment, present, why, price, status)
           LEFT JOIN LATERAL (
                SELECT r.channel, r.kind, r.country
                  FROM (SELECT y.route_id FROM metering_send y
                         WHERE y.contract_id = p_contract AND y.send_id = u.send LIMIT 1) x
                 CROSS JOIN LATERAL (SELECT r.channel, r.kind, r.country FROM catalog_route r
                                      WHERE r.id = x.route_id LIMIT 1) r) s ON true
          WHERE u.status = 4
             ON CONFLICT (contract_id, send_id) DO NOTHING;     -- without a cycle there was no lock

    FOR i IN 1 .. n LOOP                -- an id that came before in this call
        IF first[i] <> i AND status[i] IS NULL THEN
            price[i] := price[first[i]]; why[i] := why[first[i]];
            status[i] := CASE WHEN status[first[i]] IN (4, 5) THEN 5 WHEN status[first[i]] IN (6, 7) THEN status[first[i]]
                              WHEN status[first[i]] = 3 OR route[i] IS DISTINCT FROM route[first[i]] THEN 3 ELSE 2 END;
        END IF;
    END LOOP;
END $$;
