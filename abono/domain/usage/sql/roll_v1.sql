-- metering_roll_v1: add up the sends of a cycle between its border and what is sealed of it (FIN-5), and those set
-- apart that have ended since. Returns how many sends were looked at. See schema_v1.sql for the border.
--
-- `sealed_id` is never beyond `other`. One transaction moves the border and adds; locks the row of the border only. Two at once take turns.
CREATE FUNCTION metering_roll_v1(p_contract uuid, p_start timestamptz) RETURNS bigint LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan SET jit = off
AS $$
DECLARE
    other constant uuid := 'ff000000-0000-0000-0000-000000000000';
    b metering_use_border;
    to_time timestamptz;
    to_id uuid;
    looked bigint; more bigint;
BEGIN
    INSERT INTO metering_use_border (contract_id, cycle_start, rolled_to, rolled_id)
         VALUES (p_contract, p_start, '1970-01-01 00:00Z', '00000000-0000-0000-0000-000000000000')
             ON CONFLICT DO NOTHING;
    SELECT * INTO b FROM metering_use_border x
     WHERE x.contract_id = p_contract AND x.cycle_start = p_start FOR UPDATE;
    -- Read before the sends are: who comes later than that sets himself apart.
    SELECT x.sealed_to, x.sealed_id INTO to_time, to_id FROM metering_cycle x
     WHERE x.contract_id = p_contract AND x.cycle_start = p_start;

    WITH facts AS MATERIALIZED (
        SELECT s.send_id, s.route_id, coalesce(t.drawn_micro, s.price_micro) AS price_micro, s.held_at, t.outcome,
               coalesce(s.units, 1) AS units
          FROM metering_send s
          LEFT JOIN metering_settlement t ON t.contract_id = p_contract AND t.send_id = s.send_id
                AND t.send_id >= b.rolled_id AND t.send_id < to_id
         WHERE s.contract_id = p_contract AND s.send_id >= b.rolled_id AND s.send_id < to_id
           AND s.cycle_start = p_start AND s.campaign_id IS NULL
           AND NOT EXISTS (SELECT FROM metering_use_apart a
                            WHERE a.contract_id = p_contract AND a.cycle_start = p_start AND a.send_id = s.send_id)
        UNION ALL
        SELECT s.send_id, s.route_id, coalesce(t.drawn_micro, s.price_micro) AS price_micro, s.held_at, t.outcome,
               coalesce(s.units, 1) AS units
          FROM metering_send s
          LEFT JOIN metering_settlement t ON t.contract_id = p_contract AND t.send_id = s.send_id AND t.send_id >= other
         WHERE s.contract_id = p_contract AND s.send_id >= other AND s.held_at >= b.rolled_to AND s.held_at < to_time
           AND s.cycle_start = p_start AND s.campaign_id IS NULL
           AND NOT EXISTS (SELECT FROM metering_use_apart a
                            WHERE a.contract_id = p_contract AND a.cycle_start = p_start AND a.send_id = s.send_id)
    ), apart AS (
        INSERT INTO metering_use_apart (contract_id, cycle_start, send_id)
             SELECT p_contract, p_start, f.send_id FROM facts f WHERE f.outcome IS NULL
    ), added AS (
        INSERT INTO metering_use AS u (contract_id, cycle_start, quarter, route_id, sent, sent_micro, rejected, expired, units)
             SELECT p_contract, p_start, date_bin('15 min', f.held_at, '2000-01-01 00:00Z'), f.route_id,
                    count(*) FILTER (WHERE f.outcome = 1),
                    coalesce(sum(f.price_micro) FILTER (WHERE f.outcome = 1), 0),
                    count(*) FILTER (WHERE f.outcome IN (2, 4)), count(*) FILTER (WHERE f.outcome = 3),
                    coalesce(sum(f.units) FILTER (WHERE f.outcome = 1), 0)
               FROM facts f WHERE f.outcome IS NOT NULL
              GROUP BY 3, 4
                 ON CONFLICT (contract_id, cycle_start, quarter, route_id) DO UPDATE
                SET sent = u.sent + excluded.sent, sent_micro = u.sent_micro + excluded.sent_micro,
                    rejected = u.rejected + excluded.rejected, expired = u.expired + excluded.expired,
                    units = u.units + excluded.units
    )
    SELECT count(*) INTO looked FROM facts;
    UPDATE metering_use_border x SET rolled_to = to_time, rolled_id = to_id
     WHERE x.contract_id = p_contract AND x.cycle_start = p_start;

    -- What was set apart while the border stood before it is counted beyond the border until the border has passed.
    WITH ended AS MATERIALIZED (
        DELETE FROM metering_use_apart a
         USING metering_send s, metering_settlement t
         WHERE a.contract_id = p_contract AND a.cycle_start = p_start
           AND s.contract_id = p_contract AND s.send_id = a.send_id
           AND t.contract_id = p_contract AND t.send_id = a.send_id
           AND (s.send_id < to_id OR s.send_id >= other AND s.held_at < to_time)
        RETURNING s.route_id, coalesce(t.drawn_micro, s.price_micro) AS price_micro, s.held_at, t.outcome,
               coalesce(s.units, 1) AS units
    ), added AS (
        INSERT INTO metering_use AS u (contract_id, cycle_start, quarter, route_id, sent, sent_micro, rejected, expired, units)
             SELECT p_contract, p_start, date_bin('15 min', f.held_at, '2000-01-01 00:00Z'), f.route_id,
                    count(*) FILTER (WHERE f.outcome = 1),
                    coalesce(sum(f.price_micro) FILTER (WHERE f.outcome = 1), 0),
                    count(*) FILTER (WHERE f.outcome IN (2, 4)), count(*) FILTER (WHERE f.outcome = 3),
                    coalesce(sum(f.units) FILTER (WHERE f.outcome = 1), 0)
               FROM ended f
              GROUP BY 3, 4
                 ON CONFLICT (contract_id, cycle_start, quarter, route_id) DO UPDATE
                SET sent = u.sent + excluded.sent, sent_micro = u.sent_micro + excluded.sent_micro,
                    rejected = u.rejected + excluded.rejected, expired = u.expired + excluded.expired,
                    units = u.units + excluded.units
    )
    SELECT count(*) INTO more FROM ended;
    RETURN looked + more;
END $$;
