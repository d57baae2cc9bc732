-- licences_decide_v1: the same for people of many contracts (decide_contract_v1.sql, which is the rule). The first nine arrays
-- have one element per contract, the others one per event, with the place of its contract among them, from 1. Contracts are
-- locked in the order of their ids.
CREATE FUNCTION licences_decide_v1(
    p_contract uuid[], p_at timestamptz[], p_lost_s integer[], p_beat_s integer[], p_aside_s integer[], p_idle_s integer[],
    p_over integer[], p_share boolean[], p_reduce boolean[],
    p_of integer[], p_op smallint[], p_person text[], p_id text[], p_device text[], p_groups text[], p_idle integer[],
    OUT status smallint[], OUT until timestamptz[], OUT place integer[], OUT in_use integer[], OUT owned integer[], OUT why text[]
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET jit = off
AS $$
DECLARE
    n integer := cardinality(p_of);
    e record;
    a record;
    k integer;
BEGIN
    IF (cardinality(p_at), cardinality(p_lost_s), cardinality(p_beat_s), cardinality(p_aside_s), cardinality(p_idle_s),
        cardinality(p_over), cardinality(p_share), cardinality(p_reduce), cardinality(p_op), cardinality(p_person),
        cardinality(p_id), cardinality(p_device), cardinality(p_groups), cardinality(p_idle))
       IS DISTINCT FROM (cardinality(p_contract), cardinality(p_contract), cardinality(p_contract), cardinality(p_contract),
                         cardinality(p_contract), cardinality(p_contract), cardinality(p_contract), cardinality(p_contract),
                         n, n, n, n, n, n) THEN
        RAISE EXCEPTION 'arrays of different length' USING ERRCODE = 'array_subscript_error';
    END IF;
    status := array_fill(0::smallint, ARRAY[n]); until := array_fill(NULL::timestamptz, ARRAY[n]);
    place := array_fill(NULL::integer, ARRAY[n]); in_use := place; owned := place; why := array_fill(NULL::text, ARRAY[n]);
    FOR e IN
        SELECT u.place, array_agg(u.n ORDER BY u.n) AS places, array_agg(u.op ORDER BY u.n) AS op,
               array_agg(u.person ORDER BY u.n) AS person, array_agg(u.id ORDER BY u.n) AS id,
               array_agg(u.device ORDER BY u.n) AS device, array_agg(u.groups ORDER BY u.n) AS groups,
               array_agg(u.idle ORDER BY u.n) AS idle
          FROM unnest(p_of, p_op, p_person, p_id, p_device, p_groups, p_idle) WITH ORDINALITY
               u (place, op, person, id, device, groups, idle, n)
         GROUP BY u.place ORDER BY p_contract[u.place], p_at[u.place]
    LOOP
        k := e.place;
        SELECT * INTO a FROM licences_decide_contract_v1(
            p_contract[k], p_at[k], p_lost_s[k], p_beat_s[k], p_aside_s[k], p_idle_s[k], p_over[k], p_share[k], p_reduce[k],
            e.op, e.person, e.id, e.device, e.groups, e.idle);
        FOR i IN 1 .. cardinality(e.places) LOOP
            k := e.places[i];
            status[k] := a.status[i]; until[k] := a.until[i]; place[k] := a.place[i]; in_use[k] := a.in_use[i];
            owned[k] := a.owned[i]; why[k] := a.why[i];
        END LOOP;
    END LOOP;
END $$;
