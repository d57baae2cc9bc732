-- metering_observe_contract_v1: take in events between contacts and customers, all of one contract, and derive
-- interactions from them (INT-1…7).
--
-- The arrays have one element per event: its id, the contact, its channel and kind, the moment when it happened and the
-- present one, both on the customer's clock. p_grace is for how long after the end of a cycle its late events are taken
-- (INT-7). `status` answers each event:
--   1 opened       it begins an interaction      2 covered    an open interaction covers it
--   3 not_counted  its kind costs nothing        4 replayed   known, with the same content
--   5 clash        this id is known, or came earlier in this call, with other content
--   6 no_cycle     unknown contract, or no cycle covers the moment
--   7 unknown_kind no row for the kind at that moment
--   8 too_late     its cycle was closed longer ago than the grace
-- From 5 on nothing is counted; what is too late is kept in metering_late_event, where the seller sees it.
-- Interactions never block (INT-6). The answers are given as if the events of the call had come in the order in which
-- they happened. The cycles after the earliest event are locked as well, because a late event can move what opened
-- in them. Every query names the contract, so that a cluster can run it where the contract lives.
CREATE FUNCTION metering_observe_contract_v1(
    p_contract uuid, p_event uuid[], p_contact uuid[], p_channel text[], p_kind text[],
    p_at timestamptz[], p_now timestamptz[], p_grace interval,
    OUT status smallint[]
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
AS $$
DECLARE
    n integer := cardinality(p_event);
    e record;
    i integer;
    j integer;
    earliest timestamptz;
    store boolean[];                    -- per event: what becomes a row; true counts, false does not
    start timestamptz[];                -- per event that opens an interaction: its cycle
    its_cycle timestamptz[];            -- per event that is too late
    again integer[] := '{}'; first integer[] := '{}';   -- events whose id came earlier in this call, and where
    -- the contact at hand
    at_contact uuid; at_channel text; opened timestamptz; late boolean;
    -- events that came late, in the order of contact, channel and moment
    l integer := 0; l_event integer[] := '{}'; l_known boolean[] := '{}'; upto integer;
BEGIN
    IF (cardinality(p_contact), cardinality(p_channel), cardinality(p_kind), cardinality(p_at), cardinality(p_now))
       IS DISTINCT FROM (n, n, n, n, n) THEN
        RAISE EXCEPTION 'arrays of different length' USING ERRCODE = 'array_subscript_error';
    END IF;
    status := array_fill(0::smallint, ARRAY[n]); store := array_fill(NULL::boolean, ARRAY[n]);
    start := array_fill(NULL::timestamptz, ARRAY[n]); its_cycle := start;

    -- The locks are one statement, what they protect is read by the next: with a snapshot taken under them.
    SELECT min(u.moment) INTO earliest FROM unnest(p_at) u (moment);
    PERFORM FROM metering_cycle x
      WHERE x.contract_id = p_contract AND x.cycle_end > earliest
      ORDER BY x.cycle_start
        FOR NO KEY UPDATE;

    FOR e IN
        SELECT u.n, u.contact, u.channel, u.kind, u.moment, u.present,
               first_value(u.n) OVER (PARTITION BY u.event ORDER BY u.n) AS first,
               c.cycle_start, c.cycle_end, q.counts, o.opened_at, w.opened_at IS NOT NULL AS late,
               s.contact AS old_contact, s.channel AS old_channel, s.kind AS old_kind, s.happened_at AS old_moment
          FROM unnest(p_event, p_contact, p_channel, p_kind, p_at, p_now) WITH ORDINALITY
               u (event, contact, channel, kind, moment, present, n)
          LEFT JOIN LATERAL (
               SELECT x.cycle_start, x.cycle_end FROM metering_cycle x
                WHERE x.contract_id = p_contract AND x.cycle_start <= u.moment
                ORDER BY x.cycle_start DESC LIMIT 1) c ON true
          LEFT JOIN LATERAL (
               SELECT x.contact, x.channel, x.kind, x.happened_at FROM metering_contact_event x
                WHERE x.contract_id = p_contract AND x.event_id = u.event LIMIT 1) s ON true
          LEFT JOIN LATERAL (
               SELECT x.counts FROM metering_interaction_kind x
                WHERE x.kind = u.kind AND x.valid_from <= u.moment
                ORDER BY x.valid_from DESC LIMIT 1) q ON true
          LEFT JOIN LATERAL (
               SELECT x.opened_at FROM metering_interaction x
                WHERE x.contract_id = p_contract AND x.contact = u.contact AND x.channel = u.channel
                  AND x.opened_at <= u.moment
                ORDER BY x.opened_at DESC LIMIT 1) o ON true
          LEFT JOIN LATERAL (
               SELECT x.opened_at FROM metering_interaction x
                WHERE x.contract_id = p_contract AND x.contact = u.contact AND x.channel = u.channel
                  AND x.opened_at > u.moment
                ORDER BY x.opened_at LIMIT 1) w ON true
         ORDER BY u.contact, u.channel COLLATE "C", u.moment, u.n
    LOOP
        i := e.n;
        IF e.old_kind IS NOT NULL THEN
            -- One whose moment nobody said happened when it was told; told again, it has a later one.
            status[i] := CASE WHEN (e.old_contact, e.old_channel, e.old_kind) = (e.contact, e.channel, e.kind)
                                   AND e.moment IN (e.old_moment, e.present) THEN 4 ELSE 5 END;
        ELSIF e.first < e.n THEN
            again := again || i; first := first || e.first::integer;
        ELSIF e.cycle_start IS NULL OR e.moment >= e.cycle_end THEN
            status[i] := 6;
        ELSIF e.counts IS NULL THEN
            status[i] := 7;
        ELSIF e.cycle_end + p_grace <= e.present THEN
            status[i] := 8; its_cycle[i] := e.cycle_start;
        ELSIF NOT e.counts THEN
            status[i] := 3; store[i] := false;
        ELSE
            store[i] := true;
            IF (at_contact, at_channel) IS DISTINCT FROM (e.contact, e.channel) THEN
                at_contact := e.contact; at_channel := e.channel; opened := NULL; late := false;
            END IF;
            opened := greatest(opened, e.opened_at);
            IF NOT late AND e.moment < opened + interval '24 hours' THEN
                status[i] := 2;
            ELSIF late OR e.late THEN
                PERFORM FROM metering_contact_event x   -- another at the same moment began what begins then
                  WHERE x.contract_id = p_contract AND x.contact = e.contact AND x.channel = e.channel
                    AND x.happened_at = e.moment AND x.counts LIMIT 1;
                late := true; l := l + 1; l_event[l] := i; l_known[l] := FOUND;
            ELSE
                status[i] := 1; opened := e.moment; start[i] := e.cycle_start;
            END IF;
        END IF;
    END LOOP;

    FOR k IN 1 .. cardinality(again) LOOP
        i := again[k]; j := first[k];
        IF (p_contact[i], p_channel[i], p_kind[i], p_at[i])
           IS DISTINCT FROM (p_contact[j], p_channel[j], p_kind[j], p_at[j]) THEN
            status[i] := 5;
        ELSE
            status[i] := CASE WHEN store[j] IS NOT NULL THEN 4 ELSE status[j] END;
        END IF;
    END LOOP;

    INSERT INTO metering_contact_event (contract_id, event_id, contact, happened_at, channel, kind, counts)
         SELECT p_contract, u.event, u.contact, u.moment, u.channel, u.kind, u.store
           FROM unnest(p_event, p_contact, p_at, p_channel, p_kind, store)
                u (event, contact, moment, channel, kind, store)
          WHERE u.store IS NOT NULL;
    INSERT INTO metering_interaction (contract_id, contact, channel, opened_at, cycle_start)
         SELECT p_contract, u.contact, u.channel, u.moment, u.start
           FROM unnest(p_contact, p_channel, p_at, start) u (contact, channel, moment, start)
          WHERE u.start IS NOT NULL;
    IF 1 = ANY (status) THEN
        UPDATE metering_cycle c SET interactions = c.interactions + x.n
          FROM (SELECT u.start, count(*) AS n FROM unnest(start) u (start) WHERE u.start IS NOT NULL GROUP BY u.start) x
         WHERE c.contract_id = p_contract AND c.cycle_start = x.start;
    END IF;
    IF 8 = ANY (status) THEN
        INSERT INTO metering_late_event (contract_id, event_id, contact, happened_at, channel, kind, cycle_start, told_at)
             SELECT p_contract, u.event, u.contact, u.moment, u.channel, u.kind, u.start, u.present
               FROM unnest(p_event, p_contact, p_at, p_channel, p_kind, its_cycle, p_now)
                    u (event, contact, moment, channel, kind, start, present)
              WHERE u.start IS NOT NULL
                 ON CONFLICT (contract_id, event_id) DO NOTHING;
    END IF;

    i := 1;
    WHILE i <= l LOOP                   -- late events of the same contact lie side by side
        upto := i;
        WHILE upto < l AND (p_contact[l_event[upto + 1]], p_channel[l_event[upto + 1]])
                         = (p_contact[l_event[i]], p_channel[l_event[i]]) LOOP
            upto := upto + 1;
        END LOOP;
        PERFORM metering_rechain_v1(p_contract, p_contact[l_event[i]], p_channel[l_event[i]],
                                    p_at[l_event[i]], p_at[l_event[upto]]);
        FOR k IN i .. upto LOOP         -- of two at one moment the first opens
            j := l_event[k];
            PERFORM FROM metering_interaction x
              WHERE x.contract_id = p_contract AND x.contact = p_contact[j] AND x.channel = p_channel[j]
                AND x.opened_at = p_at[j];
            status[j] := CASE WHEN NOT FOUND OR l_known[k] OR (k > i AND p_at[j] = p_at[l_event[k - 1]]) THEN 2 ELSE 1 END;
        END LOOP;
        i := upto + 1;
    END LOOP;
END $$;
