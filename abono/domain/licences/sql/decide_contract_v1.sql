-- licences_decide_contract_v1: people come in, wait, are still there and go, of one contract, one after the other in the
-- order given (LIC-1…4, LIC-7…9). All is decided here, by time, under the lock of the contract's pool.
--
-- The arrays have one element per event: what is asked, the person, the platform's own id of lease or place, the device, the
-- person's groups (comma between them), and for how many seconds the person has been idle (null: not said). p_op:
--   1 a lease   2 a lease, or a place in the queue   3 still there   4 gone   5 made to end, for the reason in `device`
-- p_lost_s, p_beat_s: for how long a lease and a place last from a heartbeat; p_aside_s: for how long a licence is set aside
-- p_idle_s: when a lease goes to who waits (null: never); p_over: how many percent more than are owned may be in (null: any)
-- p_share: a person's devices share their lease; p_reduce: after a reduction the longest idle go
--
-- The answer has one element per event, too: until when it lasts, the place in the queue, how many are in and owned. `status`:
--   1 granted        2 had it: the same id      3 shared with another device      4 taken over from another device
--   5 waiting        6 set aside for them       7 still there                     8 gone, or was not there
--   9 made to end   20 all in use              21 as many wait as may            22 over: `why` says why
--  23 not known     24 the contract does not run: `why`
-- From 20 on nothing is granted. What is over is told for some days. Its plans are those that licences_decide_v1 asks for.
CREATE FUNCTION licences_decide_contract_v1(
    p_contract uuid, p_at timestamptz, p_lost_s integer, p_beat_s integer, p_aside_s integer, p_idle_s integer, p_over integer,
    p_share boolean, p_reduce boolean,
    p_op smallint[], p_person text[], p_id text[], p_device text[], p_groups text[], p_idle integer[],
    OUT status smallint[], OUT until timestamptz[], OUT place integer[], OUT in_use integer[], OUT owned integer[], OUT why text[]
) LANGUAGE plpgsql
AS $$
DECLARE
    most constant integer := 100000;            -- leases of a contract at all
    most_waiting constant integer := 1000;
    most_spells constant integer := 1000;       -- that are kept singly, a day
    n integer := cardinality(p_op);
    pool licences_pool; was licences_pool;
    own record; l licences_lease; w licences_place;
    holds integer; cap integer;                 -- what is owned, and may be in
    live integer; aside integer := 0;           -- leases not lost, licences that are set aside
    line bigint[] := '{}';                      -- numbers of those who wait with nothing set aside, in order
    lasts timestamptz := p_at + make_interval(secs => p_lost_s);
    barred text[] := '{}';                      -- people who are let in no more
    asked text[]; others integer; mine text; got boolean; done integer;
    assign boolean := true;                     -- something may have come free
    again boolean;                              -- what was set aside is one of those kept: others may leave theirs to who was passed over
    failed text[];                              -- groups for which there is nothing left
BEGIN
    status := array_fill(0::smallint, ARRAY[n]); until := array_fill(NULL::timestamptz, ARRAY[n]);
    place := array_fill(NULL::integer, ARRAY[n]); in_use := place; owned := place; why := array_fill(NULL::text, ARRAY[n]);

    SELECT * INTO pool FROM licences_pool x WHERE x.contract_id = p_contract FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        INSERT INTO licences_pool (contract_id) VALUES (p_contract) ON CONFLICT DO NOTHING;
        SELECT * INTO pool FROM licences_pool x WHERE x.contract_id = p_contract FOR NO KEY UPDATE;
    END IF;
    was := pool;
    -- What a heartbeat changes without the pool is waited for in the order in which it locks.
    PERFORM FROM licences_lease x WHERE x.contract_id = p_contract AND x.person = ANY (p_person) ORDER BY x.person FOR NO KEY UPDATE;
    SELECT * INTO own FROM licences_owned_v1(p_contract, p_at);
    IF own IS NULL THEN                         -- there is no such contract any more
        own.why := 'contract_ended';
    END IF;
    holds := least(coalesce(own.owned, most), most);
    cap := least(coalesce(holds + holds::bigint * p_over / 100, most), most);
    live := pool.held - (SELECT count(*) FROM licences_lease x
                          WHERE x.contract_id = p_contract AND x.lapses_at > '-infinity' AND x.lapses_at <= p_at AND x.until <= p_at);
    IF EXISTS (SELECT FROM licences_barred x WHERE x.customer_id = own.customer) THEN
        barred := licences_barred_v1(own.customer, p_person);
    END IF;

    -- A lease that nobody took for a day is over. Places are lost, and set-aside licences go on, by time.
    IF live < pool.held THEN
        pool.held := pool.held - licences_end_v1(p_contract, ARRAY(
            SELECT x.person FROM licences_lease x
             WHERE x.contract_id = p_contract AND x.lapses_at > '-infinity' AND x.lapses_at <= p_at - interval '1 day'
               AND x.until <= p_at - interval '1 day'
             ORDER BY x.until LIMIT 100 FOR UPDATE SKIP LOCKED), 'lost', p_at);
    END IF;
    IF pool.waiting > 0 THEN
        pool.waiting := pool.waiting - licences_pass_v1(p_contract, p_at);
        SELECT count(*) FILTER (WHERE x.set_aside_until IS NOT NULL),
               coalesce(array_agg(x.number ORDER BY x.number) FILTER (WHERE x.set_aside_until IS NULL), '{}')
          INTO aside, line FROM licences_place x WHERE x.contract_id = p_contract;
    END IF;
    IF own.why IS NULL AND live + aside > cap THEN  -- after a reduction: what is set aside, then maybe the longest idle
        FOR w IN SELECT * FROM licences_place x WHERE x.contract_id = p_contract AND x.set_aside_until IS NOT NULL
                  ORDER BY x.number DESC LIMIT live + aside - cap
        LOOP
            UPDATE licences_place x SET set_aside_until = NULL, kept_for = NULL, until = p_at + make_interval(secs => p_beat_s)
             WHERE x.contract_id = p_contract AND x.person = w.person;
            aside := aside - 1;
            line := ARRAY(SELECT v FROM unnest(line || w.number) v ORDER BY v);
        END LOOP;
        IF p_reduce AND live > cap THEN
            done := licences_idlest_v1(p_contract, p_at, live - cap, p_at, NULL, 'reduced');
            live := live - done; pool.held := pool.held - done;
        END IF;
    END IF;

    IF own.why IS NULL AND (p_at >= pool.peak_until OR own.begun > pool.peak_from AND own.begun <= p_at) THEN
        pool.peak_from := greatest(to_timestamp(floor(extract(epoch FROM p_at) / 3600) * 3600), own.begun);
        pool.peak_until := least(to_timestamp(floor(extract(epoch FROM p_at) / 3600 + 1) * 3600), own.until);
        pool.peak := live;                      -- who is in when it begins counts, also where the first who is heard of goes
        pool.over := CASE WHEN p_over IS DISTINCT FROM 0 THEN greatest(live - holds, 0) ELSE 0 END;
    END IF;

    FOR i IN 1 .. n + 1 LOOP                    -- at last only what came free is set aside
      LOOP
        again := false;
        IF assign AND pool.waiting > 0 AND own.why IS NULL THEN
            -- What is free is set aside for those who wait, in their order; for somebody of a group maybe before others
            -- to whom it may not go (LIC-9).
            failed := '{}';
            FOR w IN SELECT * FROM licences_place x WHERE x.contract_id = p_contract AND x.set_aside_until IS NULL
                      ORDER BY x.number
            LOOP
                EXIT WHEN live + aside >= cap + CASE WHEN p_idle_s IS NULL THEN 0 ELSE 1 END;
                CONTINUE WHEN array_to_string(w.groups, ',') = ANY (failed);
                others := 0; mine := NULL;
                IF pool.kept THEN
                    SELECT * INTO others, mine FROM licences_others_v1(p_contract, p_at, holds, w.groups);
                END IF;
                IF p_idle_s IS NOT NULL AND live + aside + others = cap THEN
                    done := licences_idlest_v1(p_contract, p_at, 1, p_at - make_interval(secs => p_idle_s), w.groups, 'idle');
                    live := live - done; pool.held := pool.held - done;
                    IF done > 0 AND pool.kept THEN  -- it may have been one of those that are kept
                        SELECT * INTO others, mine FROM licences_others_v1(p_contract, p_at, holds, w.groups);
                    END IF;
                END IF;
                IF live + aside + others < cap AND pool.held + aside >= holds AND live < pool.held THEN
                    pool.held := pool.held - licences_take_v1(p_contract, p_at, pool.held + aside + 1 - holds);
                END IF;
                IF live + aside + others < cap AND pool.held + aside < cap THEN
                    UPDATE licences_place x SET set_aside_until = p_at + make_interval(secs => p_aside_s), kept_for = mine
                     WHERE x.contract_id = p_contract AND x.person = w.person;
                    aside := aside + 1;
                    again := again OR mine IS NOT NULL;
                    line := array_remove(line, w.number);
                ELSE
                    EXIT WHEN NOT pool.kept;
                    failed := failed || array_to_string(w.groups, ',');
                END IF;
            END LOOP;
        END IF;
        assign := again;
        EXIT WHEN i > n;
        owned[i] := own.owned;

        SELECT * INTO l FROM licences_lease x WHERE x.contract_id = p_contract AND x.person = p_person[i];
        IF pool.waiting > 0 THEN
            SELECT * INTO w FROM licences_place x WHERE x.contract_id = p_contract AND x.person = p_person[i];
        ELSE
            w := NULL;
        END IF;
        asked := CASE WHEN p_groups[i] = '' THEN '{}' ELSE string_to_array(p_groups[i], ',') END;
        IF l.until <= p_at AND own.why IS NULL AND (p_op[i] <= 2 OR p_op[i] = 3 AND p_id[i] = ANY (l.ids)) THEN
            -- What was lost comes back where there is room alone: not beyond what is owned after a reduction (LIC-2), and to
            -- nobody of whom licences are kept from (LIC-9).
            others := 0; mine := NULL;
            IF pool.kept THEN
                SELECT * INTO others, mine FROM licences_others_v1(
                    p_contract, p_at, holds, CASE WHEN p_op[i] = 3 THEN array_remove(ARRAY[l.kept_for], NULL) ELSE asked END);
            END IF;
            IF live + aside + others < cap THEN
                l.kept_for := mine;
            ELSE
                pool.held := pool.held - licences_end_v1(p_contract, ARRAY[l.person], 'lost', p_at);
                l := NULL;
            END IF;
        END IF;

        IF p_op[i] >= 4 THEN
            status[i] := CASE p_op[i] WHEN 4 THEN 8 ELSE 23 END;
            IF p_op[i] = 4 AND l.person IS NOT NULL AND p_id[i] = ANY (l.ids) AND cardinality(l.ids) > 1 THEN
                UPDATE licences_lease x SET ids = array_remove(x.ids, p_id[i])
                 WHERE x.contract_id = p_contract AND x.person = l.person;
            ELSIF l.person IS NOT NULL AND (p_op[i] = 5 OR p_id[i] = ANY (l.ids)) THEN
                IF p_op[i] = 5 THEN
                    PERFORM licences_end_v1(p_contract, ARRAY[l.person], p_device[i], p_at);
                    status[i] := 9;
                ELSE
                    DELETE FROM licences_lease x WHERE x.contract_id = p_contract AND x.person = l.person;
                END IF;
                pool.held := pool.held - 1; assign := true;
                IF l.until > p_at THEN
                    live := live - 1;
                END IF;
            END IF;
            IF p_op[i] = 4 AND w.person IS NOT NULL AND p_id[i] = ANY (w.ids) AND cardinality(w.ids) > 1 THEN
                UPDATE licences_place x SET ids = array_remove(x.ids, p_id[i])
                 WHERE x.contract_id = p_contract AND x.person = w.person;
            ELSIF w.person IS NOT NULL AND (p_op[i] = 5 OR p_id[i] = ANY (w.ids)) THEN
                DELETE FROM licences_place x WHERE x.contract_id = p_contract AND x.person = w.person;
                IF p_op[i] = 5 THEN
                    INSERT INTO licences_gone AS g (contract_id, person, ids, why, gone_at)
                         VALUES (p_contract, w.person, w.ids, p_device[i], p_at)
                    ON CONFLICT (contract_id, person) DO UPDATE
                            SET ids = excluded.ids, why = excluded.why, gone_at = excluded.gone_at;
                END IF;
                pool.waiting := pool.waiting - 1; assign := true;
                IF w.set_aside_until IS NULL THEN
                    line := array_remove(line, w.number);
                ELSE
                    aside := aside - 1;
                END IF;
                status[i] := CASE p_op[i] WHEN 4 THEN 8 ELSE 9 END;
            END IF;
        ELSIF own.why IS NOT NULL THEN
            status[i] := 24; why[i] := own.why;
        ELSIF p_op[i] <= 2 AND p_person[i] = ANY (barred) THEN
            status[i] := 22; why[i] := 'deactivated';
        ELSIF l.person IS NOT NULL AND (p_op[i] <= 2 OR p_id[i] = ANY (l.ids)) THEN
            -- Somebody who is in: here again, or on another device (LIC-3).
            IF p_id[i] = ANY (l.was) AND NOT p_id[i] = ANY (l.ids) THEN
                status[i] := 22; why[i] := 'taken_over';
            ELSE
                IF l.until <= p_at THEN
                    live := live + 1;           -- nobody took it meanwhile
                END IF;
                status[i] := CASE WHEN p_op[i] = 3 THEN 7 WHEN p_id[i] = ANY (l.ids) THEN 2 WHEN p_share THEN 3 ELSE 4 END;
                IF status[i] = 3 THEN
                    l.was := (l.was || l.ids[:cardinality(l.ids) - 9])[greatest(cardinality(l.was) + cardinality(l.ids) - 18, 1):];
                    l.ids := l.ids[greatest(cardinality(l.ids) - 8, 1):] || p_id[i];
                ELSIF status[i] = 4 THEN
                    l.was := (l.was || l.ids)[greatest(cardinality(l.was) + cardinality(l.ids) - 9, 1):];
                    l.ids := ARRAY[p_id[i]];
                END IF;
                UPDATE licences_lease x
                   SET ids = l.ids, was = l.was, kept_for = l.kept_for, until = greatest(x.until, lasts),
                       lapses_at = greatest(x.until, lasts),
                       device = CASE WHEN p_op[i] = 3 THEN x.device ELSE p_device[i] END,
                       active_at = CASE WHEN p_op[i] = 3 THEN greatest(x.active_at, p_at - make_interval(secs => coalesce(p_idle[i], 0)))
                                        ELSE p_at END
                 WHERE x.contract_id = p_contract AND x.person = l.person;
                until[i] := greatest(l.until, lasts);
            END IF;
        ELSIF p_op[i] = 3 AND (w.person IS NULL OR NOT p_id[i] = ANY (w.ids)) THEN
            IF p_id[i] = ANY (l.was) THEN
                status[i] := 22; why[i] := 'taken_over';
            ELSE
                why[i] := (SELECT x.why FROM licences_gone x
                            WHERE x.contract_id = p_contract AND x.person = p_person[i] AND p_id[i] = ANY (x.ids));
                IF why[i] IS NULL AND p_person[i] = ANY (barred) THEN
                    why[i] := 'deactivated';    -- they came in under an address that was theirs
                END IF;
                status[i] := CASE WHEN why[i] IS NULL THEN 23 ELSE 22 END;
            END IF;
        ELSIF p_op[i] = 3 AND w.set_aside_until IS NOT NULL THEN
            status[i] := 6; until[i] := w.set_aside_until;
        ELSE
            -- Somebody who is not in: those who wait have what was set aside, and what is left is anybody's.
            got := w.set_aside_until IS NOT NULL;
            mine := w.kept_for;
            IF w.person IS NULL THEN
                others := 0;
                IF pool.kept THEN
                    SELECT * INTO others, mine FROM licences_others_v1(p_contract, p_at, holds, asked);
                END IF;
                IF live + aside + others < cap AND pool.held + aside >= holds AND live < pool.held THEN
                    pool.held := pool.held - licences_take_v1(p_contract, p_at, pool.held + aside + 1 - holds);
                END IF;
                got := live + aside + others < cap AND pool.held + aside < cap;
                IF NOT got AND p_op[i] = 2 AND pool.waiting < most_waiting THEN
                    INSERT INTO licences_place (contract_id, person, ids, device, groups, number, since, until)
                         VALUES (p_contract, p_person[i], ARRAY[p_id[i]], p_device[i], asked, pool.next_place, p_at,
                                 p_at + make_interval(secs => p_beat_s));
                    line := line || pool.next_place;
                    pool.next_place := pool.next_place + 1; pool.waiting := pool.waiting + 1;
                    assign := true;
                    CONTINUE;                   -- now as one who waits
                END IF;
            END IF;
            IF got THEN
                INSERT INTO licences_lease (contract_id, person, ids, was, device, kept_for, since, until, lapses_at, active_at)
                     SELECT p_contract, p_person[i], CASE WHEN p_share THEN v.waited[greatest(cardinality(v.waited) - 8, 1):] END || p_id[i],
                            CASE WHEN p_share THEN '{}' ELSE v.waited END, p_device[i], mine, p_at, lasts, lasts, p_at
                       FROM (SELECT coalesce(array_remove(w.ids, p_id[i]), '{}') AS waited) v;  -- on their other devices
                pool.held := pool.held + 1; live := live + 1;
                status[i] := 1; until[i] := lasts;
                IF w.person IS NOT NULL THEN
                    DELETE FROM licences_place x WHERE x.contract_id = p_contract AND x.person = w.person;
                    pool.waiting := pool.waiting - 1;
                    IF w.set_aside_until IS NOT NULL THEN
                        aside := aside - 1;
                    END IF;
                END IF;
                IF w.person IS NOT NULL OR pool.refused_at > p_at - interval '30 minutes' THEN
                    UPDATE licences_spell x SET got_in_at = p_at
                     WHERE x.contract_id = p_contract AND x.person = p_person[i] AND x.got_in_at IS NULL
                       AND x.first_at = (SELECT max(y.first_at) FROM licences_spell y
                                          WHERE y.contract_id = p_contract AND y.person = p_person[i])
                       AND (x.last_at >= w.since OR x.last_at > p_at - interval '30 minutes');
                END IF;
            ELSIF w.person IS NOT NULL THEN
                UPDATE licences_place x
                   SET until = p_at + make_interval(secs => p_beat_s),
                       ids = CASE WHEN p_id[i] = ANY (x.ids) THEN x.ids ELSE x.ids[greatest(cardinality(x.ids) - 8, 1):] || p_id[i] END
                 WHERE x.contract_id = p_contract AND x.person = w.person;
                status[i] := 5; place[i] := array_position(line, w.number);
                until[i] := p_at + make_interval(secs => p_beat_s);
            ELSE
                status[i] := CASE p_op[i] WHEN 2 THEN 21 ELSE 20 END;
            END IF;
            IF status[i] IN (20, 21) OR status[i] = 5 AND p_op[i] = 2 THEN
                IF p_at >= pool.spells_until THEN
                    pool.spells_until := p_at + interval '1 day'; pool.spells := 0;
                END IF;
                IF licences_refused_v1(p_contract, p_person[i], p_at, live, holds, status[i] = 5, pool.spells >= most_spells) THEN
                    pool.spells := pool.spells + 1;
                END IF;
                pool.refused_at := p_at;
            END IF;
        END IF;
        EXIT;
      END LOOP;
      EXIT WHEN i > n;
      in_use[i] := live;
      CONTINUE WHEN own.why IS NOT NULL;        -- then no row runs
      pool.peak := greatest(pool.peak, live);
      IF p_over IS DISTINCT FROM 0 THEN
          pool.over := greatest(pool.over, live - holds);
      END IF;
    END LOOP;

    IF (pool.peak_from, pool.peak, pool.over) IS DISTINCT FROM (was.peak_from, was.peak, was.over) AND pool.peak > 0 THEN
        INSERT INTO licences_peak AS k (contract_id, from_at, peak, over, owned)
             VALUES (p_contract, pool.peak_from, pool.peak, pool.over, holds)
        ON CONFLICT (contract_id, from_at) DO UPDATE
                SET peak = greatest(k.peak, excluded.peak), over = greatest(k.over, excluded.over), owned = excluded.owned;
    END IF;
    IF pool IS DISTINCT FROM was THEN
        UPDATE licences_pool x
           SET held = pool.held, waiting = pool.waiting, next_place = pool.next_place, refused_at = pool.refused_at,
               spells_until = pool.spells_until, spells = pool.spells, peak_from = pool.peak_from, peak_until = pool.peak_until,
               peak = pool.peak, over = pool.over
         WHERE x.contract_id = p_contract;
    END IF;
END $$;
