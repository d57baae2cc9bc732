-- metering_settle_v1: say how sends of many contracts ended (PKG-4, PKG-5, PKG-13). Answers, as
-- metering_settle_contract_v1 does, which is the rule; this is the short way for what was not settled before.
--
-- p_contract and p_at have one element per caller, as in hold_v1.sql. p_outcome to p_country have each way to end
-- once: what is told, what it was counted as (null: as it was held), and on which channel and to which country its
-- teller says it was (null: nothing said). The other arrays have one element per
-- event: whose it is and how it ended (places in p_contract and p_outcome, from 1), id of the send. All is written at
-- once without looking whether sends were settled before: the key of metering_settlement says so, and then, or when a
-- cycle has budgets, metering_settle_contract_v1 does it all; and from the start the contracts of which a send was
-- counted otherwise, or had terms that are not ordinary.
CREATE FUNCTION metering_settle_v1(
    p_contract uuid[], p_at timestamptz[], p_outcome smallint[], p_kind text[], p_units smallint[],
    p_channel text[], p_country text[], p_of integer[], p_how integer[], p_send uuid[],
    OUT status smallint[], OUT price bigint[]
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
AS $$
DECLARE
    n integer := cardinality(p_of);
    low uuid; high uuid;                -- the lowest and the highest id of the call
    e record;
    a record;
    ends smallint[];                    -- per way to end: how that is booked by ordinary terms
    otherwise integer[];                -- ways to end that are counted otherwise
    odd integer[];                      -- callers of which something has to be looked at closer
    odd_contract uuid[];
    start timestamptz[];                -- per event: the cycle of its send, which never changes
    t_contract uuid[]; t_start timestamptz[];
    t_released numeric[]; t_drawn numeric[];    -- an id that comes again and again adds up to any number, before it is noticed
    budgeted boolean;
BEGIN
    IF (cardinality(p_at), cardinality(p_how), cardinality(p_send)) IS DISTINCT FROM (cardinality(p_contract), n, n)
       OR (cardinality(p_kind), cardinality(p_units), cardinality(p_channel), cardinality(p_country))
          IS DISTINCT FROM (cardinality(p_outcome), cardinality(p_outcome), cardinality(p_outcome), cardinality(p_outcome)) THEN
        RAISE EXCEPTION 'arrays of different length' USING ERRCODE = 'array_subscript_error';
    END IF;
    SELECT array_agg(CASE WHEN u.outcome IN (4, 5) THEN 1 ELSE u.outcome END ORDER BY u.n),
           coalesce(array_agg(u.n::integer) FILTER (WHERE u.kind IS NOT NULL OR u.units IS NOT NULL), '{}')
      INTO ends, otherwise
      FROM unnest(p_outcome, p_kind, p_units) WITH ORDINALITY u (outcome, kind, units, n);
    -- So that a look at one id opens the partitions of these ids only, however many months there are.
    low := (SELECT u.send FROM unnest(p_send) u (send) ORDER BY u.send LIMIT 1);
    high := (SELECT u.send FROM unnest(p_send) u (send) ORDER BY u.send DESC LIMIT 1);
    SELECT array_agg(x.cycle_start), array_agg(x.price_micro), array_agg(CASE WHEN x.cycle_start IS NULL THEN 5 ELSE 1 END),
           array_agg(x.place) FILTER (WHERE x.terms IS NOT NULL)
      INTO start, price, status, odd
      FROM (SELECT u.place, s.cycle_start, s.price_micro, s.terms
              FROM unnest(p_of, p_send) WITH ORDINALITY u (place, send, n)
              LEFT JOIN LATERAL (
                   SELECT x.cycle_start, x.price_micro, x.terms FROM metering_send x
                    WHERE x.contract_id = p_contract[u.place] AND x.send_id = u.send AND x.send_id BETWEEN low AND high LIMIT 1) s ON true
             ORDER BY u.n) x;
    IF otherwise <> '{}' THEN
        odd := odd || ARRAY(SELECT u.place FROM unnest(p_of, p_how) u (place, how) WHERE u.how = ANY (otherwise));
    END IF;
    IF odd IS NOT NULL THEN
        odd_contract := ARRAY(SELECT DISTINCT p_contract[u.place] FROM unnest(odd) u (place));
        FOR i IN 1 .. n LOOP
            IF p_contract[p_of[i]] = ANY (odd_contract) THEN
                status[i] := 0;
            END IF;
        END LOOP;
    END IF;
    SELECT array_agg(x.contract), array_agg(x.start), array_agg(x.released), array_agg(x.drawn)
      INTO t_contract, t_start, t_released, t_drawn
      FROM (SELECT p_contract[u.place] AS contract, u.start, coalesce(sum(u.price) FILTER (WHERE u.status = 1), 0) AS released,
                   coalesce(sum(u.price) FILTER (WHERE u.status = 1 AND ends[u.how] = 1), 0) AS drawn
              FROM unnest(p_of, start, price, p_how, status) u (place, start, price, how, status)
             WHERE u.start IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2) x;
    SELECT bool_or(l.budgeted) INTO budgeted
      FROM (SELECT c.budgeted FROM unnest(t_contract, t_start) u (contract, start)
             CROSS JOIN LATERAL (
                   SELECT x.budgeted FROM metering_cycle x
                    WHERE x.contract_id = u.contract AND x.cycle_start = u.start
                      FOR NO KEY UPDATE) c) l;
    IF NOT coalesce(budgeted, false) THEN
        BEGIN
            INSERT INTO metering_settlement (contract_id, send_id, settled_at, outcome)
                 SELECT p_contract[x.place], x.send, p_at[x.place], ends[x.how]
                   FROM unnest(p_of, p_how, p_send, status) x (place, how, send, status)
                  WHERE x.status = 1;
            UPDATE metering_cycle c
               SET held_micro = c.held_micro - x.released, used_micro = c.used_micro + x.drawn,
                   blocked_at = CASE WHEN x.released = x.drawn THEN c.blocked_at END,
                   capped_at = CASE WHEN x.released = x.drawn THEN c.capped_at END
              FROM unnest(t_contract, t_start, t_released, t_drawn) x (contract, start, released, drawn)
             WHERE c.contract_id = x.contract AND c.cycle_start = x.start AND x.released > 0;
            IF odd IS NULL THEN
                RETURN;
            END IF;
        EXCEPTION WHEN unique_violation THEN
            status := array_fill(0::smallint, ARRAY[n]);
        END;
    ELSE
        status := array_fill(0::smallint, ARRAY[n]);
    END IF;

    FOR e IN
        SELECT p_contract[u.place] AS contract, array_agg(u.n ORDER BY u.n) AS places,
               array_agg(u.send ORDER BY u.n) AS send, array_agg(p_outcome[u.how] ORDER BY u.n) AS outcome,
               array_agg(p_at[u.place] ORDER BY u.n) AS moment,
               array_agg(p_kind[u.how] ORDER BY u.n) AS kind, array_agg(p_units[u.how] ORDER BY u.n) AS units,
               array_agg(p_channel[u.how] ORDER BY u.n) AS channel, array_agg(p_country[u.how] ORDER BY u.n) AS country
          FROM unnest(p_of, p_how, p_send, status) WITH ORDINALITY u (place, how, send, status, n)
         WHERE u.status = 0
         GROUP BY 1 ORDER BY 1
    LOOP
        SELECT * INTO a FROM metering_settle_contract_v1(e.contract, e.send, e.outcome, e.moment, e.kind, e.units, e.channel, e.country);
        FOR i IN 1 .. cardinality(e.places) LOOP
            status[e.places[i]] := a.status[i]; price[e.places[i]] := a.price[i];
        END LOOP;
    END LOOP;
END $$;
