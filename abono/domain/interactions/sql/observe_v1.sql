-- metering_observe_v1: take in events between contacts and customers of many contracts (INT-1…7). Answers, as
-- metering_observe_contract_v1 does, which is the rule; this is the short way for what it need not look at.
--
-- p_contract and p_now have one element per caller: the contract, and the present moment on its customer's clock.
-- p_channels and p_kinds have each channel and kind once. The other arrays have one element per event: whose it is,
-- its channel and kind (places in p_contract, p_channels and p_kinds, from 1), its id, the contact, and the moment when
-- it happened. p_grace is for how long after the end of a cycle its late events are taken (INT-7).
--
-- Cycles are locked in the order of their key. Then all events of a contract are written at once, when none is refused
-- and none that counts is older than what its contact opened last, without looking whether ids are new: the key of
-- metering_contact_event says so. The others, and all of them when an id was known, are left to the rule.
CREATE FUNCTION metering_observe_v1(
    p_contract uuid[], p_now timestamptz[], p_channels text[], p_kinds text[],
    p_of integer[], p_on integer[], p_as integer[], p_event uuid[], p_contact uuid[], p_at timestamptz[],
    p_grace interval,
    OUT status smallint[]
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
AS $$
DECLARE
    n integer := cardinality(p_of);
    short boolean := true;              -- the short way does for all
    e record;
    k record;
    a record;
    i integer;
    j integer;
    start timestamptz[];                -- per event that opens an interaction: its cycle
    -- per caller: the first caller with the same contract, which speaks for it; there, the first cycle that was locked,
    -- which most events belong to, and whether the contract is left to the rule
    c_first integer[]; c_start timestamptz[]; c_end timestamptz[]; c_left boolean[];
    -- the contract, its cycle, its contact and channel at hand
    at_contract uuid; first integer; its_start timestamptz; its_end timestamptz;
    at_contact uuid; at_channel integer; opened timestamptz;
    -- kinds that were looked up: from when until when each row is in force
    kinds integer := 0; k_kind integer[] := '{}'; k_from timestamptz[] := '{}'; k_until timestamptz[] := '{}';
    k_counts boolean[] := '{}';
BEGIN
    IF (cardinality(p_now), cardinality(p_on), cardinality(p_as), cardinality(p_event), cardinality(p_contact),
        cardinality(p_at)) IS DISTINCT FROM (cardinality(p_contract), n, n, n, n, n) THEN
        RAISE EXCEPTION 'arrays of different length' USING ERRCODE = 'array_subscript_error';
    END IF;
    c_first := array_fill(NULL::integer, ARRAY[cardinality(p_contract)]);
    c_start := array_fill(NULL::timestamptz, ARRAY[cardinality(p_contract)]); c_end := c_start;
    c_left := array_fill(false, ARRAY[cardinality(p_contract)]);
    FOR e IN                            -- a late event can move what opened in the cycles after it
        SELECT d.places, c.cycle_start, c.cycle_end
          FROM (SELECT p_contract[d.place] AS contract, array_agg(d.place) AS places, min(d.earliest) AS earliest
                  FROM (SELECT u.place, min(u.moment) AS earliest FROM unnest(p_of, p_at) u (place, moment) GROUP BY 1) d
                 GROUP BY 1 ORDER BY 1) d
         CROSS JOIN LATERAL (
               SELECT x.cycle_start, x.cycle_end FROM metering_cycle x
                WHERE x.contract_id = d.contract AND x.cycle_end > d.earliest
                ORDER BY x.cycle_start
                  FOR NO KEY UPDATE) c
    LOOP
        first := e.places[1];
        IF c_first[first] IS NULL THEN
            FOREACH i IN ARRAY e.places LOOP
                c_first[i] := first;
            END LOOP;
            c_start[first] := e.cycle_start; c_end[first] := e.cycle_end;
        END IF;
    END LOOP;

    status := array_fill(0::smallint, ARRAY[n]); start := array_fill(NULL::timestamptz, ARRAY[n]);
    FOR e IN
        SELECT u.n, u.contract, u.place, u.contact, u.channel, u.kind, u.moment, o.newest
          FROM (SELECT p_contract[x.place] AS contract, x.*
                  FROM unnest(p_of, p_contact, p_on, p_as, p_at) WITH ORDINALITY
                       x (place, contact, channel, kind, moment, n)) u
          LEFT JOIN LATERAL (
               SELECT x.opened_at AS newest FROM metering_interaction x
                WHERE x.contract_id = u.contract AND x.contact = u.contact
                  AND x.channel = p_channels[u.channel]
                ORDER BY x.opened_at DESC LIMIT 1) o ON true
         ORDER BY u.contract, u.contact, u.channel, u.moment, u.n
    LOOP
        IF e.contract IS DISTINCT FROM at_contract THEN
            at_contract := e.contract; at_contact := NULL;
            first := c_first[e.place]; its_start := c_start[first]; its_end := c_end[first];
        END IF;
        IF first IS NULL OR c_left[first] THEN
            short := false;
            CONTINUE;
        END IF;
        IF e.moment < its_start OR e.moment >= its_end THEN
            SELECT x.cycle_start, x.cycle_end INTO its_start, its_end FROM metering_cycle x
             WHERE x.contract_id = at_contract AND x.cycle_start <= e.moment
             ORDER BY x.cycle_start DESC LIMIT 1;
        END IF;
        j := 1;
        WHILE j <= kinds AND (k_kind[j] <> e.kind OR e.moment < k_from[j] OR e.moment >= k_until[j]) LOOP
            j := j + 1;
        END LOOP;
        IF j > kinds THEN
            kinds := j; k_kind[j] := e.kind;
            SELECT max(x.valid_from) FILTER (WHERE x.valid_from <= e.moment) AS since,
                   min(x.valid_from) FILTER (WHERE x.valid_from > e.moment) AS until INTO k
              FROM metering_interaction_kind x WHERE x.kind = p_kinds[e.kind];
            k_from[j] := coalesce(k.since, '-infinity'); k_until[j] := coalesce(k.until, 'infinity');
            k_counts[j] := (SELECT x.counts FROM metering_interaction_kind x
                             WHERE x.kind = p_kinds[e.kind] AND x.valid_from = k.since);
        END IF;
        IF at_contact IS DISTINCT FROM e.contact OR at_channel <> e.channel THEN
            at_contact := e.contact; at_channel := e.channel; opened := e.newest;
        END IF;
        IF its_end IS NULL OR e.moment >= its_end OR its_end + p_grace <= p_now[e.place] OR k_counts[j] IS NULL
           OR k_counts[j] AND e.newest > e.moment THEN
            short := false; c_left[first] := true;
        ELSIF NOT k_counts[j] THEN
            status[e.n] := 3;
        ELSIF e.moment < opened + interval '24 hours' THEN
            status[e.n] := 2;
        ELSE
            status[e.n] := 1; opened := e.moment; start[e.n] := its_start;
        END IF;
    END LOOP;
    IF NOT short THEN
        FOR i IN 1 .. n LOOP
            IF c_left[c_first[p_of[i]]] THEN
                status[i] := 0;
            END IF;
        END LOOP;
    END IF;

    BEGIN
        INSERT INTO metering_contact_event (contract_id, event_id, contact, happened_at, channel, kind, counts)
             SELECT p_contract[u.place], u.event, u.contact, u.moment, p_channels[u.channel], p_kinds[u.kind], u.status < 3
               FROM unnest(p_of, p_event, p_contact, p_at, p_on, p_as, status)
                    u (place, event, contact, moment, channel, kind, status)
              WHERE u.status > 0;
        INSERT INTO metering_interaction (contract_id, contact, channel, opened_at, cycle_start)
             SELECT p_contract[u.place], u.contact, p_channels[u.channel], u.moment, u.start
               FROM unnest(p_of, p_contact, p_on, p_at, start, status) u (place, contact, channel, moment, start, status)
              WHERE u.status = 1;
        IF FOUND THEN
            UPDATE metering_cycle c SET interactions = c.interactions + x.n
              FROM (SELECT p_contract[u.place] AS contract, u.start, count(*) AS n
                      FROM unnest(p_of, start, status) u (place, start, status)
                     WHERE u.status = 1 GROUP BY 1, 2) x
             WHERE c.contract_id = x.contract AND c.cycle_start = x.start;
        END IF;
    EXCEPTION WHEN unique_violation THEN
        status := array_fill(0::smallint, ARRAY[n]); short := false;
    END;
    IF short THEN
        RETURN;
    END IF;

    FOR e IN
        SELECT p_contract[u.place] AS contract, array_agg(u.n ORDER BY u.n) AS places,
               array_agg(u.event ORDER BY u.n) AS event, array_agg(u.contact ORDER BY u.n) AS contact,
               array_agg(p_channels[u.channel] ORDER BY u.n) AS channel, array_agg(p_kinds[u.kind] ORDER BY u.n) AS kind,
               array_agg(u.moment ORDER BY u.n) AS moment, array_agg(p_now[u.place] ORDER BY u.n) AS present
          FROM unnest(p_of, p_event, p_contact, p_on, p_as, p_at, status) WITH ORDINALITY
               u (place, event, contact, channel, kind, moment, status, n)
         WHERE u.status = 0
         GROUP BY 1 ORDER BY 1
    LOOP
        SELECT * INTO a
          FROM metering_observe_contract_v1(e.contract, e.event, e.contact, e.channel, e.kind, e.moment, e.present, p_grace);
        FOR i IN 1 .. cardinality(e.places) LOOP
            status[e.places[i]] := a.status[i];
        END LOOP;
    END LOOP;
END $$;
