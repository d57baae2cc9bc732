-- metering_campaign_end_v1: end a campaign; what nobody drew goes back to the package (PKG-5, PKG-13), and to
-- the budgets of its channels (LIM-5).
--
-- p_state is how it ends: 2 closed, 3 cancelled, 4 expired, the last only when it is due at p_at. The answer says
-- the state in which it now is, which is the former one when it had ended before; `ended` is whether this call did
-- it, and then `released` is what went back and `drawn` what was used. An unknown campaign has no state.
-- A release ends a block: there is room again (LIM-2).
-- Locks the cycle, the campaign, its slices, in this order; callers that settle hold slices only.
CREATE FUNCTION metering_campaign_end_v1(
    p_contract uuid, p_campaign uuid, p_state smallint, p_at timestamptz,
    OUT state smallint, OUT ended boolean, OUT released bigint, OUT drawn bigint
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET jit = off SET enable_seqscan = off
AS $$
DECLARE
    campaign metering_campaign;
    start timestamptz;
    budgeted boolean;
BEGIN
    ended := false; released := 0; drawn := 0;
    SELECT c.cycle_start INTO start FROM metering_campaign c    -- never changes
     WHERE c.contract_id = p_contract AND c.campaign_id = p_campaign;
    SELECT c.budgeted INTO budgeted FROM metering_cycle c
     WHERE c.contract_id = p_contract AND c.cycle_start = start FOR NO KEY UPDATE;
    SELECT * INTO campaign FROM metering_campaign c
     WHERE c.contract_id = p_contract AND c.campaign_id = p_campaign FOR NO KEY UPDATE;
    state := campaign.state;
    IF state IS DISTINCT FROM 1 OR (p_state = 4 AND campaign.expires_at > p_at) THEN
        RETURN;
    END IF;
    PERFORM FROM metering_campaign_slice s
      WHERE s.contract_id = p_contract AND s.cycle_start = start AND s.campaign_id = p_campaign
      ORDER BY s.line, s.slice
        FOR UPDATE;
    SELECT coalesce(sum(s.open * s.price_micro + s.saved_micro), 0),
           coalesce(sum(s.sent * s.price_micro - s.saved_micro), 0) INTO released, drawn
      FROM metering_campaign_slice s
     WHERE s.contract_id = p_contract AND s.cycle_start = start AND s.campaign_id = p_campaign;
    UPDATE metering_campaign_line l SET sent = x.sent, rejected = x.rejected, saved_micro = x.saved
      FROM (SELECT s.line, sum(s.sent) AS sent, sum(s.rejected) AS rejected, sum(s.saved_micro) AS saved
              FROM metering_campaign_slice s
             WHERE s.contract_id = p_contract AND s.cycle_start = start AND s.campaign_id = p_campaign
             GROUP BY s.line) x
     WHERE l.contract_id = p_contract AND l.campaign_id = p_campaign AND l.line = x.line;
    IF budgeted THEN
        UPDATE metering_channel_budget b SET total_micro = b.total_micro - x.free
          FROM (SELECT r.channel, sum(s.open * s.price_micro + s.saved_micro) AS free
                  FROM metering_campaign_slice s
                  JOIN metering_campaign_line l
                    ON l.contract_id = p_contract AND l.campaign_id = p_campaign AND l.line = s.line
                  JOIN catalog_route r ON r.id = l.route_id
                 WHERE s.contract_id = p_contract AND s.cycle_start = start AND s.campaign_id = p_campaign
                 GROUP BY r.channel) x
         WHERE b.contract_id = p_contract AND b.cycle_start = start AND b.channel = x.channel;
    END IF;
    DELETE FROM metering_campaign_slice s
     WHERE s.contract_id = p_contract AND s.cycle_start = start AND s.campaign_id = p_campaign;
    state := p_state; ended := true;
    UPDATE metering_campaign c
       SET state = p_state, ended_at = CASE WHEN p_state = 4 THEN c.expires_at ELSE p_at END
     WHERE c.contract_id = p_contract AND c.campaign_id = p_campaign;
    UPDATE metering_cycle c
       SET held_micro = c.held_micro - released - drawn, used_micro = c.used_micro + drawn,
           blocked_at = CASE WHEN released > 0 THEN NULL ELSE c.blocked_at END,
           capped_at = CASE WHEN released > 0 THEN NULL ELSE c.capped_at END
     WHERE c.contract_id = p_contract AND c.cycle_start = start AND released + drawn > 0;
END $$;
