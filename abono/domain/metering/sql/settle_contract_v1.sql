-- metering_settle_contract_v1: say how sends of one contract ended (PKG-4, PKG-5).
--
-- The three arrays have one element per event: id of the send, outcome (1 sent: its price is drawn, 2 rejected and
-- 3 expired: its price is free again) and the moment on the customer's clock. The answer has one element per
-- event, too: `price` is that of the hold, and `status` is
--   1 settled   the outcome was written down
--   2 replayed  it was settled so before; nothing changed
--   3 clash     it was settled otherwise before, or earlier in this call; nothing changed
--   4 expired   the hold had been released because nobody settled it in time; nothing is drawn any more
--   5 unknown   there is no such send
-- A release ends a block: there is room again (LIM-2). A send is settled in the cycle in which it was held.
-- Raises only on misuse: arrays of different length, an unknown outcome. For plans see hold_contract_v1.sql.
CREATE FUNCTION metering_settle_contract_v1(
    p_contract uuid, p_send uuid[], p_outcome smallint[], p_at timestamptz[],
    OUT status smallint[], OUT price bigint[]
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
AS $$
DECLARE
    n integer := cardinality(p_send);
    low uuid; high uuid;                -- the lowest and the highest id of the call
    c record;
    e record;
    done smallint;                      -- how the send at hand ended, when it has
    at_send uuid;
    released bigint; drawn bigint;
BEGIN
    IF (cardinality(p_outcome), cardinality(p_at)) IS DISTINCT FROM (n, n) THEN
        RAISE EXCEPTION 'arrays of different length' USING ERRCODE = 'array_subscript_error';
    END IF;
    status := array_fill(5::smallint, ARRAY[n]);
    price := array_fill(NULL::bigint, ARRAY[n]);

    -- So that a look at one id opens the partitions of these ids only, however many months there are.
    low := (SELECT u.send FROM unnest(p_send) u (send) ORDER BY u.send LIMIT 1);
    high := (SELECT u.send FROM unnest(p_send) u (send) ORDER BY u.send DESC LIMIT 1);
    FOR c IN
        SELECT x.cycle_start, x.budgeted
          FROM metering_cycle x
         WHERE x.contract_id = p_contract AND x.cycle_start IN (
               SELECT s.cycle_start             -- to which cycle a send belongs never changes
                 FROM unnest(p_send) u (send)
                CROSS JOIN LATERAL (
                      SELECT y.cycle_start FROM metering_send y
                       WHERE y.contract_id = p_contract AND y.send_id = u.send AND y.send_id BETWEEN low AND high LIMIT 1) s)
         ORDER BY x.cycle_start
           FOR NO KEY UPDATE
    LOOP
        released := 0; drawn := 0; at_send := NULL;
        FOR e IN
            SELECT u.n, u.send, u.outcome, s.price_micro, t.outcome AS done
              FROM unnest(p_send, p_outcome) WITH ORDINALITY u (send, outcome, n)
             CROSS JOIN LATERAL (
                   SELECT x.cycle_start, x.price_micro FROM metering_send x
                    WHERE x.contract_id = p_contract AND x.send_id = u.send AND x.send_id BETWEEN low AND high LIMIT 1) s
              LEFT JOIN LATERAL (
                   SELECT x.outcome FROM metering_settlement x
                    WHERE x.contract_id = p_contract AND x.send_id = u.send AND x.send_id BETWEEN low AND high LIMIT 1) t ON true
             WHERE s.cycle_start = c.cycle_start
             ORDER BY u.send, u.n
        LOOP
            price[e.n] := e.price_micro;
            IF at_send IS DISTINCT FROM e.send THEN
                at_send := e.send; done := e.done;
            END IF;
            IF done IS NULL THEN
                status[e.n] := 1; done := e.outcome; released := released + e.price_micro;
                IF done = 1 THEN
                    drawn := drawn + e.price_micro;
                END IF;
            ELSE
                status[e.n] := CASE WHEN done = e.outcome THEN 2 WHEN done = 3 THEN 4 ELSE 3 END;
            END IF;
        END LOOP;
        UPDATE metering_cycle x
           SET held_micro = x.held_micro - released, used_micro = x.used_micro + drawn,
               blocked_at = CASE WHEN released = drawn THEN x.blocked_at END
         WHERE x.contract_id = p_contract AND x.cycle_start = c.cycle_start AND released > 0;
        IF c.budgeted AND released > drawn THEN
            UPDATE metering_channel_budget b SET total_micro = b.total_micro - f.free
              FROM (SELECT r.channel, sum(u.price) AS free
                      FROM unnest(p_send, p_outcome, status, price) u (send, outcome, status, price)
                     CROSS JOIN LATERAL (
                           SELECT x.route_id, x.cycle_start FROM metering_send x
                            WHERE x.contract_id = p_contract AND x.send_id = u.send AND x.send_id BETWEEN low AND high LIMIT 1) s
                     CROSS JOIN LATERAL (SELECT x.channel FROM catalog_route x WHERE x.id = s.route_id LIMIT 1) r
                     WHERE u.status = 1 AND u.outcome <> 1 AND s.cycle_start = c.cycle_start
                     GROUP BY r.channel) f
             WHERE b.contract_id = p_contract AND b.cycle_start = c.cycle_start AND b.channel = f.channel;
        END IF;
    END LOOP;

    INSERT INTO metering_settlement (contract_id, send_id, settled_at, outcome)
         SELECT p_contract, x.send, x.moment, x.outcome
           FROM unnest(p_send, p_outcome, p_at, status) x (send, outcome, moment, status)
          WHERE x.status = 1;
END $$;
