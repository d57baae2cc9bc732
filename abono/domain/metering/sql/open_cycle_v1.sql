-- metering_open_cycle_v1: make the row of a cycle, or correct one in which nothing happened yet, with all that hangs on it:
-- where its roll-ups begin (metering_use_border), and the customer's own limits (LIM-5). The full value is there (PKG-3).
--
-- True when it was made or corrected, false when something was held, counted or raised in it before, so that it stays as it is;
-- null when it would overlap another cycle of the contract, so that it was not made.
CREATE FUNCTION metering_open_cycle_v1(
    p_contract uuid, p_start timestamptz, p_end timestamptz, p_package uuid, p_value bigint, p_ceiling bigint,
    p_included bigint, p_overage smallint, p_sealed_to timestamptz, p_sealed_id uuid
) RETURNS boolean
LANGUAGE plpgsql
SET jit = off
AS $$
BEGIN
    PERFORM FROM metering_cycle c
      WHERE c.contract_id = p_contract AND c.cycle_start <> p_start AND c.cycle_start < p_end AND c.cycle_end > p_start;
    IF FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO metering_cycle AS c (contract_id, cycle_start, cycle_end, package_id, value_micro, ceiling_micro,
                                     included_interactions, overage_percent, warn_next_micro, sealed_to, sealed_id)
         VALUES (p_contract, p_start, p_end, p_package, p_value, p_ceiling, p_included, p_overage,
                 metering_warn_next_v1(p_value, p_ceiling, 0::smallint), p_sealed_to, p_sealed_id)
    ON CONFLICT (contract_id, cycle_start) DO UPDATE
            SET cycle_end = excluded.cycle_end, package_id = excluded.package_id, value_micro = excluded.value_micro,
                ceiling_micro = excluded.ceiling_micro, included_interactions = excluded.included_interactions,
                overage_percent = excluded.overage_percent, warn_next_micro = excluded.warn_next_micro, blocked_at = NULL
          WHERE (c.held_micro, c.used_micro, c.interactions, c.raised, c.warned) = (0, 0, 0, 0, 0);
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO metering_use_border (contract_id, cycle_start, rolled_to, rolled_id)
         SELECT c.contract_id, c.cycle_start, c.sealed_to, c.sealed_id
           FROM metering_cycle c WHERE c.contract_id = p_contract AND c.cycle_start = p_start
    ON CONFLICT DO NOTHING;
    PERFORM metering_own_limits_v1(p_contract, p_start, NULL);
    RETURN true;
END
$$;
