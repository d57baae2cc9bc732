-- metering_record_v1: sends that left without having been held, told of afterwards: hold and settle in one step.
--
-- Arrays as in hold_v1.sql, answers as in hold_contract_v1.sql, with these values of `status` besides:
--   1 recorded  the price is drawn; an open hold of the same id and content is settled by it
--   2 replayed  it was drawn before; its first answer again
--   3 clash     this id was held or asked for with other content, or it was rejected
--   7 expired   its hold had been released because nobody settled it in time; nothing is drawn any more
CREATE FUNCTION metering_record_v1(
    p_contract uuid[], p_at timestamptz[], p_routes integer[],
    p_of integer[], p_to integer[], p_send uuid[], p_reference text[],
    OUT status smallint[], OUT price bigint[], OUT remaining bigint[]
) LANGUAGE plpgsql AS $$
DECLARE
    held integer[];                     -- the events that were held, now or before
    settled smallint[];
BEGIN
    SELECT h.status, h.price, h.remaining INTO status, price, remaining
      FROM metering_hold_v1(p_contract, p_at, p_routes, p_of, p_to, p_send, p_reference) h;
    SELECT array_agg(u.n ORDER BY u.n) INTO held
      FROM unnest(status) WITH ORDINALITY u (status, n) WHERE u.status IN (1, 2);
    IF held IS NULL THEN
        RETURN;
    END IF;
    SELECT s.status INTO settled
      FROM (SELECT array_agg(u.place ORDER BY u.n) AS place, array_agg(u.send ORDER BY u.n) AS send,
                   array_agg(1::smallint ORDER BY u.n) AS outcome
              FROM unnest(p_of, p_send, status) WITH ORDINALITY u (place, send, status, n)
             WHERE u.status IN (1, 2)) a,
           metering_settle_v1(p_contract, p_at, a.place, a.send, a.outcome) s;
    FOR j IN 1 .. cardinality(held) LOOP
        status[held[j]] := CASE settled[j] WHEN 4 THEN 7 ELSE settled[j] END;
    END LOOP;
END $$;
