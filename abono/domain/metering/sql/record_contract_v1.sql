-- metering_record_contract_v1: sends of one contract that left without having been held, told of afterwards: hold and
-- settle in one step. Only the ceiling can say no (PKG-12).
--
-- Arrays as in hold_contract_v1.sql, with what is told of each (settle_contract_v1.sql). Answers as there, with these
-- values of `status` besides:
--   1 recorded  the price is drawn; an open hold of the same id and content is settled by it
--   2 replayed  it was drawn before; its first answer again
--   3 clash     this id was held or asked for with other content, or it was rejected
--   7 expired   its hold had been released because nobody settled it in time; nothing is drawn any more
--  10 waiting   it left, and its price draws when it is delivered: it is held now
--  11 nothing   it was not delivered, and its price draws what is delivered: nothing is drawn and nothing stored
CREATE FUNCTION metering_record_contract_v1(
    p_contract uuid, p_send uuid[], p_route integer[], p_at timestamptz[], p_reference text[], p_units smallint[],
    p_contact uuid[], p_sender text[], p_outcome smallint[],
    OUT status smallint[], OUT price bigint[], OUT remaining bigint[]
) LANGUAGE plpgsql AS $$
DECLARE
    n integer := cardinality(p_send);
    asked integer[];                    -- the events that draw or may draw
    held integer[];                     -- of these: that were held, now or before
    a record;
    settled smallint[];
BEGIN
    status := array_fill(11::smallint, ARRAY[n]); price := array_fill(NULL::bigint, ARRAY[n]); remaining := price;
    SELECT array_agg(u.n::integer ORDER BY u.n) INTO asked
      FROM unnest(p_outcome, p_route, p_at, p_send) WITH ORDINALITY u (outcome, route, moment, send, n)
     WHERE u.outcome <> 4 OR (
           SELECT x.terms & 1 FROM metering_cycle c JOIN catalog_sessionprice x ON x.package_id = c.package_id
            WHERE c.contract_id = p_contract AND c.cycle_start <= u.moment AND c.cycle_end > u.moment
              AND x.route_id = u.route AND x.valid_from <= u.moment
            ORDER BY x.valid_from DESC LIMIT 1) IS DISTINCT FROM 1
        OR EXISTS (SELECT FROM metering_send s WHERE s.contract_id = p_contract AND s.send_id = u.send);
    IF asked IS NULL THEN
        RETURN;
    END IF;
    SELECT h.* INTO a
      FROM (SELECT array_agg(p_send[u.n] ORDER BY u.n) AS send, array_agg(p_route[u.n] ORDER BY u.n) AS route,
                   array_agg(p_at[u.n] ORDER BY u.n) AS moment, array_agg(p_reference[u.n] ORDER BY u.n) AS reference,
                   array_agg(p_units[u.n] ORDER BY u.n) AS units, array_agg(p_contact[u.n] ORDER BY u.n) AS contact,
                   array_agg(p_sender[u.n] ORDER BY u.n) AS sender
              FROM unnest(asked) u (n)) x,
           metering_hold_contract_v1(p_contract, x.send, x.route, x.moment, x.reference, x.units, x.contact, x.sender, true) h;
    FOR j IN 1 .. cardinality(asked) LOOP
        status[asked[j]] := a.status[j]; price[asked[j]] := a.price[j]; remaining[asked[j]] := a.remaining[j];
        IF a.status[j] IN (1, 2) THEN
            held := held || asked[j];
        END IF;
    END LOOP;
    IF held IS NULL THEN
        RETURN;
    END IF;
    SELECT s.status INTO settled
      FROM (SELECT array_agg(p_send[u.n] ORDER BY u.n) AS send, array_agg(p_outcome[u.n] ORDER BY u.n) AS outcome,
                   array_agg(p_at[u.n] ORDER BY u.n) AS moment
              FROM unnest(held) u (n)) x,
           metering_settle_contract_v1(p_contract, x.send, x.outcome, x.moment, '{}', '{}', '{}', '{}') s;
    FOR j IN 1 .. cardinality(held) LOOP
        status[held[j]] := CASE settled[j] WHEN 4 THEN 7 WHEN 6 THEN 10 WHEN 8 THEN 11 WHEN 9 THEN 11 ELSE settled[j] END;
    END LOOP;
END $$;
