-- licences_owned_v1: what a contract owns at a moment on its customer's clock, by the terms in force then (LIC-6), and why
-- nobody may come in, if so (END-1): `why` is null while it runs. `owned` is null where the plan leaves it to the contract.
-- `begun` and `until` are the borders of its cycles before and after the moment, as far as they are known; `customer` is whose it is.
CREATE FUNCTION licences_owned_v1(
    p_contract uuid, p_at timestamptz, OUT owned integer, OUT why text, OUT begun timestamptz, OUT until timestamptz,
    OUT customer uuid
) RETURNS SETOF record
LANGUAGE sql STABLE AS $$
    SELECT p.included_licences + t.extra_licences,
           CASE c.state WHEN 'pending' THEN 'awaiting_payment' WHEN 'restricted' THEN 'contract_restricted'
                        WHEN 'ended' THEN 'contract_ended'
                        WHEN 'ending' THEN CASE WHEN coalesce(c.ends_at, c.cycle_end) <= p_at THEN 'contract_ended' END END,
           CASE WHEN c.cycle_end <= p_at THEN c.cycle_end ELSE c.cycle_start END,
           CASE WHEN c.cycle_end > p_at THEN c.cycle_end END,
           c.customer_id
      FROM contracts_contract c
     CROSS JOIN LATERAL (
           SELECT x.plan_id, x.extra_licences FROM contracts_term x
            WHERE x.contract_id = c.id AND (x.begins_at IS NULL OR x.begins_at <= p_at)
            ORDER BY x.begins_at DESC NULLS LAST, x.position DESC LIMIT 1) t
      JOIN catalog_plan p ON p.id = t.plan_id
     WHERE c.id = p_contract
$$;
