-- metering_record_contract_v1: sends of one contract that left without having been held: hold and settle in one step.
--
-- Arrays as in hold_contract_v1.sql, answers as in record_v1.sql, which is the short way for many contracts.
CREATE FUNCTION metering_record_contract_v1(
    p_contract uuid, p_send uuid[], p_route integer[], p_at timestamptz[], p_reference text[],
    OUT status smallint[], OUT price bigint[], OUT remaining bigint[]
) LANGUAGE plpgsql AS $$
DECLARE
    held integer[];                     -- the events that were held, now or before
    its_send uuid[]; its_at timestamptz[];
    settled smallint[];
BEGIN
    SELECT h.status, h.price, h.remaining INTO status, price, remaining
      FROM metering_hold_contract_v1(p_contract, p_send, p_route, p_at, p_reference) h;
    SELECT array_agg(u.n ORDER BY u.n), array_agg(u.send ORDER BY u.n), array_agg(u.moment ORDER BY u.n)
      INTO held, its_send, its_at
      FROM unnest(status, p_send, p_at) WITH ORDINALITY u (status, send, moment, n) WHERE u.status IN (1, 2);
    IF held IS NULL THEN
        RETURN;
    END IF;
    SELECT s.status INTO settled
      FROM metering_settle_contract_v1(p_contract, its_send, array_fill(1::smallint, ARRAY[cardinality(held)]), its_at) s;
    FOR j IN 1 .. cardinality(held) LOOP
        status[held[j]] := CASE settled[j] WHEN 4 THEN 7 ELSE settled[j] END;
    END LOOP;
END $$;
