-- metering_hold_v1: set package value aside for sends of many contracts (PKG-5…9). Answers, as
-- metering_hold_contract_v1 does, which is the rule; this is the short way for what it need not look at.
--
-- p_contract and p_at have one element per caller: the contract, and the moment on its customer's clock. p_routes
-- and p_units have each route and number of units (null: one) once. The other arrays have one element per event:
-- whose it is and where it goes (places in p_contract and p_routes, from 1), id of the send, and the caller's own id
-- where it was no UUIDv7; the last two are empty where nobody names a contact or the number that sends.
--
-- Cycles are locked in the order of their key. Then all events of a cycle whose sum fits, reaches no level and asks
-- for no budget are written at once, without looking whether their ids are new: the key of metering_send says so.
-- The others, and all of them when an id was not new, are left to metering_hold_contract_v1.
CREATE FUNCTION metering_hold_v1(
    p_contract uuid[], p_at timestamptz[], p_routes integer[], p_units smallint[],
    p_of integer[], p_to integer[], p_send uuid[], p_reference text[], p_contact uuid[], p_sender text[],
    OUT status smallint[], OUT price bigint[], OUT remaining bigint[]
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
AS $$
DECLARE
    most constant integer := 100000;    -- prices that are looked up at once
    n integer := cardinality(p_of);
    routes integer := cardinality(p_routes);
    short boolean := true;              -- the short way does for all
    e record;
    a record;
    k integer;
    costs bigint;
    rest bigint;
    -- per caller: the first caller with the same cycle, which speaks for it, and after how many places its price list begins
    c_cycle integer[]; c_list integer[];
    first integer; at_contract uuid; at_start timestamptz;
    -- per cycle, at the place of that caller: what is left, what was left before and what may be left (null: it has
    -- to be looked at closer), and the total at which nothing would be left
    c_start timestamptz[]; c_left bigint[]; c_had bigint[]; c_least bigint[]; c_top bigint[];
    c_sealed uuid[]; sealed uuid;       -- ids before these are looked at closer; the highest of them
    -- per list, which is a package at a moment, and route in it: its price, and its terms; id 0 for none, and no price
    -- of what may be free
    lists integer := 0; l_package uuid[] := '{}'; l_at timestamptz[] := '{}'; l_id integer[]; l_price bigint[];
    l_terms smallint[];
    plain boolean := true;              -- all terms are ordinary
    single boolean := cardinality(array_remove(p_units, NULL)) = 0;    -- each is of one unit
BEGIN
    IF (cardinality(p_at), cardinality(p_units), cardinality(p_send), cardinality(p_to), cardinality(p_reference))
       IS DISTINCT FROM (cardinality(p_contract), routes, n, n, n)
       OR cardinality(p_contact) NOT IN (0, n) OR cardinality(p_sender) NOT IN (0, n) THEN
        RAISE EXCEPTION 'arrays of different length' USING ERRCODE = 'array_subscript_error';
    END IF;

    -- Of full length from the start: an array that began elsewhere than at 1 would not lie beside the others.
    c_start := array_fill(NULL::timestamptz, ARRAY[cardinality(p_contract)]);
    c_sealed := array_fill(NULL::uuid, ARRAY[cardinality(p_contract)]);
    c_had := array_fill(NULL::bigint, ARRAY[cardinality(p_contract)]); c_left := c_had; c_least := c_had; c_top := c_had;
    price := array_fill(NULL::bigint, ARRAY[n]); remaining := price;
    FOR e IN
        SELECT u.n, u.contract, u.moment, c.*
          FROM (SELECT * FROM unnest(p_contract, p_at) WITH ORDINALITY u (contract, moment, n)
                 ORDER BY u.contract, u.moment) u
         CROSS JOIN LATERAL (
               SELECT x.cycle_start, x.cycle_end, x.package_id, x.held_micro + x.used_micro AS total,
                      least(x.ceiling_micro, x.cap_micro) AS top,
                      CASE WHEN x.blocked_at IS NULL AND NOT x.budgeted AND x.sealed_to <= u.moment
                           THEN x.warn_next_micro - 1 END AS level, x.sealed_id
                 FROM metering_cycle x
                WHERE x.contract_id = u.contract AND x.cycle_start <= u.moment
                ORDER BY x.cycle_start DESC LIMIT 1
                  FOR NO KEY UPDATE) c
         WHERE u.moment < c.cycle_end
    LOOP
        k := e.n;
        IF e.contract IS DISTINCT FROM at_contract OR e.cycle_start <> at_start THEN
            c_start[k] := e.cycle_start; c_top[k] := e.top; c_had[k] := e.top - e.total; c_left[k] := e.top - e.total;
            c_least[k] := CASE WHEN e.level IS NOT NULL THEN e.top - least(e.top, e.level) END;
            IF e.contract = at_contract THEN    -- the same id may come in both cycles: the rule sees which came first
                c_least[k] := NULL; c_least[first] := NULL;
            END IF;
            first := k; at_contract := e.contract; at_start := e.cycle_start;
            c_sealed[k] := e.sealed_id; sealed := greatest(sealed, e.sealed_id);
        END IF;
        c_cycle[k] := first;
        k := greatest(lists - 7, 1);    -- a list is known when it is among the last few
        WHILE k <= lists AND (l_package[k] <> e.package_id OR l_at[k] <> e.moment) LOOP
            k := k + 1;
        END LOOP;
        IF k > lists THEN
            lists := k; l_package[k] := e.package_id; l_at[k] := e.moment;
        END IF;
        c_list[e.n] := (k - 1) * routes;
    END LOOP;

    IF lists::bigint * routes > most THEN
        status := array_fill(0::smallint, ARRAY[n]); short := false;
    ELSE
        IF lists * routes BETWEEN 2 AND 2 * n THEN   -- all of them by one statement, which is cheaper
            FOR a IN
                SELECT (l.n - 1) * routes + r.n AS k, coalesce(x.id, 0) AS id,
                       metering_units_v1(x.price_micro, r.units) AS price_micro, x.terms
                  FROM unnest(l_package, l_at) WITH ORDINALITY l (package, moment, n)
                 CROSS JOIN unnest(p_routes, p_units) WITH ORDINALITY r (route, units, n)
                  LEFT JOIN LATERAL (
                       SELECT y.id, y.price_micro, y.terms FROM catalog_sessionprice y
                        WHERE y.package_id = l.package AND y.route_id = r.route AND y.valid_from <= l.moment
                        ORDER BY y.valid_from DESC LIMIT 1) x ON true
            LOOP
                l_id[a.k] := a.id;
                l_price[a.k] := CASE WHEN a.terms > 1 THEN NULL ELSE a.price_micro END;
                IF a.terms IS NOT NULL THEN
                    l_terms[a.k] := a.terms; plain := false;
                END IF;
            END LOOP;
        END IF;
        FOR i IN 1 .. n LOOP
            k := c_list[p_of[i]] + p_to[i];
            costs := l_price[k];
            IF costs IS NULL AND l_id[k] IS NULL AND k IS NOT NULL THEN
                SELECT x.id, metering_units_v1(x.price_micro, p_units[p_to[i]]) AS price_micro, x.terms INTO a
                  FROM catalog_sessionprice x
                 WHERE x.package_id = l_package[c_list[p_of[i]] / routes + 1] AND x.route_id = p_routes[p_to[i]]
                   AND x.valid_from <= p_at[p_of[i]]
                 ORDER BY x.valid_from DESC LIMIT 1;
                costs := CASE WHEN a.terms > 1 THEN NULL ELSE a.price_micro END;
                l_price[k] := costs; l_id[k] := coalesce(a.id, 0);
                IF a.terms IS NOT NULL THEN
                    l_terms[k] := a.terms; plain := false;
                END IF;
            END IF;
            first := c_cycle[p_of[i]];
            IF costs IS NULL THEN           -- there is none, or it may be free: looked at closer
                short := false;
                IF first IS NOT NULL THEN
                    c_least[first] := NULL;
                END IF;
            ELSIF c_left[first] >= 0 THEN   -- below it does not fit anyway, and would leave the range of numbers
                rest := c_left[first] - costs;
                c_left[first] := rest;
                remaining[i] := rest; price[i] := costs;
            END IF;
        END LOOP;
        IF sealed > ANY (p_send) THEN   -- before what is added up of some cycle (schema_v1.sql)
            FOR i IN 1 .. n LOOP
                IF p_send[i] < c_sealed[c_cycle[p_of[i]]] THEN
                    c_least[c_cycle[p_of[i]]] := NULL;
                END IF;
            END LOOP;
        END IF;
        FOR k IN 1 .. coalesce(cardinality(c_left), 0) LOOP
            IF c_left[k] < c_least[k] OR c_least[k] IS NULL AND c_left[k] IS NOT NULL THEN
                short := false; c_top[k] := NULL; c_left[k] := c_had[k];
            END IF;
        END LOOP;
        status := array_fill(1::smallint, ARRAY[n]);
        IF NOT short THEN
            FOR i IN 1 .. n LOOP
                IF c_top[c_cycle[p_of[i]]] IS NULL THEN
                    status[i] := 0;
                END IF;
            END LOOP;
        END IF;
        BEGIN
            INSERT INTO metering_send (contract_id, send_id, cycle_start, held_at, price_micro, left_micro, route_id,
                                       reference, price_id, total_micro, units, terms)
                 SELECT p_contract[x.place], x.send, c_start[c_cycle[x.place]], p_at[x.place], x.price,
                        x.remaining, p_routes[x.route], x.reference, l_id[c_list[x.place] + x.route],
                        c_top[c_cycle[x.place]] - x.remaining,
                        CASE WHEN NOT single THEN nullif(p_units[x.route], 1) END,
                        CASE WHEN NOT plain THEN l_terms[c_list[x.place] + x.route] END
                   FROM (SELECT unnest(p_of) AS place, unnest(p_send) AS send, unnest(p_to) AS route,
                                unnest(p_reference) AS reference, unnest(status) AS status, unnest(price) AS price,
                                unnest(remaining) AS remaining) x
                  WHERE x.status = 1
                  ORDER BY x.place;
            UPDATE metering_cycle c SET held_micro = c.held_micro + w.before - w.after
              FROM unnest(p_contract, c_start, c_had, c_left) w (contract, start, before, after)
             WHERE c.contract_id = w.contract AND c.cycle_start = w.start AND w.before > w.after;
        EXCEPTION WHEN unique_violation THEN
            status := array_fill(0::smallint, ARRAY[n]); short := false;
        END;
    END IF;
    IF short THEN
        RETURN;
    END IF;

    FOR e IN
        SELECT p_contract[u.place] AS contract, array_agg(u.n ORDER BY u.n) AS places,
               array_agg(u.send ORDER BY u.n) AS send, array_agg(p_routes[u.route] ORDER BY u.n) AS route,
               array_agg(p_at[u.place] ORDER BY u.n) AS moment, array_agg(u.reference ORDER BY u.n) AS reference,
               array_agg(p_units[u.route] ORDER BY u.n) AS units, array_agg(p_contact[u.n] ORDER BY u.n) AS contact,
               array_agg(p_sender[u.n] ORDER BY u.n) AS sender
          FROM unnest(p_of, p_send, p_to, p_reference, status) WITH ORDINALITY u (place, send, route, reference, status, n)
         WHERE u.status = 0
         GROUP BY 1 ORDER BY 1
    LOOP
        SELECT * INTO a FROM metering_hold_contract_v1(e.contract, e.send, e.route, e.moment, e.reference, e.units,
                                                       e.contact, e.sender);
        FOR i IN 1 .. cardinality(e.places) LOOP
            k := e.places[i];
            status[k] := a.status[i]; price[k] := a.price[i]; remaining[k] := a.remaining[i];
        END LOOP;
    END LOOP;
END $$;
