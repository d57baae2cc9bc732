-- metering_observe_v1: take in events between contacts and customers; derive interactions from them (INT-1…7).
--
-- The arrays have one element per event: contract, id of the event, contact, channel, kind, the moment when it
-- happened and the present moment, both on the customer's clock. p_grace is for how long after the end of a
-- cycle its late events are taken (INT-7). `status` answers each event:
--   1 opened       it begins an interaction      2 covered    an open interaction covers it
--   3 not_counted  its kind costs nothing        4 replayed   known, with the same content
--   5 clash        this id is known, or came earlier in this call, with other content
--   6 no_cycle     unknown contract, or no cycle covers the moment
--   7 unknown_kind no row for the kind at that moment
--   8 too_late     its cycle was closed longer ago than the grace
-- From 5 on nothing is stored. Interactions never block (INT-6). The answers are given as if the events of the
-- call had come in the order in which they happened. For plans and locks see hold_v1.sql; the cycles after the
-- earliest event are locked as well, because a late event can move what opened in them.
CREATE FUNCTION metering_observe_v1(
    p_contract uuid[], p_event uuid[], p_contact uuid[], p_channel text[], p_kind text[],
    p_at timestamptz[], p_now timestamptz[], p_grace interval,
    OUT status smallint[]
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
AS $$
DECLARE
    n integer := cardinality(p_contract);
    e record;
    i integer;
    store boolean[];                    -- per event: what becomes a row; true counts, false does not
    start timestamptz[];                -- per event that opens an interaction: its cycle
    again integer[] := '{}'; before integer[] := '{}';   -- as in hold_v1.sql
    -- the contact at hand
    at_contract uuid; at_contact uuid; at_channel text; opened timestamptz; late boolean;
    -- events that came late, in the order of contract, contact, channel and moment
    l integer := 0; l_event integer[] := '{}'; l_known boolean[] := '{}'; upto integer;
BEGIN
    IF (cardinality(p_event), cardinality(p_contact), cardinality(p_channel), cardinality(p_kind),
        cardinality(p_at), cardinality(p_now)) IS DISTINCT FROM (n, n, n, n, n, n) THEN
        RAISE EXCEPTION 'arrays of different length' USING ERRCODE = 'array_subscript_error';
    END IF;
    status := array_fill(0::smallint, ARRAY[n]);
    store := array_fill(NULL::boolean, ARRAY[n]);
    start := array_fill(NULL::timestamptz, ARRAY[n]);

    PERFORM 1
       FROM metering_cycle c
      WHERE (c.contract_id, c.cycle_start) IN (
            SELECT d.contract, x.cycle_start
              FROM (SELECT u.contract, min(u.moment) AS earliest
                      FROM unnest(p_contract, p_at) u (contract, moment) GROUP BY u.contract) d
              JOIN metering_cycle x ON x.contract_id = d.contract AND x.cycle_end > d.earliest)
      ORDER BY c.contract_id, c.cycle_start
        FOR NO KEY UPDATE;

    FOR e IN
        SELECT u.n, u.contract, u.contact, u.channel, u.kind, u.moment, u.present,
               first_value(u.n) OVER (PARTITION BY u.contract, u.event ORDER BY u.n) AS first,
               c.cycle_start, c.cycle_end, q.counts, o.opened_at, w.opened_at IS NOT NULL AS late,
               s.contact AS old_contact, s.channel AS old_channel, s.kind AS old_kind, s.happened_at AS old_moment
          FROM unnest(p_contract, p_event, p_contact, p_channel, p_kind, p_at, p_now) WITH ORDINALITY
               u (contract, event, contact, channel, kind, moment, present, n)
          LEFT JOIN LATERAL (
               SELECT x.cycle_start, x.cycle_end FROM metering_cycle x
                WHERE x.contract_id = u.contract AND x.cycle_start <= u.moment
                ORDER BY x.cycle_start DESC LIMIT 1) c ON true
          LEFT JOIN LATERAL (
               SELECT x.contact, x.channel, x.kind, x.happened_at FROM metering_contact_event x
                WHERE x.contract_id = u.contract AND x.event_id = u.event LIMIT 1) s ON true
          LEFT JOIN LATERAL (
               SELECT x.counts FROM metering_interaction_kind x
                WHERE x.kind = u.kind AND x.valid_from <= u.moment
                ORDER BY x.valid_from DESC LIMIT 1) q ON true
          LEFT JOIN LATERAL (
               SELECT x.opened_at FROM metering_interaction x
                WHERE x.contract_id = u.contract AND x.contact = u.contact AND x.channel = u.channel
                  AND x.opened_at <= u.moment
                ORDER BY x.opened_at DESC LIMIT 1) o ON true
          LEFT JOIN LATERAL (
               SELECT x.opened_at FROM metering_interaction x
                WHERE x.contract_id = u.contract AND x.contact = u.contact AND x.channel = u.channel
                  AND x.opened_at > u.moment
                ORDER BY x.opened_at LIMIT 1) w ON true
         ORDER BY u.contract, u.contact, u.channel, u.moment, u.n
    LOOP
        i := e.n;
        IF e.old_kind IS NOT NULL THEN
            status[i] := CASE WHEN (e.old_contact, e.old_channel, e.old_kind, e.old_moment)
                                   = (e.contact, e.channel, e.kind, e.moment) THEN 4 ELSE 5 END;
        ELSIF e.first < e.n THEN
            again := again || i; before := before || e.first::integer;
        ELSIF e.cycle_start IS NULL OR e.moment >= e.cycle_end THEN
            status[i] := 6;
        ELSIF e.counts IS NULL THEN
            status[i] := 7;
        ELSIF e.cycle_end + p_grace <= e.present THEN
            status[i] := 8;
        ELSIF NOT e.counts THEN
            status[i] := 3; store[i] := false;
        ELSE
            store[i] := true;
            IF (at_contract, at_contact, at_channel) IS DISTINCT FROM (e.contract, e.contact, e.channel) THEN
                at_contract := e.contract; at_contact := e.contact; at_channel := e.channel;
                opened := NULL; late := false;
            END IF;
            opened := greatest(opened, e.opened_at);
            IF NOT late AND e.moment < opened + interval '24 hours' THEN
                status[i] := 2;
            ELSIF late OR e.late THEN
                late := true; l := l + 1; l_event[l] := i; l_known[l] := e.moment = e.opened_at;
            ELSE
                status[i] := 1; opened := e.moment; start[i] := e.cycle_start;
            END IF;
        END IF;
    END LOOP;

    FOR j IN 1 .. cardinality(again) LOOP
        i := again[j];
        IF (p_contact[i], p_channel[i], p_kind[i], p_at[i])
           IS DISTINCT FROM (p_contact[before[j]], p_channel[before[j]], p_kind[before[j]], p_at[before[j]]) THEN
            status[i] := 5;
        ELSE
            status[i] := CASE WHEN store[before[j]] IS NOT NULL THEN 4 ELSE status[before[j]] END;
        END IF;
    END LOOP;

    INSERT INTO metering_contact_event (contract_id, event_id, contact, happened_at, channel, kind, counts)
         SELECT u.contract, u.event, u.contact, u.moment, u.channel, u.kind, u.store
           FROM unnest(p_contract, p_event, p_contact, p_at, p_channel, p_kind, store)
                u (contract, event, contact, moment, channel, kind, store)
          WHERE u.store IS NOT NULL;
    INSERT INTO metering_interaction (contract_id, contact, channel, opened_at, cycle_start)
         SELECT u.contract, u.contact, u.channel, u.moment, u.start
           FROM unnest(p_contract, p_contact, p_channel, p_at, start) u (contract, contact, channel, moment, start)
          WHERE u.start IS NOT NULL;
    IF FOUND THEN
        UPDATE metering_cycle c SET interactions = c.interactions + x.n
          FROM (SELECT u.contract, u.start, count(*) AS n FROM unnest(p_contract, start) u (contract, start)
                 WHERE u.start IS NOT NULL GROUP BY u.contract, u.start) x
         WHERE c.contract_id = x.contract AND c.cycle_start = x.start;
    END IF;

    i := 1;
    WHILE i <= l LOOP                   -- late events of the same contact lie side by side
        upto := i;
        WHILE upto < l AND (p_contract[l_event[upto + 1]], p_contact[l_event[upto + 1]], p_channel[l_event[upto + 1]])
                         = (p_contract[l_event[i]], p_contact[l_event[i]], p_channel[l_event[i]]) LOOP
            upto := upto + 1;
        END LOOP;
        PERFORM metering_rechain_v1(p_contract[l_event[i]], p_contact[l_event[i]], p_channel[l_event[i]],
                                    p_at[l_event[i]], p_at[l_event[upto]]);
        FOR j IN i .. upto LOOP         -- of two at one moment the first opens
            status[l_event[j]] := CASE WHEN l_known[j] OR (j > i AND p_at[l_event[j]] = p_at[l_event[j - 1]]) THEN 2
                WHEN EXISTS (
                    SELECT FROM metering_interaction x
                     WHERE x.contract_id = p_contract[l_event[j]] AND x.contact = p_contact[l_event[j]]
                       AND x.channel = p_channel[l_event[j]] AND x.opened_at = p_at[l_event[j]]) THEN 1
                ELSE 2 END;
        END LOOP;
        i := upto + 1;
    END LOOP;
END $$;
