-- metering_settle_v1: say how sends ended (PKG-4, PKG-5).
--
-- The four arrays have one element per event: contract, id of the send, outcome (1 sent: its price is drawn,
-- 2 rejected and 3 expired: its price is free again) and the moment on the customer's clock. The answer has one
-- element per event, too: `price` is that of the hold, and `status` is
--   1 settled   the outcome was written down
--   2 replayed  it was settled so before; nothing changed
--   3 clash     it was settled otherwise before, or earlier in this call; nothing changed
--   4 expired   the hold had been released because nobody settled it in time; nothing is drawn any more
--   5 unknown   there is no such send
-- A release ends a block: there is room again (LIM-2). A send is settled in the cycle in which it was held.
-- Raises only on misuse: arrays of different length, an unknown outcome. For plans and locks see hold_v1.sql.
CREATE FUNCTION metering_settle_v1(
    p_contract uuid[], p_send uuid[], p_outcome smallint[], p_at timestamptz[],
    OUT status smallint[], OUT price bigint[]
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
AS $$
DECLARE
    n integer := cardinality(p_contract);
    e record;
    i integer;
    done smallint;                      -- how the send at hand ended, when it has
    at_send uuid;
    -- the cycle at hand
    at_contract uuid; at_start timestamptz; released bigint := 0; drawn bigint := 0;
    -- cycles to change
    m integer := 0;
    c_contract uuid[] := '{}'; c_start timestamptz[] := '{}'; c_released bigint[] := '{}'; c_drawn bigint[] := '{}';
BEGIN
    IF (cardinality(p_send), cardinality(p_outcome), cardinality(p_at)) IS DISTINCT FROM (n, n, n) THEN
        RAISE EXCEPTION 'arrays of different length' USING ERRCODE = 'array_subscript_error';
    END IF;
    status := array_fill(5::smallint, ARRAY[n]);
    price := array_fill(NULL::bigint, ARRAY[n]);

    -- To which cycle a send belongs never changes, so it may be asked before the cycles are locked.
    PERFORM 1
       FROM metering_cycle c
      WHERE (c.contract_id, c.cycle_start) IN (
            SELECT u.contract, s.cycle_start
              FROM unnest(p_contract, p_send) u (contract, send)
             CROSS JOIN LATERAL (
                   SELECT x.cycle_start FROM metering_send x
                    WHERE x.contract_id = u.contract AND x.send_id = u.send LIMIT 1) s)
      ORDER BY c.contract_id, c.cycle_start
        FOR NO KEY UPDATE;

    FOR e IN
        SELECT u.n, u.contract, u.send, u.outcome, s.cycle_start, s.price_micro, t.outcome AS done
          FROM unnest(p_contract, p_send, p_outcome) WITH ORDINALITY u (contract, send, outcome, n)
         CROSS JOIN LATERAL (
               SELECT x.cycle_start, x.price_micro FROM metering_send x
                WHERE x.contract_id = u.contract AND x.send_id = u.send LIMIT 1) s
          LEFT JOIN LATERAL (
               SELECT x.outcome FROM metering_settlement x
                WHERE x.contract_id = u.contract AND x.send_id = u.send LIMIT 1) t ON true
         ORDER BY u.contract, s.cycle_start, u.send, u.n
    LOOP
        i := e.n; price[i] := e.price_micro;
        IF at_start IS DISTINCT FROM e.cycle_start OR at_contract IS DISTINCT FROM e.contract THEN
            IF released > 0 THEN
                m := m + 1; c_contract[m] := at_contract; c_start[m] := at_start;
                c_released[m] := released; c_drawn[m] := drawn;
            END IF;
            at_contract := e.contract; at_start := e.cycle_start; at_send := NULL; released := 0; drawn := 0;
        END IF;
        IF at_send IS DISTINCT FROM e.send THEN
            at_send := e.send; done := e.done;
        END IF;
        IF done IS NULL THEN
            status[i] := 1; done := e.outcome;
            released := released + e.price_micro;
            IF done = 1 THEN
                drawn := drawn + e.price_micro;
            END IF;
        ELSE
            status[i] := CASE WHEN done = e.outcome THEN 2 WHEN done = 3 THEN 4 ELSE 3 END;
        END IF;
    END LOOP;
    IF released > 0 THEN
        m := m + 1; c_contract[m] := at_contract; c_start[m] := at_start;
        c_released[m] := released; c_drawn[m] := drawn;
    END IF;

    IF m > 0 THEN
        UPDATE metering_cycle c
           SET held_micro = c.held_micro - x.released, used_micro = c.used_micro + x.drawn,
               blocked_at = CASE WHEN x.released = x.drawn THEN c.blocked_at END
          FROM unnest(c_contract, c_start, c_released, c_drawn) x (contract, start, released, drawn)
         WHERE c.contract_id = x.contract AND c.cycle_start = x.start;
    END IF;
    INSERT INTO metering_settlement (contract_id, send_id, settled_at, outcome)
         SELECT x.contract, x.send, x.moment, x.outcome
           FROM unnest(p_contract, p_send, p_outcome, p_at, status) x (contract, send, outcome, moment, status)
          WHERE x.status = 1;
END $$;
