-- metering_levels_v1: at which amounts somebody is told (LIM-3), each with its bit of metering_cycle.warned. A package of
-- value 0 has no levels, and an unlimited ceiling (2^62) has none either. `blocked`, bit 8, and `own_cap`, bit 16, have
-- no amount: a send did not fit, or the customer's own cap stops sends. The same amounts are in metering/rules.py.
-- v - v / 5 is four fifths of v rounded up, without an intermediate value that could overflow.
CREATE FUNCTION metering_levels_v1(p_value bigint, p_ceiling bigint, OUT flag smallint, OUT name text, OUT at_micro bigint)
RETURNS SETOF record LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT x.flag, x.name, x.at_micro
      FROM (VALUES (1::smallint, 'package_80', p_value - p_value / 5),
                   (2::smallint, 'package_100', p_value),
                   (4::smallint, 'limit_90', CASE WHEN p_ceiling < 1::bigint << 62 THEN p_ceiling - p_ceiling / 10 END)
           ) x (flag, name, at_micro)
     WHERE x.at_micro > 0
$$;

-- metering_warn_next_v1: the lowest amount of which nobody was told yet; the greatest bigint when there is none.
CREATE FUNCTION metering_warn_next_v1(p_value bigint, p_ceiling bigint, p_warned smallint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(min(l.at_micro), 9223372036854775807)
      FROM metering_levels_v1(p_value, p_ceiling) l WHERE p_warned & l.flag = 0
$$;

-- metering_warn_v1: write down every level that the cycle has reached, each once per raise (LIM-3).
-- The caller holds the lock of the cycle's row and has brought it up to date.
CREATE FUNCTION metering_warn_v1(p_contract uuid, p_cycle_start timestamptz, p_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    cycle metering_cycle;
    total bigint;
    bits smallint;
    names text[];
BEGIN
    SELECT * INTO STRICT cycle FROM metering_cycle WHERE contract_id = p_contract AND cycle_start = p_cycle_start;
    total := cycle.held_micro + cycle.used_micro;
    SELECT bit_or(l.flag), array_agg(l.name) INTO bits, names
      FROM (SELECT x.flag, x.name FROM metering_levels_v1(cycle.value_micro, cycle.ceiling_micro) x WHERE total >= x.at_micro
             UNION ALL
            SELECT 8::smallint, 'blocked' WHERE cycle.blocked_at IS NOT NULL
             UNION ALL
            SELECT 16::smallint, 'own_cap' WHERE cycle.capped_at IS NOT NULL) l
     WHERE cycle.warned & l.flag = 0;
    IF bits IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO metering_threshold (contract_id, cycle_start, raised, level, crossed_at, total_micro)
         SELECT p_contract, p_cycle_start, cycle.raised, name, p_at, total FROM unnest(names) AS name;
    UPDATE metering_cycle
       SET warned = warned | bits,
           warn_next_micro = metering_warn_next_v1(value_micro, ceiling_micro, warned | bits)
     WHERE contract_id = p_contract AND cycle_start = p_cycle_start;
END $$;
