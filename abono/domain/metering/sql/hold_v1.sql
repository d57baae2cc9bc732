-- metering_hold_v1: set package value aside for sends, event by event, in the order given (PKG-5…9, LIM-1…3).
--
-- The five arrays have one element per event: contract, id of the send, route, the moment on the customer's
-- clock, and the caller's own id where it was no UUIDv7. The answer has one element per event, too. `status` is
--   1 held      `price` is set aside; `remaining` is what is left to the ceiling after it
--   2 replayed  this id was held before with the same content: its first answer again
--   3 clash     this id was held before, or asked for earlier in this call, with other content
--   4 blocked   it would pass the ceiling, or an earlier one would have: sending is blocked (LIM-2)
--   5 no_price  the package has no price for the route at that moment
--   6 no_cycle  unknown contract, or no cycle covers the moment
-- From 3 on nothing is drawn and nothing stored: the same id may be tried again. Price 0 passes a block.
-- Raises only on misuse: arrays of different length.
--
-- One pass over the sorted events with the state of the cycle at hand in variables, then one UPDATE and one
-- INSERT from arrays. Plans are pinned to index probes, one row each: a plan made while a table was empty, as
-- every new partition is, must not live on as a scan. Cycles are locked in the order of their key.
CREATE FUNCTION metering_hold_v1(
    p_contract uuid[], p_send uuid[], p_route integer[], p_at timestamptz[], p_reference text[],
    OUT status smallint[], OUT price bigint[], OUT remaining bigint[]
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
AS $$
DECLARE
    n integer := cardinality(p_contract);
    e record;
    i integer;
    j integer;
    start timestamptz[];                -- per event that is held: its cycle
    previous integer[];                 -- per event: where its id came before in this call; null when none did
    owner integer[] := '{}';            -- … and where it was held
    -- the cycles that the events fall into, those of one contract side by side from `base` + 1 to `m`
    m integer := 0; base integer := 0;
    c_contract uuid[] := '{}'; c_start timestamptz[] := '{}'; c_room bigint[] := '{}'; c_held bigint[] := '{}';
    c_blocked boolean[] := '{}'; c_blocked_at timestamptz[] := '{}'; c_warned_at timestamptz[] := '{}';
    -- the one at hand, number `here`; its `room` is what is left to the ceiling
    here integer := 0; at_contract uuid; at_start timestamptz;
    room bigint; held bigint; blocked boolean; blocked_at timestamptz; warned_at timestamptz;
BEGIN
    IF (cardinality(p_send), cardinality(p_route), cardinality(p_at), cardinality(p_reference))
       IS DISTINCT FROM (n, n, n, n) THEN
        RAISE EXCEPTION 'arrays of different length' USING ERRCODE = 'array_subscript_error';
    END IF;
    status := array_fill(0::smallint, ARRAY[n]);
    price := array_fill(NULL::bigint, ARRAY[n]);
    remaining := array_fill(NULL::bigint, ARRAY[n]);
    start := array_fill(NULL::timestamptz, ARRAY[n]);

    IF n <> (SELECT count(DISTINCT u.send) FROM unnest(p_send) u (send)) THEN
        SELECT array_agg(d.previous ORDER BY d.n) INTO previous
          FROM (SELECT u.n, lag(u.n) OVER (PARTITION BY u.contract, u.send ORDER BY u.n) AS previous
                  FROM unnest(p_contract, p_send) WITH ORDINALITY u (contract, send, n)) d;
    END IF;

    -- The locks are one statement, what they protect is read by the next: with a snapshot taken under them.
    PERFORM 1
       FROM (SELECT DISTINCT u.contract, u.moment FROM unnest(p_contract, p_at) u (contract, moment)
              ORDER BY u.contract, u.moment) d
      CROSS JOIN LATERAL (
            SELECT FROM metering_cycle x
             WHERE x.contract_id = d.contract AND x.cycle_start <= d.moment
             ORDER BY x.cycle_start DESC LIMIT 1
               FOR NO KEY UPDATE) c;

    FOR e IN
        SELECT u.n, u.contract, u.route, u.moment,
               c.cycle_start, c.cycle_end, c.ceiling_micro, c.held_micro + c.used_micro AS total,
               c.warn_next_micro, c.blocked_at,
               s.route_id AS old_route, s.price_micro AS old_price, s.left_micro AS old_remaining,
               p.price_micro
          FROM (SELECT * FROM unnest(p_contract, p_send, p_route, p_at) WITH ORDINALITY
                       u (contract, send, route, moment, n) ORDER BY u.contract, u.n) u
          LEFT JOIN LATERAL (
               SELECT x.* FROM metering_cycle x
                WHERE x.contract_id = u.contract AND x.cycle_start <= u.moment
                ORDER BY x.cycle_start DESC LIMIT 1) c ON true
          LEFT JOIN LATERAL (
               SELECT x.route_id, x.price_micro, x.left_micro FROM metering_send x
                WHERE x.contract_id = u.contract AND x.send_id = u.send LIMIT 1) s ON true
          LEFT JOIN LATERAL (
               SELECT x.price_micro FROM catalog_sessionprice x
                WHERE x.package_id = c.package_id AND x.route_id = u.route AND x.valid_from <= u.moment
                ORDER BY x.valid_from DESC LIMIT 1) p ON true
         ORDER BY u.contract, u.n
    LOOP
        i := e.n;
        IF e.old_route IS NOT NULL THEN
            status[i] := CASE WHEN e.old_route = e.route THEN 2 ELSE 3 END;
            price[i] := e.old_price; remaining[i] := e.old_remaining;
            CONTINUE;
        END IF;
        IF previous IS NOT NULL AND previous[i] IS NOT NULL THEN  -- the same id, earlier in this call
            j := CASE WHEN status[previous[i]] = 1 THEN previous[i] ELSE owner[previous[i]] END;
            IF j IS NOT NULL THEN
                owner[i] := j;
                status[i] := CASE WHEN p_route[j] = e.route THEN 2 ELSE 3 END;
                price[i] := price[j]; remaining[i] := remaining[j];
                CONTINUE;
            END IF;
        END IF;
        IF e.cycle_start IS NULL OR e.moment >= e.cycle_end THEN
            status[i] := 6;
            CONTINUE;
        END IF;
        IF at_start IS DISTINCT FROM e.cycle_start OR at_contract IS DISTINCT FROM e.contract THEN
            IF here > 0 THEN
                c_room[here] := room; c_held[here] := held; c_blocked[here] := blocked;
                c_blocked_at[here] := blocked_at; c_warned_at[here] := warned_at;
            END IF;
            IF at_contract IS DISTINCT FROM e.contract THEN
                base := m;
            END IF;
            at_contract := e.contract; at_start := e.cycle_start;
            here := base + 1;
            WHILE here <= m AND c_start[here] <> at_start LOOP
                here := here + 1;
            END LOOP;
            IF here > m THEN
                m := here; c_contract[here] := at_contract; c_start[here] := at_start;
                room := e.ceiling_micro - e.total; held := 0;
                blocked := e.blocked_at IS NOT NULL; blocked_at := NULL; warned_at := NULL;
            ELSE
                room := c_room[here]; held := c_held[here]; blocked := c_blocked[here];
                blocked_at := c_blocked_at[here]; warned_at := c_warned_at[here];
            END IF;
        END IF;
        IF e.price_micro IS NULL THEN
            status[i] := 5;
        ELSIF e.price_micro > 0 AND (blocked OR e.price_micro > room) THEN
            status[i] := 4; price[i] := e.price_micro; remaining[i] := room;
            IF NOT blocked THEN
                blocked := true; blocked_at := e.moment; warned_at := coalesce(warned_at, e.moment);
            END IF;
        ELSE
            room := room - e.price_micro; held := held + e.price_micro;
            status[i] := 1; price[i] := e.price_micro; remaining[i] := room; start[i] := at_start;
            IF warned_at IS NULL AND e.ceiling_micro - room >= e.warn_next_micro THEN
                warned_at := e.moment;
            END IF;
        END IF;
    END LOOP;

    IF here > 0 THEN
        c_held[here] := held; c_blocked_at[here] := blocked_at; c_warned_at[here] := warned_at;
        UPDATE metering_cycle c
           SET held_micro = c.held_micro + x.held, blocked_at = coalesce(c.blocked_at, x.blocked_at)
          FROM unnest(c_contract, c_start, c_held, c_blocked_at) x (contract, start, held, blocked_at)
         WHERE c.contract_id = x.contract AND c.cycle_start = x.start
           AND (x.held > 0 OR x.blocked_at IS NOT NULL);
        FOR j IN 1 .. m LOOP
            IF c_warned_at[j] IS NOT NULL THEN
                PERFORM metering_warn_v1(c_contract[j], c_start[j], c_warned_at[j]);
            END IF;
        END LOOP;
    END IF;
    INSERT INTO metering_send (contract_id, send_id, cycle_start, held_at, price_micro, left_micro, route_id, reference)
         SELECT x.contract, x.send, x.start, x.moment, x.price, x.remaining, x.route, x.reference
           FROM unnest(p_contract, p_send, p_route, p_at, p_reference, status, price, remaining, start)
                x (contract, send, route, moment, reference, status, price, remaining, start)
          WHERE x.status = 1;
END $$;
