-- metering_observe_v1: take in events between contacts and customers; derive interactions from them (INT-1…7).
--
-- p_contract and p_now have one element per caller: the contract, and the present moment on its customer's clock.
-- p_channels and p_kinds have each channel and kind once. The other arrays have one element per event: whose it is,
-- its channel and kind (places in p_contract, p_channels and p_kinds, from 1), its id, the contact, and the moment when
-- it happened. p_grace is for how long after the end of a cycle its late events are taken (INT-7). `status` is
--   1 opened       it begins an interaction      2 covered    an open interaction covers it
--   3 not_counted  its kind costs nothing        4 replayed   known, with the same content
--   5 clash        this id is known, or came earlier in this call, with other content
--   6 no_cycle     unknown contract, or no cycle covers the moment
--   7 unknown_kind no row for the kind at that moment
--   8 too_late     its cycle was closed longer ago than the grace
-- From 5 on nothing is counted; what is too late is kept in metering_late_event, where the seller sees it.
-- Interactions never block (INT-6). The answers are given as if the events of the call had come in the order in which
-- they happened. For plans see hold_contract_v1.sql. The cycles after the earliest event of a contract are locked as
-- well, because a late event can move what opened in them.
--
-- The first pass does not look whether ids are known: the key of metering_contact_event says so. When one is, or an
-- event is refused, which a known one would not be, all that was written is given back and a second pass looks.
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
    e record;
    k record;
    i integer;
    j integer;
    store boolean[];                    -- per event: what becomes a row; true counts, false does not
    start timestamptz[];                -- per event that opens an interaction: its cycle
    its_cycle timestamptz[];            -- per event that is too late
    -- the second pass: per event the answer to a known id, and where its id came first in this call
    careful boolean := false; known smallint[]; first integer[]; again integer[];
    -- the cycle at hand, and the kinds that were looked up: from when until when each row is in force
    at_contract uuid; c_start timestamptz; c_end timestamptz;
    o_start timestamptz[]; o_end timestamptz[];   -- per caller: the first cycle of the contract that was locked
    kinds integer := 0; k_kind integer[] := '{}'; k_from timestamptz[] := '{}'; k_until timestamptz[] := '{}';
    k_counts boolean[] := '{}';
    -- the contact at hand
    at_contact uuid; at_channel integer; opened timestamptz; late boolean;
    -- events that came late, in the order of contract, contact, channel and moment
    l integer; l_event integer[]; l_known boolean[]; upto integer;
BEGIN
    IF (cardinality(p_now), cardinality(p_on), cardinality(p_as), cardinality(p_event), cardinality(p_contact),
        cardinality(p_at)) IS DISTINCT FROM (cardinality(p_contract), n, n, n, n, n) THEN
        RAISE EXCEPTION 'arrays of different length' USING ERRCODE = 'array_subscript_error';
    END IF;
    o_start := array_fill(NULL::timestamptz, ARRAY[cardinality(p_contract)]); o_end := o_start;
    FOR e IN
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
        IF o_start[e.places[1]] IS NULL THEN    -- the first one is what most events belong to
            FOREACH i IN ARRAY e.places LOOP
                o_start[i] := e.cycle_start; o_end[i] := e.cycle_end;
            END LOOP;
        END IF;
    END LOOP;

    LOOP
        status := array_fill(0::smallint, ARRAY[n]); store := array_fill(NULL::boolean, ARRAY[n]);
        start := array_fill(NULL::timestamptz, ARRAY[n]); its_cycle := start;
        again := '{}'; at_contract := NULL; l := 0; l_event := '{}'; l_known := '{}';
        IF careful THEN
            SELECT array_agg(d.first ORDER BY d.n), array_agg(d.known ORDER BY d.n) INTO first, known
              FROM (SELECT u.n, first_value(u.n) OVER (PARTITION BY u.contract, u.event ORDER BY u.n) AS first,
                           CASE WHEN s.kind IS NULL THEN NULL
                                WHEN (s.contact, s.channel, s.kind, s.happened_at)
                                   = (u.contact, p_channels[u.channel], p_kinds[u.kind], u.moment) THEN 4
                                ELSE 5 END AS known
                      FROM (SELECT p_contract[x.place] AS contract, x.*
                              FROM unnest(p_of, p_event, p_contact, p_on, p_as, p_at) WITH ORDINALITY
                                   x (place, event, contact, channel, kind, moment, n)) u
                      LEFT JOIN LATERAL (
                           SELECT x.contact, x.channel, x.kind, x.happened_at FROM metering_contact_event x
                            WHERE x.contract_id = u.contract AND x.event_id = u.event LIMIT 1) s ON true) d;
        END IF;

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
            i := e.n;
            IF careful THEN
                IF known[i] IS NOT NULL THEN
                    status[i] := known[i];
                    CONTINUE;
                END IF;
                IF first[i] < i THEN
                    again := again || i;
                    CONTINUE;
                END IF;
            END IF;
            IF e.contract IS DISTINCT FROM at_contract THEN
                at_contract := e.contract; at_contact := NULL; c_start := o_start[e.place]; c_end := o_end[e.place];
            END IF;
            IF c_start IS NULL OR e.moment < c_start OR e.moment >= c_end THEN
                SELECT x.cycle_start, x.cycle_end INTO c_start, c_end FROM metering_cycle x
                 WHERE x.contract_id = at_contract AND x.cycle_start <= e.moment
                 ORDER BY x.cycle_start DESC LIMIT 1;
                IF c_start IS NULL OR e.moment >= c_end THEN
                    status[i] := 6;
                    CONTINUE;
                END IF;
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
            IF k_counts[j] IS NULL THEN
                status[i] := 7;
            ELSIF c_end + p_grace <= p_now[e.place] THEN
                status[i] := 8; its_cycle[i] := c_start;
            ELSIF NOT k_counts[j] THEN
                status[i] := 3; store[i] := false;
            ELSE
                store[i] := true;
                IF at_contact IS DISTINCT FROM e.contact OR at_channel <> e.channel THEN
                    at_contact := e.contact; at_channel := e.channel; opened := NULL; late := false;
                END IF;
                IF e.newest <= e.moment THEN
                    opened := greatest(opened, e.newest);
                ELSIF e.newest > e.moment THEN  -- it came late, unless one that was open then covers it
                    opened := greatest(opened, (
                        SELECT x.opened_at FROM metering_interaction x
                         WHERE x.contract_id = at_contract AND x.contact = e.contact
                           AND x.channel = p_channels[e.channel] AND x.opened_at <= e.moment
                         ORDER BY x.opened_at DESC LIMIT 1));
                END IF;
                IF NOT late AND e.moment < opened + interval '24 hours' THEN
                    status[i] := 2;
                ELSIF late OR e.newest > e.moment THEN
                    late := true; l := l + 1; l_event[l] := i;
                    l_known[l] := EXISTS (      -- another at the same moment began what begins then
                        SELECT FROM metering_contact_event x
                         WHERE x.contract_id = at_contract AND x.contact = e.contact
                           AND x.channel = p_channels[e.channel] AND x.happened_at = e.moment AND x.counts);
                ELSE
                    status[i] := 1; opened := e.moment; start[i] := c_start;
                END IF;
            END IF;
        END LOOP;

        IF NOT careful AND status && '{6,7,8}'::smallint[] THEN
            careful := true;
            CONTINUE;
        END IF;
        FOREACH i IN ARRAY again LOOP
            j := first[i];
            IF (p_contact[i], p_on[i], p_as[i], p_at[i]) IS DISTINCT FROM (p_contact[j], p_on[j], p_as[j], p_at[j]) THEN
                status[i] := 5;
            ELSE
                status[i] := CASE WHEN store[j] IS NOT NULL THEN 4 ELSE status[j] END;
            END IF;
        END LOOP;

        BEGIN
            INSERT INTO metering_contact_event (contract_id, event_id, contact, happened_at, channel, kind, counts)
                 SELECT p_contract[u.place], u.event, u.contact, u.moment, p_channels[u.channel], p_kinds[u.kind], u.store
                   FROM unnest(p_of, p_event, p_contact, p_at, p_on, p_as, store)
                        u (place, event, contact, moment, channel, kind, store)
                  WHERE u.store IS NOT NULL;
            EXIT;
        EXCEPTION WHEN unique_violation THEN
            IF careful THEN
                RAISE;
            END IF;
            careful := true;
        END;
    END LOOP;

    INSERT INTO metering_interaction (contract_id, contact, channel, opened_at, cycle_start)
         SELECT p_contract[u.place], u.contact, p_channels[u.channel], u.moment, u.start
           FROM unnest(p_of, p_contact, p_on, p_at, start) u (place, contact, channel, moment, start)
          WHERE u.start IS NOT NULL;
    IF FOUND THEN
        UPDATE metering_cycle c SET interactions = c.interactions + x.n
          FROM (SELECT p_contract[u.place] AS contract, u.start, count(*) AS n FROM unnest(p_of, start) u (place, start)
                 WHERE u.start IS NOT NULL GROUP BY 1, 2) x
         WHERE c.contract_id = x.contract AND c.cycle_start = x.start;
    END IF;
    IF 8 = ANY (status) THEN
        INSERT INTO metering_late_event (contract_id, event_id, contact, happened_at, channel, kind, cycle_start, told_at)
             SELECT p_contract[u.place], u.event, u.contact, u.moment, p_channels[u.channel], p_kinds[u.kind], u.start,
                    p_now[u.place]
               FROM unnest(p_of, p_event, p_contact, p_at, p_on, p_as, its_cycle)
                    u (place, event, contact, moment, channel, kind, start)
              WHERE u.start IS NOT NULL
                 ON CONFLICT (contract_id, event_id) DO NOTHING;
    END IF;

    i := 1;
    WHILE i <= l LOOP                   -- late events of the same contact lie side by side
        upto := i;
        WHILE upto < l AND (p_contract[p_of[l_event[upto + 1]]], p_contact[l_event[upto + 1]], p_on[l_event[upto + 1]])
                         = (p_contract[p_of[l_event[i]]], p_contact[l_event[i]], p_on[l_event[i]]) LOOP
            upto := upto + 1;
        END LOOP;
        PERFORM metering_rechain_v1(p_contract[p_of[l_event[i]]], p_contact[l_event[i]], p_channels[p_on[l_event[i]]],
                                    p_at[l_event[i]], p_at[l_event[upto]]);
        FOR j IN i .. upto LOOP         -- of two at one moment the first opens
            status[l_event[j]] := CASE WHEN l_known[j] OR (j > i AND p_at[l_event[j]] = p_at[l_event[j - 1]]) THEN 2
                WHEN EXISTS (
                    SELECT FROM metering_interaction x
                     WHERE x.contract_id = p_contract[p_of[l_event[j]]] AND x.contact = p_contact[l_event[j]]
                       AND x.channel = p_channels[p_on[l_event[j]]] AND x.opened_at = p_at[l_event[j]]) THEN 1
                ELSE 2 END;
        END LOOP;
        i := upto + 1;
    END LOOP;
END $$;
