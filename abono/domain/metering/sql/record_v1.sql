-- metering_record_v1: sends that left without having been held, told of afterwards: hold and settle in one step.
--
-- Arrays as in hold_v1.sql, and what is told of each event (settle_contract_v1.sql). Answers as in
-- hold_contract_v1.sql, with these values of `status` besides:
--   1 recorded  the price is drawn; an open hold of the same id and content is settled by it
--   2 replayed  it was drawn before; its first answer again
--   3 clash     this id was held or asked for with other content, or it was rejected
--   7 expired   its hold had been released because nobody settled it in time; nothing is drawn any more
--  10 waiting   it left, and its price draws when it is delivered: it is held now
--  11 nothing   it was not delivered, and its price draws what is delivered: nothing is drawn and nothing stored
CREATE FUNCTION metering_record_v1(
    p_contract uuid[], p_at timestamptz[], p_routes integer[], p_units smallint[],
    p_of integer[], p_to integer[], p_send uuid[], p_reference text[], p_contact uuid[], p_sender text[],
    p_outcome smallint[],
    OUT status smallint[], OUT price bigint[], OUT remaining bigint[]
) LANGUAGE plpgsql AS $$
DECLARE
    held integer[];                     -- the events that were held, now or before
    settled smallint[];
    e record;
    a record;
BEGIN
    IF 4 = ANY (p_outcome) THEN         -- whether these draw at all, the rule sees
        status := array_fill(6::smallint, ARRAY[cardinality(p_of)]);
        price := array_fill(NULL::bigint, ARRAY[cardinality(p_of)]); remaining := price;
        FOR e IN
            SELECT p_contract[u.place] AS contract, array_agg(u.n ORDER BY u.n) AS places,
                   array_agg(u.send ORDER BY u.n) AS send, array_agg(p_routes[u.route] ORDER BY u.n) AS route,
                   array_agg(p_at[u.place] ORDER BY u.n) AS moment, array_agg(u.reference ORDER BY u.n) AS reference,
                   array_agg(p_units[u.route] ORDER BY u.n) AS units, array_agg(p_contact[u.n] ORDER BY u.n) AS contact,
                   array_agg(p_sender[u.n] ORDER BY u.n) AS sender, array_agg(u.outcome ORDER BY u.n) AS outcome
              FROM unnest(p_of, p_send, p_to, p_reference, p_outcome)
                   WITH ORDINALITY u (place, send, route, reference, outcome, n)
             GROUP BY 1 ORDER BY 1
        LOOP
            SELECT * INTO a FROM metering_record_contract_v1(e.contract, e.send, e.route, e.moment, e.reference, e.units,
                                                             e.contact, e.sender, e.outcome);
            FOR i IN 1 .. cardinality(e.places) LOOP
                status[e.places[i]] := a.status[i]; price[e.places[i]] := a.price[i];
                remaining[e.places[i]] := a.remaining[i];
            END LOOP;
        END LOOP;
        RETURN;
    END IF;
    SELECT h.status, h.price, h.remaining INTO status, price, remaining
      FROM metering_hold_v1(p_contract, p_at, p_routes, p_units, p_of, p_to, p_send, p_reference, p_contact, p_sender) h;
    SELECT array_agg(u.n ORDER BY u.n) INTO held
      FROM unnest(status) WITH ORDINALITY u (status, n) WHERE u.status IN (1, 2);
    IF held IS NULL THEN
        RETURN;
    END IF;
    SELECT s.status INTO settled
      FROM (SELECT array_agg(u.place ORDER BY u.n) AS place, array_agg(u.send ORDER BY u.n) AS send,
                   array_agg(u.outcome::integer ORDER BY u.n) AS how
              FROM unnest(p_of, p_send, p_outcome, status) WITH ORDINALITY u (place, send, outcome, status, n)
             WHERE u.status IN (1, 2)) h,
           metering_settle_v1(p_contract, p_at, '{1,2,3,4,5}', '{NULL,NULL,NULL,NULL,NULL}', '{NULL,NULL,NULL,NULL,NULL}',
                              h.place, h.how, h.send) s;
    FOR j IN 1 .. cardinality(held) LOOP
        status[held[j]] := CASE settled[j] WHEN 4 THEN 7 WHEN 6 THEN 10 WHEN 8 THEN 11 WHEN 9 THEN 11 ELSE settled[j] END;
    END LOOP;
END $$;
