-- metering_record_v1: metering_record_contract_v1, which is the rule, for sends of many contracts, one contract after the
-- other in the order of their keys. Arrays as in hold_v1.sql, and what is told of each event (settle_contract_v1.sql).
CREATE FUNCTION metering_record_v1(
    p_contract uuid[], p_at timestamptz[], p_routes integer[], p_units smallint[],
    p_of integer[], p_to integer[], p_send uuid[], p_reference text[], p_contact uuid[], p_sender text[],
    p_outcome smallint[],
    OUT status smallint[], OUT price bigint[], OUT remaining bigint[]
) LANGUAGE plpgsql AS $$
DECLARE
    e record;
    a record;
BEGIN
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
END $$;
