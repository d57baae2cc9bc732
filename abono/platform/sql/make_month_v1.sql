-- make_month_v1: the partitions of one month for tables that are partitioned alike by a UUIDv7 (docs/growth.md).
-- False when they are there already. Raises check_violation when a default partition has rows of that month.
CREATE FUNCTION make_month_v1(p_tables text[], p_month date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_table text;
    v_name text;
    v_low uuid := first_id_v1(p_month);
    v_high uuid := first_id_v1((p_month + interval '1 month')::date);
BEGIN
    FOREACH v_table IN ARRAY p_tables LOOP
        v_name := v_table || to_char(p_month, '"_p"YYYYMM');
        IF to_regclass(v_name) IS NOT NULL THEN
            RETURN false;
        END IF;
        EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING ALL)', v_name, v_table);
        EXECUTE format(
            'ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', v_table, v_name, v_low, v_high
        );
    END LOOP;
    RETURN true;
END $$;

-- The lowest UUIDv7 of a date in UTC.
CREATE FUNCTION first_id_v1(p_date date) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT rpad(lpad(to_hex((extract(epoch FROM p_date) * 1000)::bigint), 12, '0'), 32, '0')::uuid
$$;
