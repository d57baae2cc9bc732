-- metering_hold_contract_v1: set package value aside for sends of one contract, event by event, in the order given
-- (PKG-5…9, LIM-1…3, LIM-5).
--
-- The arrays have one element per event: id of the send, route, the moment on the customer's clock, the caller's own
-- id where it was no UUIDv7, and how many units of the price it is (null: one); the last two are empty or say whom it
-- goes to and which number sends it, which matters where a price has something free (CAT-9, free_v1.sql). `price` is
-- that of all units, less the free ones. The answer has one element per event, too. `status` is
--   1 held      `price` is set aside; `remaining` is what may still go out after it
--   2 replayed  this id was held before with the same content: its first answer again
--   3 clash     this id was held before, or asked for earlier in this call, with other content
--   4 blocked   it would pass the ceiling, or an earlier one would have: sending is blocked (LIM-2)
--   5 no_price  the package has no price for the route at that moment
--   6 no_cycle  unknown contract, or no cycle covers the moment
--   8 capped    it would pass the customer's own cap      9 over_budget  … or the budget of its channel (LIM-5)
-- From 3 on nothing is drawn and nothing stored: the same id may be tried again. Price 0 passes a block, a cap and
-- a budget; a cap and a budget stop only what they are about, and block nothing; since when
-- the cap stops sends is kept, so that it can be told.
-- p_told: the sends have left already (PKG-12). Then only the ceiling can say no: a block, a cap and a budget are asked
-- before sending, and a cheaper send that still fits draws although a dearer one did not.
-- Raises only on misuse: arrays of different length. Events of different cycles are taken cycle by cycle: an id that
-- comes in two of them at once belongs to the earlier one.
--
-- One pass over the events of a cycle with its state at hand in variables, then one UPDATE and one INSERT from
-- arrays. Plans are pinned to index probes, one row each: a plan made while a table was empty, as every new
-- partition is, must not live on as a scan. Every query names the contract, so that a cluster can run it where
-- the contract lives.
CREATE FUNCTION metering_hold_contract_v1(
    p_contract uuid, p_send uuid[], p_route integer[], p_at timestamptz[], p_reference text[], p_units smallint[],
    p_contact uuid[], p_sender text[], p_told boolean DEFAULT false,
    OUT status smallint[], OUT price bigint[], OUT remaining bigint[]
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
AS $$
DECLARE
    n integer := cardinality(p_send);
    low uuid; high uuid;                -- the lowest and the highest id of the call
    first timestamptz; last timestamptz; repeated boolean;
    c metering_cycle;
    e record;
    i integer;
    j integer;
    price_id integer[]; total bigint[]; terms smallint[];
    costs bigint; free record;
    previous integer[];                 -- per event: where its id came before in this cycle; null when it did not
    owner integer[] := '{}';            -- … and where it was held
    -- the cycle at hand
    ceiling bigint; cap bigint; before bigint; so_far bigint; blocked boolean; stopped_at timestamptz; capped_since timestamptz; warned_at timestamptz;
    -- its channels, when they have budgets
    its_channel text; b integer; b_channel text[]; b_room bigint[]; b_total bigint[];
BEGIN
    IF (cardinality(p_route), cardinality(p_at), cardinality(p_reference), cardinality(p_units)) IS DISTINCT FROM (n, n, n, n)
       OR cardinality(p_contact) NOT IN (0, n) OR cardinality(p_sender) NOT IN (0, n) THEN
        RAISE EXCEPTION 'arrays of different length' USING ERRCODE = 'array_subscript_error';
    END IF;
    FOR attempt IN 1 .. 20 LOOP
      BEGIN
        status := array_fill(6::smallint, ARRAY[n]);
        price := array_fill(NULL::bigint, ARRAY[n]);
        remaining := price; total := price; price_id := array_fill(NULL::integer, ARRAY[n]);
        terms := array_fill(NULL::smallint, ARRAY[n]);

        -- So that a look at one id opens the partitions of these ids only, however many months there are.
        low := (SELECT u.send FROM unnest(p_send) u (send) ORDER BY u.send LIMIT 1);
        high := (SELECT u.send FROM unnest(p_send) u (send) ORDER BY u.send DESC LIMIT 1);
        SELECT min(u.moment), max(u.moment), count(DISTINCT u.send) < n INTO first, last, repeated
          FROM unnest(p_at, p_send) u (moment, send);

        -- The locks are one statement, what they protect is read by the next: with a snapshot taken under them.
        PERFORM FROM metering_cycle x
          WHERE x.contract_id = p_contract AND x.cycle_start <= last AND x.cycle_end > first
          ORDER BY x.cycle_start
            FOR NO KEY UPDATE;
        FOR c IN
            SELECT x.* FROM metering_cycle x
             WHERE x.contract_id = p_contract AND x.cycle_start <= last AND x.cycle_end > first
             ORDER BY x.cycle_start
        LOOP
            ceiling := c.ceiling_micro; cap := coalesce(c.cap_micro, c.ceiling_micro);
            so_far := c.held_micro + c.used_micro; before := so_far;
            blocked := c.blocked_at IS NOT NULL; stopped_at := NULL; capped_since := c.capped_at; warned_at := NULL;
            IF c.budgeted THEN
                SELECT array_agg(x.channel), array_agg(x.budget_micro - x.total_micro), array_agg(x.total_micro)
                  INTO b_channel, b_room, b_total
                  FROM metering_channel_budget x
                 WHERE x.contract_id = p_contract AND x.cycle_start = c.cycle_start;
            END IF;

            IF repeated THEN                -- in other cycles it is found as stored
                SELECT array_agg(d.previous ORDER BY d.n) INTO previous
                  FROM (SELECT u.n, lag(u.n) OVER (PARTITION BY u.send, u.moment >= c.cycle_start AND u.moment < c.cycle_end
                                                       ORDER BY u.n) AS previous
                          FROM unnest(p_send, p_at) WITH ORDINALITY u (send, moment, n)) d;
            END IF;

            FOR e IN
                SELECT u.n, u.route, u.moment, coalesce(u.units, 1::smallint) AS units,
                       s.route_id AS old_route, s.price_micro AS old_price, s.left_micro AS old_remaining,
                       coalesce(s.units, 1) AS old_units, p.id AS price_id, p.price_micro, p.terms
                  FROM unnest(p_send, p_route, p_at, p_units) WITH ORDINALITY u (send, route, moment, units, n)
                  LEFT JOIN LATERAL (
                       SELECT x.route_id, x.price_micro, x.left_micro, x.units FROM metering_send x
                        WHERE x.contract_id = p_contract AND x.send_id = u.send AND x.send_id BETWEEN low AND high LIMIT 1) s ON true
                  LEFT JOIN LATERAL (
                       SELECT x.id, x.price_micro, x.terms FROM catalog_sessionprice x
                        WHERE x.package_id = c.package_id AND x.route_id = u.route AND x.valid_from <= u.moment
                        ORDER BY x.valid_from DESC LIMIT 1) p ON true
                 WHERE u.moment >= c.cycle_start AND u.moment < c.cycle_end
                 ORDER BY u.n
            LOOP
                i := e.n;
                IF e.old_route IS NOT NULL THEN
                    status[i] := CASE WHEN (e.old_route, e.old_units) = (e.route, e.units) THEN 2 ELSE 3 END;
                    price[i] := e.old_price; remaining[i] := e.old_remaining;
                    CONTINUE;
                END IF;
                IF repeated AND previous[i] IS NOT NULL THEN
                    j := CASE WHEN status[previous[i]] = 1 THEN previous[i] ELSE owner[previous[i]] END;
                    IF j IS NOT NULL THEN
                        owner[i] := j;
                        status[i] := CASE WHEN (p_route[j], coalesce(p_units[j], 1)) = (e.route, e.units) THEN 2 ELSE 3 END;
                        price[i] := price[j]; remaining[i] := remaining[j];
                        CONTINUE;
                    END IF;
                END IF;
                IF e.price_micro IS NULL THEN
                    status[i] := 5;
                    CONTINUE;
                END IF;
                costs := metering_units_v1(e.price_micro, e.units);
                IF e.terms > 1 THEN
                    SELECT * INTO free FROM metering_free_v1(p_contract, e.price_id, e.units, p_contact[i], p_sender[i], e.moment);
                    costs := metering_units_v1(e.price_micro, e.units - free.units);
                END IF;
                price[i] := costs;
                IF costs > 0 THEN
                    IF blocked AND NOT p_told OR costs > ceiling - so_far THEN
                        status[i] := 4; remaining[i] := ceiling - so_far;
                        IF NOT blocked THEN
                            blocked := true; stopped_at := e.moment; warned_at := coalesce(warned_at, e.moment);
                        END IF;
                        CONTINUE;
                    END IF;
                    IF NOT p_told AND costs > cap - so_far THEN
                        status[i] := 8; remaining[i] := greatest(cap - so_far, 0);
                        IF capped_since IS NULL THEN
                            capped_since := e.moment; warned_at := coalesce(warned_at, e.moment);
                        END IF;
                        CONTINUE;
                    END IF;
                    IF c.budgeted THEN
                        SELECT r.channel INTO its_channel FROM catalog_route r WHERE r.id = e.route;
                        b := array_position(b_channel, its_channel);
                        IF b IS NULL THEN
                            b_channel := b_channel || its_channel; b_room := b_room || NULL::bigint; b_total := b_total || 0::bigint;
                            b := cardinality(b_channel);
                        END IF;
                        IF NOT p_told AND costs > b_room[b] THEN
                            status[i] := 9; remaining[i] := greatest(b_room[b], 0);
                            CONTINUE;
                        END IF;
                        b_room[b] := b_room[b] - costs; b_total[b] := b_total[b] + costs;
                    END IF;
                END IF;
                so_far := so_far + costs;
                status[i] := 1; price_id[i] := e.price_id; total[i] := so_far; terms[i] := e.terms;
                IF e.terms > 1 THEN
                    IF free.of_quantity > 0 THEN
                        PERFORM metering_free_take_v1(p_contract, p_send[i], e.price_id, free.of_quantity, p_sender[i], e.moment);
                    END IF;
                END IF;
                remaining[i] := greatest(least(ceiling, cap) - so_far, 0);
                IF warned_at IS NULL AND so_far >= c.warn_next_micro THEN
                    warned_at := e.moment;
                END IF;
            END LOOP;

            UPDATE metering_cycle x
               SET held_micro = x.held_micro + so_far - before, blocked_at = coalesce(x.blocked_at, stopped_at),
                   capped_at = capped_since
             WHERE x.contract_id = p_contract AND x.cycle_start = c.cycle_start
               AND (so_far > before OR stopped_at IS NOT NULL OR capped_since IS DISTINCT FROM c.capped_at);
            IF c.budgeted THEN
                INSERT INTO metering_channel_budget (contract_id, cycle_start, channel, total_micro)
                     SELECT p_contract, c.cycle_start, u.channel, u.total FROM unnest(b_channel, b_total) u (channel, total)
                         ON CONFLICT (contract_id, cycle_start, channel) DO UPDATE SET total_micro = excluded.total_micro;
            END IF;
            IF warned_at IS NOT NULL THEN
                PERFORM metering_warn_v1(p_contract, c.cycle_start, warned_at);
            END IF;
            INSERT INTO metering_send (contract_id, send_id, cycle_start, held_at, price_micro, left_micro, route_id, reference,
                                       price_id, total_micro, units, terms)
                 SELECT p_contract, x.send, c.cycle_start, x.moment, x.price, x.remaining, x.route, x.reference,
                        x.price_id, x.total, nullif(x.units, 1), x.terms
                   FROM unnest(p_send, p_route, p_at, p_reference, status, price, remaining, price_id, total, p_units, terms)
                        x (send, route, moment, reference, status, price, remaining, price_id, total, units, terms)
                  WHERE x.status = 1 AND x.moment >= c.cycle_start AND x.moment < c.cycle_end;
            IF c.sealed_id > ANY (p_send) OR first < c.sealed_to THEN   -- what was added up is not looked at again
                INSERT INTO metering_use_apart (contract_id, cycle_start, send_id)
                     SELECT p_contract, c.cycle_start, x.send FROM unnest(p_send, p_at, status) x (send, moment, status)
                      WHERE x.status = 1 AND x.moment >= c.cycle_start AND x.moment < c.cycle_end
                        AND (x.send < c.sealed_id
                             OR x.send >= 'ff000000-0000-0000-0000-000000000000' AND x.moment < c.sealed_to);
            END IF;
        END LOOP;

        IF 6 = ANY (status) THEN            -- what was held while there was a cycle is answered after it, too
            FOR e IN
                SELECT u.n, (s.route_id, coalesce(s.units, 1)) = (u.route, coalesce(u.units, 1)) AS same,
                       s.price_micro AS old_price, s.left_micro AS old_remaining
                  FROM unnest(p_send, p_route, p_units, status) WITH ORDINALITY u (send, route, units, status, n)
                 CROSS JOIN LATERAL (
                       SELECT x.route_id, x.units, x.price_micro, x.left_micro FROM metering_send x
                        WHERE x.contract_id = p_contract AND x.send_id = u.send AND x.send_id BETWEEN low AND high LIMIT 1) s
                 WHERE u.status = 6
            LOOP
                status[e.n] := CASE WHEN e.same THEN 2 ELSE 3 END;
                price[e.n] := e.old_price; remaining[e.n] := e.old_remaining;
            END LOOP;
        END IF;
        RETURN;
      EXCEPTION WHEN unique_violation THEN  -- an id was held in another cycle, or drawn by a campaign, this instant
        owner := '{}';
      END;
    END LOOP;
    RAISE EXCEPTION 'the same sends are being held elsewhere' USING ERRCODE = 'serialization_failure';
END $$;
