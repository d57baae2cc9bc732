-- metering_rechain_v1: derive a contact's interactions again after events between p_from and p_upto came late.
--
-- An interaction opens with the first counting event that no earlier one covers and covers 24 hours (INT-1).
-- From the interaction before p_from on, each is looked up from the events; where one that is known comes out
-- again after p_upto, all that follow stand as they are. The caller holds the locks of the contract's cycles.
CREATE FUNCTION metering_rechain_v1(
    p_contract uuid, p_contact uuid, p_channel text, p_from timestamptz, p_upto timestamptz
) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_bitmapscan = off
AS $$
DECLARE
    opened timestamptz;
    following timestamptz;
    known boolean;
BEGIN
    SELECT max(opened_at) INTO opened FROM metering_interaction
     WHERE contract_id = p_contract AND contact = p_contact AND channel = p_channel AND opened_at <= p_from;
    LOOP
        SELECT happened_at INTO following FROM metering_contact_event
         WHERE contract_id = p_contract AND contact = p_contact AND channel = p_channel AND counts
           AND happened_at >= coalesce(opened + interval '24 hours', '-infinity')
         ORDER BY happened_at LIMIT 1;
        WITH gone AS (
            DELETE FROM metering_interaction
             WHERE contract_id = p_contract AND contact = p_contact AND channel = p_channel
               AND opened_at > coalesce(opened, '-infinity') AND opened_at < coalesce(following, 'infinity')
            RETURNING cycle_start
        )
        UPDATE metering_cycle c SET interactions = c.interactions - g.n
          FROM (SELECT cycle_start, count(*) AS n FROM gone GROUP BY cycle_start) g
         WHERE c.contract_id = p_contract AND c.cycle_start = g.cycle_start;
        EXIT WHEN following IS NULL;
        SELECT true INTO known FROM metering_interaction
         WHERE contract_id = p_contract AND contact = p_contact AND channel = p_channel AND opened_at = following;
        IF known THEN
            EXIT WHEN following > p_upto;
        ELSE
            WITH new AS (
                INSERT INTO metering_interaction (contract_id, contact, channel, opened_at, cycle_start)
                SELECT p_contract, p_contact, p_channel, following, max(cycle_start) FROM metering_cycle
                 WHERE contract_id = p_contract AND cycle_start <= following
                RETURNING cycle_start
            )
            UPDATE metering_cycle c SET interactions = c.interactions + 1
              FROM new WHERE c.contract_id = p_contract AND c.cycle_start = new.cycle_start;
        END IF;
        opened := following;
    END LOOP;
END $$;
