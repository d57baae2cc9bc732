-- The levels of a cycle, as bits of metering_cycle.warned:
--   1 package_80   80 % of the package      2 package_100   the package
--   4 limit_90     90 % of the ceiling      8 blocked       a send did not fit

-- metering_warn_next_v1: the lowest amount of which nobody was told yet; the greatest bigint when there is none.
-- A package of value 0 has no marks, and an unlimited ceiling (2^62) has none either.
-- v - v / 5 is four fifths of v rounded up, without an intermediate value that could overflow.
CREATE FUNCTION metering_warn_next_v1(p_value bigint, p_ceiling bigint, p_warned smallint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(least(
        CASE WHEN p_warned & 1 = 0 AND p_value > 0 THEN p_value - p_value / 5 END,
        CASE WHEN p_warned & 2 = 0 AND p_value > 0 THEN p_value END,
        CASE WHEN p_warned & 4 = 0 AND p_ceiling BETWEEN 1 AND (1::bigint << 62) - 1 THEN p_ceiling - p_ceiling / 10 END
    ), 9223372036854775807)
$$;

-- metering_warn_v1: write down every level that the cycle has reached, each once per raise (LIM-3).
-- The caller holds the lock of the cycle's row and has brought it up to date.
CREATE FUNCTION metering_warn_v1(p_contract uuid, p_cycle_start timestamptz, p_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    cycle metering_cycle;
    total bigint;
    bits smallint := 0;
    names text[] := '{}';
BEGIN
    SELECT * INTO STRICT cycle FROM metering_cycle WHERE contract_id = p_contract AND cycle_start = p_cycle_start;
    total := cycle.held_micro + cycle.used_micro;
    IF cycle.warned & 1 = 0 AND cycle.value_micro > 0 AND total >= cycle.value_micro - cycle.value_micro / 5 THEN
        bits := bits | 1; names := names || 'package_80'::text;
    END IF;
    IF cycle.warned & 2 = 0 AND cycle.value_micro > 0 AND total >= cycle.value_micro THEN
        bits := bits | 2; names := names || 'package_100'::text;
    END IF;
    IF cycle.warned & 4 = 0 AND cycle.ceiling_micro BETWEEN 1 AND (1::bigint << 62) - 1
       AND total >= cycle.ceiling_micro - cycle.ceiling_micro / 10 THEN
        bits := bits | 4; names := names || 'limit_90'::text;
    END IF;
    IF cycle.warned & 8 = 0 AND cycle.blocked_at IS NOT NULL THEN
        bits := bits | 8; names := names || 'blocked'::text;
    END IF;
    IF bits = 0 THEN
        RETURN;
    END IF;
    INSERT INTO metering_threshold (contract_id, cycle_start, raised, level, crossed_at, total_micro)
         SELECT p_contract, p_cycle_start, cycle.raised, name, p_at, total FROM unnest(names) AS name;
    UPDATE metering_cycle
       SET warned = warned | bits,
           warn_next_micro = metering_warn_next_v1(value_micro, ceiling_micro, warned | bits)
     WHERE contract_id = p_contract AND cycle_start = p_cycle_start;
END $$;
