-- licences_beat_v1: people who are in are still there (LIC-1). The first three arrays have one element per contract, the
-- others one per event: as those of licences_decide_v1. Nothing but leases is locked, in the order of contract and person, so
-- that nobody waits for those who come in. `status` is 7 for a lease that lasts `until` then; 0 where it takes a closer look,
-- which licences_decide_v1 has (one that was lost by time is in use once more, and counts): nothing was done.
CREATE FUNCTION licences_beat_v1(
    p_contract uuid[], p_at timestamptz[], p_lost_s integer[],
    p_of integer[], p_person text[], p_id text[], p_idle integer[],
    OUT status smallint[], OUT until timestamptz[]
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
AS $$
DECLARE
    n integer := cardinality(p_of);
    runs boolean[];
    e record;
    lasts timestamptz;
BEGIN
    IF (cardinality(p_at), cardinality(p_lost_s), cardinality(p_person), cardinality(p_id), cardinality(p_idle))
       IS DISTINCT FROM (cardinality(p_contract), cardinality(p_contract), n, n, n) THEN
        RAISE EXCEPTION 'arrays of different length' USING ERRCODE = 'array_subscript_error';
    END IF;
    status := array_fill(0::smallint, ARRAY[n]); until := array_fill(NULL::timestamptz, ARRAY[n]);
    -- Whether it runs, and the hour of its peak is the one that it is.
    SELECT array_agg(coalesce(x.runs, false) ORDER BY u.n) INTO runs
      FROM unnest(p_contract, p_at) WITH ORDINALITY u (contract, moment, n)
      LEFT JOIN LATERAL (
           SELECT u.moment < p.peak_until AND NOT (c.cycle_start > p.peak_from AND c.cycle_start <= u.moment) AND (c.state = 'active' OR c.state = 'ending' AND u.moment < coalesce(c.ends_at, c.cycle_end)) AS runs
             FROM licences_pool p, contracts_contract c WHERE p.contract_id = u.contract AND c.id = u.contract LIMIT 1) x ON true;
    FOR e IN
        SELECT u.n, p_at[u.place] AS at, p_lost_s[u.place] AS lost_s, l.until
          FROM (SELECT * FROM unnest(p_of, p_person, p_id) WITH ORDINALITY u (place, person, id, n)
                 WHERE runs[u.place] ORDER BY p_contract[u.place], u.person COLLATE "C") u
         CROSS JOIN LATERAL (
               SELECT x.until FROM licences_lease x
                WHERE x.contract_id = p_contract[u.place] AND x.person = u.person AND u.id = ANY (x.ids)
                   AND x.until > p_at[u.place]
                  FOR NO KEY UPDATE) l
    LOOP
        lasts := e.at + make_interval(secs => e.lost_s);
        status[e.n] := 7; until[e.n] := greatest(e.until, lasts);
    END LOOP;
    UPDATE licences_lease x                     -- once a person: of devices that share it the busiest counts
       SET until = greatest(x.until, u.until),
           lapses_at = CASE WHEN x.lapses_at <= p_at[u.place] + make_interval(secs => p_lost_s[u.place] / 4)
                            THEN greatest(x.until, u.until) ELSE x.lapses_at END,
           active_at = greatest(x.active_at, p_at[u.place] - make_interval(secs => u.idle))
      FROM (SELECT y.place, y.person, min(coalesce(y.idle, 0)) AS idle, max(y.until) AS until
              FROM unnest(p_of, p_person, p_idle, licences_beat_v1.status, licences_beat_v1.until)
                   y (place, person, idle, status, until)
             WHERE y.status = 7 GROUP BY y.place, y.person) u
     WHERE x.contract_id = p_contract[u.place] AND x.person = u.person;
END $$;
