-- metering_campaign_settle_v1: say how sends of a campaign ended (PKG-4, PKG-5, PKG-13, CAT-9).
--
-- The arrays have one element per send: its id, its route, what is told of it (1 sent, 2 rejected, 4 not delivered,
-- 5 delivered; which of them draws, the row of the price list says: metering/sql/settle_contract_v1.sql), the caller's
-- own id where it was no UUIDv7, what the carrier counted it as (another kind, other units; null: as its line), and
-- whom it went to and which number sent it, for what is free. p_at is the moment on the customer's clock. p_free: whether
-- any campaign of this statement may take of what is free; null: only this one may. `price` is what it drew or, of another
-- end, that of the line, and `status`
--   1 settled   written down; a send that left has drawn one place of its line, or less by what was counted or free
--   2 replayed  it was settled so before in this campaign; nothing changed
--   3 clash     this id was settled otherwise, or held or drawn elsewhere, or came earlier in this call
--               with other content; nothing changed
--   4 ended     the campaign was closed, cancelled or has expired; nothing is drawn any more
--   5 no_line   the campaign has no line for the route
--   6 no_place  every place of the line is drawn
--   7 unknown   there is no such campaign
--   8 waiting   it draws when it is delivered; nothing changed
--   9 not_drawn it was not delivered, and draws what is      10 … it was so before; nothing changed
--  11 alone     this id is known as a send by itself, or as uncovered: whoever tells of it tells of such a one (PKG-12)
--  12 no_price  the package has no price for what it was counted as; nothing changed
-- From 3 on nothing is stored. A rejected send, or one that was not delivered and draws what is, draws nothing: its place stays open for another id, and the value
-- of places that nobody drew goes back to the package when the campaign ends.
-- Raises only on misuse: arrays of different length, an unknown outcome. For plans see hold_contract_v1.sql.
--
-- What its price is more than what it drew stays held, as its place was, until the campaign ends.
--
-- Locks: where something may be free, that of free_v1 first. Then one slice for each line, and never the row of the
-- cycle, so that writers seldom meet. Each of three ways
-- is tried with nothing locked, because an attempt that fails gives its locks back:
--   1  a slice with room enough that nobody holds
--   2  wait for one with room enough, of those that are held
--   3  all slices of the line, in order
-- No way waits in a line in which it holds a slice, but the third, which goes upwards; lines come in order.
-- The same id in two calls at once meets in the key of metering_send: the second call looks again.
CREATE FUNCTION metering_campaign_settle_v1(
    p_contract uuid, p_campaign uuid, p_send uuid[], p_route integer[], p_outcome smallint[], p_at timestamptz,
    p_reference text[], p_kind text[], p_units smallint[], p_contact uuid[], p_sender text[], p_free boolean,
    OUT status smallint[], OUT price bigint[]
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
AS $$
DECLARE
    n integer := cardinality(p_send);
    nobody constant text := 'AB001';    -- no slice is to be had in this way
    mine constant integer := pg_backend_pid();
    campaign metering_campaign;
    way integer := 1;
    e record;
    i integer;
    j integer;
    k integer;
    free bigint;
    previous integer[];                 -- per send: where its id came before in this call; null when none did
    owner integer[];                    -- … and where it was settled
    kept uuid[] := '{}';                -- ids that are uncovered
    cost record;
    less bigint[]; row_id integer[];    -- per send: what it drew, where that is less than the price of its line, and by which row
    -- lines that the sends are on
    m integer;
    l_units smallint[]; l_terms smallint[];
    told smallint; ends smallint[];     -- how a send ends by the terms of its line; 0: it waits. Per send: of those written
    l_route integer[]; l_price_id integer[]; l_price bigint[]; l_open bigint[]; l_sent bigint[]; l_rejected bigint[]; l_saved bigint[]; l_ended boolean[];
    -- slices that are locked, those of one line side by side
    h integer;
    h_owner integer[]; h_line smallint[]; h_slice smallint[]; h_open bigint[]; h_sent bigint[]; h_rejected bigint[]; h_saved bigint[];
BEGIN
    IF (cardinality(p_route), cardinality(p_outcome), cardinality(p_reference), cardinality(p_kind), cardinality(p_units),
        cardinality(p_contact), cardinality(p_sender)) IS DISTINCT FROM (n, n, n, n, n, n, n) THEN
        RAISE EXCEPTION 'arrays of different length' USING ERRCODE = 'array_subscript_error';
    END IF;
    IF NOT (p_outcome <@ '{1,2,4,5}'::smallint[]) THEN
        RAISE EXCEPTION 'unknown outcome' USING ERRCODE = 'check_violation';
    END IF;
    SELECT * INTO campaign FROM metering_campaign c
     WHERE c.contract_id = p_contract AND c.campaign_id = p_campaign;
    IF NOT FOUND THEN
        status := array_fill(7::smallint, ARRAY[n]); price := array_fill(NULL::bigint, ARRAY[n]);
        RETURN;
    END IF;
    IF coalesce(p_free, EXISTS (SELECT FROM metering_campaign_line l
                                 WHERE l.contract_id = p_contract AND l.campaign_id = p_campaign AND l.terms > 1)) THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('metering_free ' || p_contract, 0));
    END IF;
    IF EXISTS (SELECT FROM metering_uncovered x WHERE x.contract_id = p_contract) THEN
        kept := ARRAY(SELECT x.send_id FROM metering_uncovered x
                       WHERE x.contract_id = p_contract AND x.send_id = ANY (p_send));
    END IF;
    IF n <> (SELECT count(DISTINCT u.send) FROM unnest(p_send) u (send)) THEN
        SELECT array_agg(d.previous ORDER BY d.n) INTO previous
          FROM (SELECT u.n, lag(u.n) OVER (PARTITION BY u.send ORDER BY u.n) AS previous
                  FROM unnest(p_send) WITH ORDINALITY u (send, n)) d;
    END IF;

    FOR attempt IN 1 .. 20 LOOP
      BEGIN
        status := array_fill(0::smallint, ARRAY[n]); price := array_fill(NULL::bigint, ARRAY[n]);
        owner := '{}'; ends := array_fill(NULL::smallint, ARRAY[n]);
        less := price; row_id := array_fill(NULL::integer, ARRAY[n]);
        m := 0; l_units := '{}'; l_terms := '{}'; l_route := '{}'; l_price_id := '{}'; l_price := '{}'; l_open := '{}'; l_sent := '{}'; l_rejected := '{}'; l_saved := '{}'; l_ended := '{}';
        h := 0; h_owner := '{}'; h_line := '{}'; h_slice := '{}'; h_open := '{}'; h_sent := '{}'; h_rejected := '{}'; h_saved := '{}';

        FOR e IN
            SELECT l.line, l.route_id, l.price_id, l.price_micro, l.units, l.terms, u.need
              FROM (SELECT r.route, count(*) FILTER (WHERE r.outcome <> 2) AS need
                      FROM unnest(p_route, p_outcome) r (route, outcome) GROUP BY r.route) u
              JOIN metering_campaign_line l
                ON l.contract_id = p_contract AND l.campaign_id = p_campaign AND l.route_id = u.route
             ORDER BY l.line
        LOOP
            m := m + 1; l_route[m] := e.route_id; l_price_id[m] := e.price_id; l_price[m] := e.price_micro;
            l_units[m] := e.units; l_terms[m] := e.terms;
            l_open[m] := 0; l_sent[m] := 0; l_rejected[m] := 0; l_saved[m] := 0; l_ended[m] := true;
            IF campaign.state <> 1 THEN
                CONTINUE;
            END IF;
            IF way = 2 THEN
                SELECT s.slice INTO i FROM metering_campaign_slice s
                 WHERE s.contract_id = p_contract AND s.cycle_start = campaign.cycle_start
                   AND s.campaign_id = p_campaign AND s.line = e.line AND s.open >= e.need
                 ORDER BY hashint4(s.slice # mine) LIMIT 1;
            END IF;
            IF way = 1 THEN
                SELECT s.slice, s.open INTO i, free FROM metering_campaign_slice s
                 WHERE s.contract_id = p_contract AND s.cycle_start = campaign.cycle_start
                   AND s.campaign_id = p_campaign AND s.line = e.line AND s.open >= e.need
                 ORDER BY s.slice LIMIT 1
                   FOR NO KEY UPDATE SKIP LOCKED;
                IF FOUND THEN
                    h := h + 1; h_owner[h] := m; h_line[h] := e.line; h_slice[h] := i; h_open[h] := free;
                END IF;
            ELSE
                FOR i, free IN
                    SELECT s.slice, s.open FROM metering_campaign_slice s
                     WHERE s.contract_id = p_contract AND s.cycle_start = campaign.cycle_start
                       AND s.campaign_id = p_campaign AND s.line = e.line AND (way = 3 OR s.slice = i)
                     ORDER BY s.slice
                       FOR NO KEY UPDATE
                LOOP
                    h := h + 1; h_owner[h] := m; h_line[h] := e.line; h_slice[h] := i; h_open[h] := free;
                END LOOP;
            END IF;
            FOR j IN 1 .. h LOOP
                IF h_owner[j] = m THEN
                    l_ended[m] := false; l_open[m] := l_open[m] + h_open[j];
                    h_sent[j] := 0; h_rejected[j] := 0;
                END IF;
            END LOOP;
            IF way < 3 AND (l_ended[m] OR l_open[m] < e.need) THEN
                RAISE EXCEPTION 'no slice' USING ERRCODE = nobody;
            END IF;
        END LOOP;

        FOR e IN
            SELECT u.n, u.send, u.route, u.outcome, s.price_micro AS old_price, s.outcome AS done,
                   coalesce(s.drawn_micro, s.price_micro) AS drawn, s.campaign_id IS NULL AS alone, s.terms,
                   s.route_id = u.route AS on_route, s.campaign_id = p_campaign AND s.route_id = u.route AS same
              FROM unnest(p_send, p_route, p_outcome) WITH ORDINALITY u (send, route, outcome, n)
              LEFT JOIN LATERAL (
                   SELECT x.price_micro, x.campaign_id, x.route_id, x.terms, t.outcome, t.drawn_micro
                     FROM metering_send x
                     LEFT JOIN metering_settlement t ON t.contract_id = p_contract AND t.send_id = u.send
                    WHERE x.contract_id = p_contract AND x.send_id = u.send LIMIT 1) s ON true
             ORDER BY u.n
        LOOP
            i := e.n;
            k := array_position(l_route, e.route);
            IF l_terms[k] & 1 = 1 THEN
                told := CASE e.outcome WHEN 5 THEN 1 WHEN 1 THEN 0 ELSE e.outcome END;
            ELSE
                told := CASE WHEN e.outcome IN (4, 5) THEN 1 ELSE e.outcome END;
            END IF;
            IF e.old_price IS NOT NULL THEN
                price[i] := e.drawn;
                IF e.alone AND e.done = 1 THEN  -- it may have been counted as something cheaper since
                    price[i] := coalesce((SELECT min(x.drawn_micro) FROM metering_recount x
                                           WHERE x.contract_id = p_contract AND x.send_id = e.send), e.drawn);
                END IF;
                status[i] := CASE WHEN e.alone AND e.on_route THEN 11
                                  WHEN e.same AND e.done = 4 AND told IN (0, 4) THEN 10
                                  WHEN e.same AND told = 0 AND e.done = 1 THEN 2
                                  WHEN e.same AND e.done = told AND (told <> 1 OR (p_kind[i], p_units[i]) IS NULL
                                       OR e.terms & 4 = 4 AND e.drawn = 0 OR e.drawn = (SELECT least(e.old_price, w.price)
                                              FROM metering_settled_price_v1(p_contract, e.send, p_kind[i], p_units[i]) w
                                             WHERE w.price_id IS NOT NULL))
                                  THEN 2 ELSE 3 END;
                CONTINUE;
            END IF;
            IF e.send = ANY (kept) THEN
                status[i] := 11;
                CONTINUE;
            END IF;
            IF previous IS NOT NULL AND previous[i] IS NOT NULL THEN
                j := CASE WHEN ends[previous[i]] IS NOT NULL THEN previous[i] ELSE owner[previous[i]] END;
                IF j IS NOT NULL THEN
                    owner[i] := j; price[i] := coalesce(less[j], price[j]);
                    status[i] := CASE WHEN p_route[j] <> e.route THEN 3 WHEN ends[j] = 4 AND told IN (0, 4) THEN 10
                                      WHEN told = 0 AND ends[j] = 1 THEN 2
                                      WHEN ends[j] = told AND (told <> 1 OR (p_kind[i], p_units[i]) IS NULL
                                           OR (p_kind[i], p_units[i]) IS NOT DISTINCT FROM (p_kind[j], p_units[j])) THEN 2
                                      ELSE 3 END;
                    CONTINUE;
                END IF;
            END IF;
            IF k IS NULL THEN
                status[i] := 5;
                CONTINUE;
            END IF;
            price[i] := l_price[k];
            IF l_ended[k] THEN
                status[i] := 4;
            ELSIF told = 0 THEN
                status[i] := 8;
            ELSIF told <> 1 THEN
                status[i] := CASE told WHEN 4 THEN 9 ELSE 1 END; ends[i] := told; l_rejected[k] := l_rejected[k] + 1;
            ELSIF l_sent[k] >= l_open[k] THEN
                status[i] := 6;
            ELSE
                IF l_terms[k] > 1 OR p_kind[i] IS NOT NULL OR p_units[i] IS NOT NULL THEN
                    SELECT * INTO cost FROM metering_campaign_cost_v1(
                        p_contract, e.send, e.route, l_price_id[k], l_price[k], l_units[k], l_terms[k],
                        p_kind[i], p_units[i], p_contact[i], p_sender[i], campaign.held_at, p_at);
                    IF cost.price_id IS NULL THEN
                        status[i] := 12;
                        CONTINUE;
                    END IF;
                    IF cost.price < l_price[k] THEN
                        less[i] := cost.price; row_id[i] := cost.price_id; l_saved[k] := l_saved[k] + l_price[k] - cost.price;
                    END IF;
                END IF;
                status[i] := 1; ends[i] := told; l_sent[k] := l_sent[k] + 1;
            END IF;
        END LOOP;

        INSERT INTO metering_send (contract_id, send_id, cycle_start, held_at, price_micro, left_micro, route_id,
                                   reference, campaign_id, price_id, units, terms)
             SELECT p_contract, x.send, campaign.cycle_start, campaign.held_at, x.price, campaign.left_micro, x.route,
                    x.reference, p_campaign, l_price_id[array_position(l_route, x.route)],
                    l_units[array_position(l_route, x.route)], l_terms[array_position(l_route, x.route)]
               FROM unnest(p_send, p_route, p_reference, ends, price) x (send, route, reference, ends, price)
              WHERE x.ends IS NOT NULL
              ORDER BY x.send;          -- two calls with the same ids wait for one another in one direction only
        INSERT INTO metering_settlement (contract_id, send_id, settled_at, outcome, drawn_micro, price_id)
             SELECT p_contract, x.send, p_at, x.outcome, x.less, x.row_id
               FROM unnest(p_send, ends, less, row_id) x (send, outcome, less, row_id)
              WHERE x.outcome IS NOT NULL;
        FOR j IN 1 .. h LOOP            -- what a line drew, from its slices in order
            k := h_owner[j];
            h_sent[j] := least(l_sent[k], h_open[j]); l_sent[k] := l_sent[k] - h_sent[j];
            h_saved[j] := least(l_saved[k], h_sent[j] * l_price[k]); l_saved[k] := l_saved[k] - h_saved[j];
            h_rejected[j] := l_rejected[k]; l_rejected[k] := 0;
        END LOOP;
        UPDATE metering_campaign_slice s
           SET open = s.open - x.sent, sent = s.sent + x.sent, rejected = s.rejected + x.rejected,
               saved_micro = s.saved_micro + x.saved
          FROM unnest(h_line, h_slice, h_sent, h_rejected, h_saved) x (line, slice, sent, rejected, saved)
         WHERE s.contract_id = p_contract AND s.cycle_start = campaign.cycle_start AND s.campaign_id = p_campaign
           AND s.line = x.line AND s.slice = x.slice AND x.sent + x.rejected > 0;
        FOR i IN 1 .. n LOOP
            price[i] := coalesce(less[i], price[i]);
        END LOOP;
        RETURN;
      EXCEPTION
        WHEN SQLSTATE 'AB001' THEN way := way + 1;
        WHEN unique_violation THEN NULL;
      END;
    END LOOP;
    RAISE EXCEPTION 'the same sends are being settled elsewhere' USING ERRCODE = 'serialization_failure';
END $$;

-- metering_campaign_cost_v1: what a send of a campaign costs, at most the price of its line: less what is free at p_at,
-- which it takes with it, or by the other row and units that the carrier counted it as, in force at the hold. Null: the
-- package has no price for that.
CREATE FUNCTION metering_campaign_cost_v1(
    p_contract uuid, p_send uuid, p_route integer, p_row integer, p_price bigint, p_line_units smallint, p_terms smallint,
    p_kind text, p_units smallint, p_contact uuid, p_sender text, p_held_at timestamptz, p_at timestamptz,
    OUT price_id integer, OUT price bigint
) LANGUAGE plpgsql AS $$
DECLARE
    units integer := coalesce(p_line_units, 1);
    free record;
BEGIN
    price_id := p_row; price := p_price;
    IF p_kind IS NOT NULL OR p_units IS NOT NULL THEN
        SELECT w.id INTO price_id FROM metering_other_row_v1(p_row, p_route, p_kind, p_held_at) w;
        IF price_id IS NULL THEN
            RETURN;
        END IF;
    END IF;
    SELECT 0 AS units, 0 AS of_quantity INTO free;
    IF p_terms > 1 THEN
        SELECT * INTO free FROM metering_free_v1(p_contract, p_row, units, p_contact, p_sender, p_at);
        IF free.of_quantity > 0 THEN
            PERFORM metering_free_take_v1(p_contract, p_send, p_row, free.of_quantity, p_sender, p_at);
        END IF;
        price := p_price / units * (units - free.units);
    END IF;
    IF p_kind IS NOT NULL OR p_units IS NOT NULL THEN
        SELECT least(price, metering_units_v1(w.price_micro, CASE WHEN free.units > free.of_quantity THEN 0
                   ELSE greatest(coalesce(p_units, units) - free.of_quantity, 0) END))
          INTO price FROM catalog_sessionprice w WHERE w.id = price_id;
    END IF;
END $$;
