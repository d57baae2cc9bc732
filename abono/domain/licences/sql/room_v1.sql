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

-- licences_each_v1: different people come in whoever they are, or give back the one lease that they have. `status` is 1 and 8 for
-- those, and 0 for who takes a closer look: who is in already, shares, or was not in. `in_use` counts on from `p_live`. The caller
-- holds the pool and the leases, and there is room for all.
CREATE FUNCTION licences_each_v1(
    p_contract uuid, p_at timestamptz, p_until timestamptz, p_live integer,
    p_op smallint[], p_person text[], p_id text[], p_device text[],
    OUT status smallint[], OUT until timestamptz[], OUT in_use integer[]
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
BEGIN
    WITH u AS MATERIALIZED (
        SELECT * FROM unnest(p_op, p_person, p_id, p_device) WITH ORDINALITY u (op, person, id, device, n)),
    came AS (
        INSERT INTO licences_lease (contract_id, person, ids, device, since, until, lapses_at, active_at)
             SELECT p_contract, u.person, ARRAY[u.id], u.device, p_at, p_until, p_until, p_at FROM u WHERE u.op <= 2
        ON CONFLICT (contract_id, person) DO NOTHING RETURNING person),
    went AS (
        DELETE FROM licences_lease l USING u
         WHERE l.contract_id = p_contract AND l.person = u.person AND u.op = 4 AND l.ids = ARRAY[u.id] RETURNING l.person),
    done AS (
        SELECT u.n, (c.person IS NOT NULL)::integer AS came, (w.person IS NOT NULL)::integer AS went
          FROM u LEFT JOIN came c ON c.person = u.person LEFT JOIN went w ON w.person = u.person)
    SELECT array_agg((d.came + 8 * d.went)::smallint ORDER BY d.n),
           array_agg(CASE d.came WHEN 1 THEN p_until END ORDER BY d.n), array_agg(d.live ORDER BY d.n)
      INTO licences_each_v1.status, licences_each_v1.until, licences_each_v1.in_use
      FROM (SELECT x.*, (p_live + sum(x.came - x.went) OVER (ORDER BY x.n))::integer AS live FROM done x) d;
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
    INSERT INTO licences_gone AS g (contract_id, person, ids, why, gone_at, untold)
         SELECT p_contract, x.person, x.ids, p_why, p_at, p_why IN ('lost', 'idle', 'reduced') FROM gone x
    ON CONFLICT (contract_id, person) DO UPDATE
            SET ids = excluded.ids, why = excluded.why, gone_at = excluded.gone_at, untold = excluded.untold;
    GET DIAGNOSTICS ended = ROW_COUNT;
    RETURN ended;
END $$;

-- licences_take_v1: end at most so many leases that are lost by time, the longest first (LIC-1). One whose heartbeat arrives
-- this instant is left alone. Returns how many ended.
CREATE FUNCTION licences_take_v1(p_contract uuid, p_at timestamptz, p_most integer) RETURNS integer
LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
BEGIN
    RETURN licences_end_v1(p_contract, ARRAY(
        SELECT l.person FROM licences_lease l WHERE l.contract_id = p_contract AND l.lapses_at <= p_at AND l.until <= p_at
         ORDER BY l.until, l.person LIMIT p_most FOR UPDATE SKIP LOCKED), 'lost', p_at);
END $$;

-- licences_idlest_v1: end at most so many of the leases that are in use, those first whose people have been idle longest.
-- p_before: only of people who did nothing since; p_groups: only leases that are no others' (null: any).
CREATE FUNCTION licences_idlest_v1(
    p_contract uuid, p_at timestamptz, p_most integer, p_before timestamptz, p_groups text[], p_why text
) RETURNS integer LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
BEGIN
    RETURN licences_end_v1(p_contract, ARRAY(
        SELECT l.person FROM licences_lease l
         WHERE l.contract_id = p_contract AND l.until > p_at AND l.active_at <= p_before
           AND (p_groups IS NULL OR l.kept_for IS NULL OR l.kept_for = ANY (p_groups))
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

-- licences_lock_v1: hold the pool of a contract until the transaction ends; it is made if there is none.
CREATE FUNCTION licences_lock_v1(p_contract uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO licences_pool (contract_id) VALUES (p_contract) ON CONFLICT DO NOTHING;
    PERFORM FROM licences_pool x WHERE x.contract_id = p_contract FOR NO KEY UPDATE;
END $$;
