-- licences_unused_v1: what of the licences that are kept for groups nobody of them uses, or has set aside (LIC-9). Where
-- more are kept than the contract owns by now, they count in the order of their names up to what it owns.
CREATE FUNCTION licences_unused_v1(p_contract uuid, p_at timestamptz, p_owned integer, OUT name text, OUT unused integer)
RETURNS SETOF record LANGUAGE sql STABLE AS $$
    SELECT k.name, greatest(least(k.licences, p_owned - k.before) - coalesce(u.used, 0), 0)::integer
      FROM (SELECT x.name, x.licences, sum(x.licences) OVER (ORDER BY x.name) - x.licences AS before
              FROM licences_kept x WHERE x.contract_id = p_contract) k
      LEFT JOIN (SELECT y.kept_for, count(*) AS used
                   FROM (SELECT l.kept_for FROM licences_lease l
                          WHERE l.contract_id = p_contract AND l.until > p_at AND l.kept_for IS NOT NULL
                          UNION ALL
                         SELECT w.kept_for FROM licences_place w
                          WHERE w.contract_id = p_contract AND w.set_aside_until > p_at AND w.kept_for IS NOT NULL) y
                  GROUP BY y.kept_for) u ON u.kept_for = k.name
$$;

-- licences_others_v1: how many licences somebody of these groups must leave to others, and of which group theirs would be.
CREATE FUNCTION licences_others_v1(
    p_contract uuid, p_at timestamptz, p_owned integer, p_groups text[], OUT others integer, OUT mine text
) LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(x.unused), 0)::integer - CASE WHEN min(x.name) FILTER (WHERE x.can) IS NULL THEN 0
                  ELSE (array_agg(x.unused ORDER BY x.name) FILTER (WHERE x.can))[1] END,
           min(x.name) FILTER (WHERE x.can)
      FROM (SELECT u.name, u.unused, u.unused > 0 AND u.name = ANY (p_groups) AS can
              FROM licences_unused_v1(p_contract, p_at, p_owned) u) x
$$;

-- licences_lock_leases_v1: hold the leases of these people, in the order in which a heartbeat does, which takes no pool. `mine`
-- says of each whether the one lease that they have is of this id alone; null: they have none.
CREATE FUNCTION licences_lock_leases_v1(p_contract uuid[], p_of integer[], p_person text[], p_id text[], OUT mine boolean[])
LANGUAGE plpgsql AS $$
DECLARE
    e record;
BEGIN
    mine := array_fill(NULL::boolean, ARRAY[cardinality(p_of)]);
    FOR e IN
        SELECT u.n, l.ids = ARRAY[u.id] AS mine
          FROM (SELECT * FROM unnest(p_of, p_person, p_id) WITH ORDINALITY u (place, person, id, n)
                 ORDER BY p_contract[u.place], u.person COLLATE "C") u
         CROSS JOIN LATERAL (
               SELECT x.ids FROM licences_lease x
                WHERE x.contract_id = p_contract[u.place] AND x.person = u.person FOR NO KEY UPDATE) l
    LOOP
        mine[e.n] := e.mine;
    END LOOP;
END $$;

-- licences_come_v1: of each contract how many come in or go, where those are different people, each of whom asks for one of that.
CREATE FUNCTION licences_come_v1(p_contract uuid[], p_of integer[], p_op smallint[], p_person text[]) RETURNS integer[]
LANGUAGE plpgsql AS $$
DECLARE
    come integer[] := array_fill(0, ARRAY[cardinality(p_contract)]);
    k integer;
BEGIN
    IF (SELECT count(DISTINCT x) FROM unnest(p_contract) x) < cardinality(p_contract) THEN
        RETURN array_fill(NULL::integer, ARRAY[cardinality(p_contract)]);
    END IF;
    FOR i IN 1 .. cardinality(p_of) LOOP
        k := p_of[i];
        come[k] := CASE WHEN p_op[i] IN (1, 2, 4) THEN come[k] + 1 END;
    END LOOP;
    FOR k IN SELECT u.place FROM unnest(p_of, p_person) u (place, person) GROUP BY u.place, u.person HAVING count(*) > 1 LOOP
        come[k] := NULL;
    END LOOP;
    RETURN come;
END $$;

-- licences_room_v1: of each contract how many leases there are, what it owns and how many of that there may be, and whether all
-- `p_come` find room and nobody has to be looked for: it runs, nobody waits, was lost, is barred or was refused lately, and nothing
-- is kept for groups. Where an hour of its peak begins, who is in counts. The caller holds the pools.
CREATE FUNCTION licences_room_v1(
    p_contract uuid[], p_at timestamptz[], p_over integer[], p_come integer[],
    OUT held integer[], OUT owns integer[], OUT holds integer[], OUT room boolean[],
    OUT begins timestamptz[], OUT ends timestamptz[], OUT top integer[]
) LANGUAGE plpgsql AS $$
DECLARE
    most constant integer := 100000;
BEGIN
    SELECT array_agg(p.held ORDER BY c.n), array_agg(o.owned ORDER BY c.n), array_agg(o.holds ORDER BY c.n),
           array_agg(coalesce(
               o.customer IS NOT NULL AND o.why IS NULL AND p.waiting = 0 AND NOT p.kept AND p.refused_at <= c.at - interval '30 minutes'
               AND p.held + c.come <= least(coalesce(o.holds + o.holds::bigint * c.over / 100, most), most)
               AND NOT EXISTS (SELECT FROM licences_barred b WHERE b.customer_id = o.customer)
               AND NOT EXISTS (SELECT FROM licences_lease l
                                WHERE l.contract_id = c.contract AND l.lapses_at > '-infinity' AND l.lapses_at <= c.at AND l.until <= c.at), false) ORDER BY c.n),
           array_agg(CASE WHEN h.turns THEN greatest(to_timestamp(h.hour), o.begun) END ORDER BY c.n),
           array_agg(CASE WHEN h.turns THEN least(to_timestamp(h.hour + 3600), o.until) END ORDER BY c.n),
           array_agg(CASE WHEN h.turns THEN p.held ELSE 0 END ORDER BY c.n)
      INTO held, owns, holds, room, begins, ends, top
      FROM unnest(p_contract, p_at, p_over, p_come) WITH ORDINALITY c (contract, at, over, come, n)
     CROSS JOIN LATERAL (SELECT * FROM licences_pool x WHERE x.contract_id = c.contract LIMIT 1) p
      LEFT JOIN LATERAL (SELECT x.*, least(coalesce(x.owned, most), most) AS holds
                           FROM licences_owned_v1(c.contract, c.at) x LIMIT 1) o ON true
     CROSS JOIN LATERAL (SELECT c.at >= p.peak_until OR o.begun > p.peak_from AND o.begun <= c.at AS turns,
                                floor(extract(epoch FROM c.at) / 3600) * 3600 AS hour) h;
END $$;

-- licences_each_v1: write down who comes in (`p_status` 1) and goes (8), and of each contract with room how many there are then.
CREATE FUNCTION licences_each_v1(
    p_contract uuid[], p_at timestamptz[], p_over integer[], p_room boolean[], p_held integer[], p_holds integer[],
    p_begins timestamptz[], p_ends timestamptz[], p_top integer[],
    p_of integer[], p_person text[], p_id text[], p_device text[], p_status smallint[], p_until timestamptz[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM licences_lease l USING unnest(p_of, p_person, p_status) u (place, person, status)
     WHERE u.status = 8 AND l.contract_id = p_contract[u.place] AND l.person = u.person;
    INSERT INTO licences_lease (contract_id, person, ids, device, since, until, lapses_at, active_at)
         SELECT p_contract[u.place], u.person, ARRAY[u.id], u.device, p_at[u.place], u.until, u.until, p_at[u.place]
           FROM unnest(p_of, p_person, p_id, p_device, p_status, p_until) u (place, person, id, device, status, until)
          WHERE u.status = 1;
    WITH now AS (
        UPDATE licences_pool p
           SET held = c.held, peak_from = coalesce(c.begins, p.peak_from), peak_until = coalesce(c.ends, p.peak_until),
               peak = CASE WHEN c.begins IS NULL THEN greatest(p.peak, c.top) ELSE c.top END,
               over = greatest(CASE WHEN c.over IS DISTINCT FROM 0 THEN c.top - c.holds END, CASE WHEN c.begins IS NULL THEN p.over ELSE 0 END)
          FROM unnest(p_contract, p_over, p_room, p_held, p_holds, p_begins, p_ends, p_top)
               c (contract, over, room, held, holds, begins, ends, top)
         WHERE c.room AND p.contract_id = c.contract
           AND (p.held <> c.held OR c.begins IS NOT NULL OR c.top > p.peak OR c.over IS DISTINCT FROM 0 AND c.top - c.holds > p.over)
        RETURNING p.contract_id, p.peak_from, p.peak, p.over, c.holds, c.top)
    INSERT INTO licences_peak AS k (contract_id, from_at, peak, over, owned)
         SELECT x.contract_id, x.peak_from, x.peak, x.over, x.holds FROM now x
          WHERE x.peak > 0 AND (x.peak = x.top OR x.over = x.top - x.holds)
    ON CONFLICT (contract_id, from_at) DO UPDATE
            SET peak = greatest(k.peak, excluded.peak), over = greatest(k.over, excluded.over), owned = excluded.owned
          WHERE excluded.peak > k.peak OR excluded.over > k.over;
END $$;

-- licences_end_v1: leases end without their people, who are told why at their next heartbeat. The caller holds the pool.
CREATE FUNCTION licences_end_v1(p_contract uuid, p_people text[], p_why text, p_at timestamptz) RETURNS integer
LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
DECLARE
    ended integer;
BEGIN
    WITH gone AS (
        DELETE FROM licences_lease l WHERE l.contract_id = p_contract AND l.person = ANY (p_people)
        RETURNING l.person, l.ids || l.was AS ids)
    INSERT INTO licences_gone AS g (contract_id, person, ids, why, gone_at, untold, untold_at)
         SELECT p_contract, x.person, x.ids, p_why, p_at, u.why, u.at
           FROM gone x, (SELECT CASE WHEN p_why IN ('lost', 'idle', 'reduced') THEN ARRAY[p_why] ELSE '{}' END AS why,
                                CASE WHEN p_why IN ('lost', 'idle', 'reduced') THEN ARRAY[p_at] ELSE '{}' END AS at) u
    ON CONFLICT (contract_id, person) DO UPDATE
            SET ids = excluded.ids, why = excluded.why, gone_at = excluded.gone_at,
                untold = g.untold || excluded.untold, untold_at = g.untold_at || excluded.untold_at;
    GET DIAGNOSTICS ended = ROW_COUNT;
    RETURN ended;
END $$;

-- licences_take_v1: end at most so many leases that are lost by time, the longest first (LIC-1). One whose heartbeat arrives
-- this instant is left alone. Returns how many ended.
CREATE FUNCTION licences_take_v1(p_contract uuid, p_at timestamptz, p_most integer) RETURNS integer
LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
BEGIN
    RETURN licences_end_v1(p_contract, ARRAY(
        SELECT l.person FROM licences_lease l WHERE l.contract_id = p_contract AND l.lapses_at > '-infinity' AND l.lapses_at <= p_at AND l.until <= p_at
         ORDER BY l.until, l.person LIMIT p_most FOR UPDATE SKIP LOCKED), 'lost', p_at);
END $$;

-- licences_idlest_v1: end at most so many of the leases that are in use, those first whose people have been idle longest.
-- p_before: only of people who did nothing since; p_groups: only leases that are no others' (null: any). What was kept for a group
-- and is no more is anybody's.
CREATE FUNCTION licences_idlest_v1(
    p_contract uuid, p_at timestamptz, p_most integer, p_before timestamptz, p_groups text[], p_why text
) RETURNS integer LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
BEGIN
    RETURN licences_end_v1(p_contract, ARRAY(
        SELECT l.person FROM licences_lease l
         WHERE l.contract_id = p_contract AND l.until > p_at AND l.active_at <= p_before
           AND (p_groups IS NULL OR l.kept_for IS NULL OR l.kept_for = ANY (p_groups)
                OR NOT EXISTS (SELECT FROM licences_kept k WHERE k.contract_id = p_contract AND k.name = l.kept_for))
         ORDER BY l.active_at, l.person LIMIT p_most FOR UPDATE SKIP LOCKED), p_why, p_at);
END $$;

-- licences_refused_v1: somebody was refused (LIC-10). p_full: of as many spells as are kept singly have begun today, so that
-- a new one is nobody's. The caller holds the pool. Returns whether a spell of the person began.
CREATE FUNCTION licences_refused_v1(
    p_contract uuid, p_person text, p_at timestamptz, p_in_use integer, p_owned integer, p_waited boolean, p_full boolean
) RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
BEGIN
    UPDATE licences_spell s
       SET last_at = greatest(s.last_at, p_at), tries = s.tries + 1, in_use = p_in_use, owned = p_owned, waited = s.waited OR p_waited
     WHERE s.contract_id = p_contract AND s.person = p_person AND s.got_in_at IS NULL
       AND s.first_at = (SELECT max(x.first_at) FROM licences_spell x WHERE x.contract_id = p_contract AND x.person = p_person)
       AND CASE WHEN p_person = '' THEN s.first_at > p_at - interval '1 day' ELSE s.last_at > p_at - interval '30 minutes' END;
    IF FOUND THEN
        RETURN false;
    ELSIF p_full AND p_person <> '' THEN
        PERFORM licences_refused_v1(p_contract, '', p_at, p_in_use, p_owned, p_waited, true);
        RETURN false;
    END IF;
    INSERT INTO licences_spell AS s (contract_id, person, first_at, last_at, in_use, owned, waited)
         VALUES (p_contract, p_person, p_at, p_at, p_in_use, p_owned, p_waited)
    ON CONFLICT (contract_id, person, first_at) DO UPDATE SET tries = s.tries + 1;
    RETURN true;
END $$;

-- licences_pass_v1: places go that were lost by time, or whose licence nobody claimed (LIC-7). Their people are told, as many as
-- have spells of their own, so that rows stay few. The caller holds the pool. Returns how many went.
CREATE FUNCTION licences_pass_v1(p_contract uuid, p_at timestamptz) RETURNS integer
LANGUAGE sql SET enable_seqscan = off SET jit = off AS $$
    WITH passed AS (
        DELETE FROM licences_place x WHERE x.contract_id = p_contract AND coalesce(x.set_aside_until, x.until) <= p_at
        RETURNING x.person, x.ids),
    told AS (
        INSERT INTO licences_gone AS g (contract_id, person, ids, why, gone_at)
             SELECT p_contract, x.person, x.ids, 'lost', p_at FROM passed x
              WHERE EXISTS (SELECT FROM licences_spell s WHERE s.contract_id = p_contract AND s.person = x.person)
        ON CONFLICT (contract_id, person) DO UPDATE SET ids = excluded.ids, why = excluded.why, gone_at = excluded.gone_at)
    SELECT count(*)::integer FROM passed
$$;

-- licences_barred_v1: who of these people is let in no more (LIC-5). An address is its account's, whoever had it before.
CREATE FUNCTION licences_barred_v1(p_customer uuid, p_people text[]) RETURNS text[]
LANGUAGE sql STABLE SET enable_seqscan = off SET jit = off AS $$
    SELECT coalesce(array_agg(n.person), '{}')
      FROM unnest(p_people) n (person) LEFT JOIN identity_person p ON p.email = n.person
     WHERE EXISTS (
           SELECT FROM licences_barred b
            WHERE b.customer_id = p_customer AND CASE WHEN p.id IS NULL THEN b.person = n.person ELSE b.of_person = p.id END
              AND NOT EXISTS (SELECT FROM identity_membership m
                               WHERE m.customer_id = p_customer AND m.person_id = b.of_person AND m.deactivated_at IS NULL))
$$;

-- licences_forget_v1: end at most so many leases and places that were lost before a moment, of contracts of which nobody asks any
-- more. Contracts are locked in the order of their ids. Returns how many ended.
CREATE FUNCTION licences_forget_v1(p_before timestamptz, p_at timestamptz, p_most integer) RETURNS integer
LANGUAGE plpgsql SET jit = off AS $$
DECLARE
    c record;
    ended integer; passed integer; found integer := 0;
BEGIN
    FOR c IN SELECT x.contract_id, array_remove(array_agg(x.person), NULL) AS people
               FROM (SELECT l.contract_id, l.person FROM licences_lease l WHERE l.until < p_before
                      UNION ALL
                     SELECT w.contract_id, NULL FROM licences_place w WHERE coalesce(w.set_aside_until, w.until) < p_before
                      LIMIT p_most) x
              GROUP BY x.contract_id ORDER BY x.contract_id
    LOOP
        PERFORM FROM licences_pool x WHERE x.contract_id = c.contract_id FOR NO KEY UPDATE;
        ended := licences_end_v1(c.contract_id, ARRAY(
            SELECT l.person FROM licences_lease l
             WHERE l.contract_id = c.contract_id AND l.person = ANY (c.people) AND l.until < p_before), 'lost', p_at);
        passed := licences_pass_v1(c.contract_id, p_before);
        UPDATE licences_pool x SET held = x.held - ended, waiting = x.waiting - passed WHERE x.contract_id = c.contract_id;
        found := found + ended + passed;
    END LOOP;
    RETURN found;
END $$;

-- licences_lock_v1: hold the pools of contracts until the transaction ends, in the order of their ids; they are made if there
-- are none, before the first is held.
CREATE FUNCTION licences_lock_v1(p_contract uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM unnest(p_contract) u (contract)
                WHERE NOT EXISTS (SELECT FROM licences_pool x WHERE x.contract_id = u.contract)) THEN
        INSERT INTO licences_pool (contract_id) SELECT DISTINCT u FROM unnest(p_contract) u ORDER BY u ON CONFLICT DO NOTHING;
    END IF;
    PERFORM FROM (SELECT u.contract FROM unnest(p_contract) u (contract) ORDER BY u.contract) c
     CROSS JOIN LATERAL (SELECT FROM licences_pool x WHERE x.contract_id = c.contract FOR NO KEY UPDATE) x;
END $$;
