-- licences_decide_v1: the same for people of many contracts (decide_contract_v1.sql, which is the rule). The first nine arrays
-- have one element per contract, the others one per event, with the place of its contract among them, from 1. Contracts are
-- locked in the order of their ids, then leases in the order of contract and person. Where there is room for all who come and
-- nobody waits or was lost, each comes in or goes whatever the others do: those are done together, and only what is left over
-- takes a closer look.
CREATE FUNCTION licences_decide_v1(
    p_contract uuid[], p_at timestamptz[], p_lost_s integer[], p_beat_s integer[], p_aside_s integer[], p_idle_s integer[],
    p_over integer[], p_share boolean[], p_reduce boolean[],
    p_of integer[], p_op smallint[], p_person text[], p_id text[], p_device text[], p_groups text[], p_idle integer[],
    OUT status smallint[], OUT until timestamptz[], OUT place integer[], OUT in_use integer[], OUT owned integer[], OUT why text[]
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
AS $$
DECLARE
    n constant integer := cardinality(p_of);
    m constant integer := cardinality(p_contract);
    e record;
    a record;
    k integer;
    mine boolean[];                             -- by event: the one lease that they have is of this id; null: they have none
    come integer[];                             -- by contract: how many different people come or go; null: it is more than that
    room boolean[];                             -- … whether there is for all of them; if not it takes a closer look
    held integer[]; owns integer[]; holds integer[];
    begins timestamptz[]; ends timestamptz[];   -- … of the next hour of its peak; null: it is the same
    top integer[];                              -- … how many are in at the most
    closer boolean := false;                    -- something is left over
BEGIN
    IF (cardinality(p_at), cardinality(p_lost_s), cardinality(p_beat_s), cardinality(p_aside_s), cardinality(p_idle_s),
        cardinality(p_over), cardinality(p_share), cardinality(p_reduce), cardinality(p_op), cardinality(p_person),
        cardinality(p_id), cardinality(p_device), cardinality(p_groups), cardinality(p_idle))
       IS DISTINCT FROM (m, m, m, m, m, m, m, m, n, n, n, n, n, n) THEN
        RAISE EXCEPTION 'arrays of different length' USING ERRCODE = 'array_subscript_error';
    END IF;
    status := array_fill(0::smallint, ARRAY[n]); until := array_fill(NULL::timestamptz, ARRAY[n]);
    place := array_fill(NULL::integer, ARRAY[n]); in_use := place; owned := place; why := array_fill(NULL::text, ARRAY[n]);

    PERFORM licences_lock_v1(p_contract);
    SELECT x.mine INTO mine FROM licences_lock_leases_v1(p_contract, p_of, p_person, p_id) x;
    come := licences_come_v1(p_contract, p_of, p_op, p_person);
    SELECT x.held, x.owns, x.holds, x.room, x.begins, x.ends, x.top INTO held, owns, holds, room, begins, ends, top
      FROM licences_room_v1(p_contract, p_at, p_over, come) x;
    FOR i IN 1 .. n LOOP
        k := p_of[i];
        IF NOT room[k] THEN
            closer := true;
            CONTINUE;
        END IF;
        IF mine[i] IS NULL AND p_op[i] <> 4 THEN
            status[i] := 1; until[i] := p_at[k] + make_interval(secs => p_lost_s[k]);
            held[k] := held[k] + 1;
        ELSIF mine[i] IS NULL THEN
            status[i] := 8;
        ELSIF mine[i] AND p_op[i] = 4 THEN
            status[i] := 8;
            held[k] := held[k] - 1;
        ELSE
            closer := true;                     -- is in already, or on several devices
        END IF;
        top[k] := greatest(top[k], held[k]);
        in_use[i] := held[k]; owned[i] := owns[k];
    END LOOP;
    PERFORM licences_each_v1(
        p_contract, p_at, p_over, room, held, holds, begins, ends, top, p_of, p_person, p_id, p_device, status, until);
    IF NOT closer THEN
        RETURN;
    END IF;

    FOR e IN
        SELECT u.place, array_agg(u.n ORDER BY u.n) AS places, array_agg(u.op ORDER BY u.n) AS op,
               array_agg(u.person ORDER BY u.n) AS person, array_agg(u.id ORDER BY u.n) AS id,
               array_agg(u.device ORDER BY u.n) AS device, array_agg(u.groups ORDER BY u.n) AS groups,
               array_agg(u.idle ORDER BY u.n) AS idle
          FROM unnest(p_of, p_op, p_person, p_id, p_device, p_groups, p_idle, status) WITH ORDINALITY
               u (place, op, person, id, device, groups, idle, status, n)
         WHERE u.status = 0
         GROUP BY u.place ORDER BY p_contract[u.place], p_at[u.place]
    LOOP
        k := e.place;
        SELECT * INTO a FROM licences_decide_contract_v1(
            p_contract[k], p_at[k], p_lost_s[k], p_beat_s[k], p_aside_s[k], p_idle_s[k], p_over[k], p_share[k], p_reduce[k],
            e.op, e.person, e.id, e.device, e.groups, e.idle);
        FOR i IN 1 .. cardinality(e.places) LOOP
            k := e.places[i];
            status[k] := a.status[i]; until[k] := a.until[i]; place[k] := a.place[i];
            in_use[k] := coalesce(in_use[k], a.in_use[i]); owned[k] := a.owned[i]; why[k] := a.why[i];
        END LOOP;
    END LOOP;
END $$;
