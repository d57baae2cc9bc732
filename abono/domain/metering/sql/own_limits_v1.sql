-- metering_own_limits_v1: make one cycle carry what its customer wishes: a cap, and budgets of channels (LIM-5).
--
-- What is used may be more than the wish by now: then no further send goes out, and that is told (LIM-3); p_at is the
-- moment on the customer's clock at which the wish changed, null for a cycle that has not begun. When budgets begin inside a cycle,
-- the totals of its channels are computed from the facts, once; from then on holds, settlements and the ends of
-- campaigns keep them. That reads the cycle's sends while callers of this contract wait.
-- Locks the cycle. The caller has written the wish and holds back others who would change it.
CREATE FUNCTION metering_own_limits_v1(p_contract uuid, p_cycle_start timestamptz, p_at timestamptz) RETURNS void
LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan SET jit = off
AS $$
DECLARE
    cycle metering_cycle;
    wished boolean;
    cap bigint;
BEGIN
    -- The lock is one statement, what it protects is read by the next: with a snapshot taken under it.
    PERFORM FROM metering_cycle c WHERE c.contract_id = p_contract AND c.cycle_start = p_cycle_start FOR NO KEY UPDATE;
    SELECT * INTO STRICT cycle FROM metering_cycle c WHERE c.contract_id = p_contract AND c.cycle_start = p_cycle_start;
    wished := EXISTS (SELECT FROM metering_own_budget w WHERE w.contract_id = p_contract);
    IF wished AND NOT cycle.budgeted THEN
        INSERT INTO metering_channel_budget (contract_id, cycle_start, channel, total_micro)
             SELECT p_contract, p_cycle_start, r.channel, sum(x.amount)
               FROM (SELECT s.route_id, coalesce(t.drawn_micro, s.price_micro) AS amount
                       FROM metering_send s
                       LEFT JOIN metering_settlement t ON t.contract_id = p_contract AND t.send_id = s.send_id
                      WHERE s.contract_id = p_contract AND s.cycle_start = p_cycle_start AND s.campaign_id IS NULL
                        AND s.held_at >= p_cycle_start AND s.held_at < cycle.cycle_end      -- finds the part of the table
                        AND s.held_at > '-infinity'                                         -- … by metering_send_other_by_time
                        AND coalesce(t.outcome, 1) = 1
                      UNION ALL
                     SELECT s.route_id, -k.back_micro
                       FROM metering_recount k JOIN metering_send s ON s.contract_id = p_contract AND s.send_id = k.send_id
                      WHERE k.contract_id = p_contract AND k.cycle_start = p_cycle_start
                      UNION ALL     -- a campaign holds all that it asked for until it ends
                     SELECT l.route_id, CASE c.state WHEN 1 THEN l.places ELSE l.sent END * l.price_micro - l.saved_micro
                       FROM metering_campaign c
                       JOIN metering_campaign_line l ON l.contract_id = p_contract AND l.campaign_id = c.campaign_id
                      WHERE c.contract_id = p_contract AND c.cycle_start = p_cycle_start) x
               JOIN catalog_route r ON r.id = x.route_id
              GROUP BY r.channel HAVING sum(x.amount) > 0;
    END IF;
    IF wished THEN
        UPDATE metering_channel_budget b
           SET budget_micro = (SELECT w.budget_micro FROM metering_own_budget w
                                WHERE w.contract_id = p_contract AND w.channel = b.channel)
         WHERE b.contract_id = p_contract AND b.cycle_start = p_cycle_start;
        INSERT INTO metering_channel_budget (contract_id, cycle_start, channel, budget_micro)
             SELECT p_contract, p_cycle_start, w.channel, w.budget_micro
               FROM metering_own_budget w WHERE w.contract_id = p_contract
                 ON CONFLICT (contract_id, cycle_start, channel) DO NOTHING;
    ELSE
        DELETE FROM metering_channel_budget b WHERE b.contract_id = p_contract AND b.cycle_start = p_cycle_start;
    END IF;
    cap := (SELECT w.cap_micro FROM metering_own_limit w WHERE w.contract_id = p_contract);
    UPDATE metering_cycle c
       SET budgeted = wished, cap_micro = cap,
           capped_at = CASE WHEN cap <= c.held_micro + c.used_micro THEN coalesce(c.capped_at, p_at) END
     WHERE c.contract_id = p_contract AND c.cycle_start = p_cycle_start;
    IF p_at IS NOT NULL AND cap <= cycle.held_micro + cycle.used_micro THEN
        PERFORM metering_warn_v1(p_contract, p_cycle_start, p_at);
    END IF;
END $$;
