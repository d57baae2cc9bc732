-- metering_settle_contract_v1: say how sends of one contract ended (PKG-4, PKG-5, PKG-13).
--
-- The first three arrays have one element per event: id of the send, what is told of it, and the moment on the
-- customer's clock. The next two are empty, or say what the carrier counted it as: another kind of its channel, or
-- another number of units. The last two, too: channel and country by which its teller knows it. What is told:
--   1 sent   2 rejected   3 expired (nobody said in time)   4 not delivered   5 delivered
-- Its price list's row, as it was when the send was held, says at which of them its price is drawn: where it draws at
-- `sent`, delivered or not is all the same; where it draws at `delivered`, sent is waited on, and not delivered draws
-- nothing. What was counted otherwise draws the price of that row and of these units, in force at the moment of the
-- hold, and never more than was held; counted as something cheaper yet later on, the difference goes back
-- (metering_recount), as long as that is on no invoice. The answer has one element per event, too: `price` is what it
-- drew or, of another end, that of the hold, and `status` is
--   1 settled   the outcome was written down, or that it draws less than before
--   2 replayed  it was settled so before, or so once; nothing changed
--   3 clash     it ended otherwise before, or earlier in this call; nothing changed
--   4 expired   the hold had been released because nobody settled it in time; nothing is drawn any more
--   5 unknown   there is no such send
--   6 waiting   it draws when it is delivered; nothing changed
--   7 no_price  the package has no price for what it was counted as; nothing changed
--   8 not_drawn it was not delivered, and draws what is: released      9 … it was so before; nothing changed
--  10 other     it was settled before, as a send on another channel or to another country; nothing changed
--  11 counted   it was settled so before, counted as something else that is not dearer, or too long ago; nothing changed
-- A release ends a block: there is room again (LIM-2). A send is settled in the cycle in which it was held.
-- Raises only on misuse: arrays of different length, an unknown outcome. For plans see hold_contract_v1.sql.
CREATE FUNCTION metering_settle_contract_v1(
    p_contract uuid, p_send uuid[], p_outcome smallint[], p_at timestamptz[], p_kind text[], p_units smallint[],
    p_channel text[], p_country text[],
    OUT status smallint[], OUT price bigint[]
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
AS $$
DECLARE
    n integer := cardinality(p_send);
    low uuid; high uuid;                -- the lowest and the highest id of the call
    c record;
    e record;
    i integer;
    told smallint;                      -- how it ends then; 0: it waits
    done smallint;                      -- how the send at hand ended, when it has
    counts bigint[];                    -- … and what it drew by each count: the last is in force
    done_micro bigint;
    at_send uuid;
    costs bigint; row_id integer;
    released bigint; drawn bigint;
    -- per event: how it ended, what it gave back to the package, and the other row by which it was drawn
    outcome smallint[]; freed bigint[]; less bigint[]; price_id integer[];
BEGIN
    IF (cardinality(p_outcome), cardinality(p_at)) IS DISTINCT FROM (n, n)
       OR NOT ARRAY[cardinality(p_kind), cardinality(p_units), cardinality(p_channel), cardinality(p_country)] <@ ARRAY[0, n] THEN
        RAISE EXCEPTION 'arrays of different length' USING ERRCODE = 'array_subscript_error';
    END IF;
    IF NOT (p_outcome <@ '{1,2,3,4,5}'::smallint[]) THEN
        RAISE EXCEPTION 'unknown outcome' USING ERRCODE = 'check_violation';
    END IF;
    status := array_fill(5::smallint, ARRAY[n]); outcome := array_fill(NULL::smallint, ARRAY[n]);
    price := array_fill(NULL::bigint, ARRAY[n]); freed := price; less := price;
    price_id := array_fill(NULL::integer, ARRAY[n]);

    -- So that a look at one id opens the partitions of these ids only, however many months there are.
    low := (SELECT u.send FROM unnest(p_send) u (send) ORDER BY u.send LIMIT 1);
    high := (SELECT u.send FROM unnest(p_send) u (send) ORDER BY u.send DESC LIMIT 1);
    FOR c IN
        SELECT x.cycle_start, x.budgeted,
               -- Nothing of its overage is on an invoice: there is none, or nothing has made one yet.
               x.held_micro + x.used_micro <= x.value_micro AS covered,
               CASE WHEN x.raised = 0 AND x.warned & 8 = 0 THEN x.cycle_end - interval '1 hour' ELSE '-infinity' END AS unbilled_until
          FROM metering_cycle x
         WHERE x.contract_id = p_contract AND x.cycle_start IN (
               SELECT s.cycle_start             -- to which cycle a send belongs never changes
                 FROM unnest(p_send) u (send)
                CROSS JOIN LATERAL (
                      SELECT y.cycle_start FROM metering_send y
                       WHERE y.contract_id = p_contract AND y.send_id = u.send AND y.send_id BETWEEN low AND high LIMIT 1) s)
         ORDER BY x.cycle_start
           FOR NO KEY UPDATE
    LOOP
        released := 0; drawn := 0; at_send := NULL;
        FOR e IN
            SELECT u.n, u.send, u.outcome, s.price_micro, s.terms, s.route_id, s.campaign_id, t.outcome AS done,
                   coalesce(t.drawn_micro, s.price_micro) || k.counts AS counts
              FROM unnest(p_send, p_outcome) WITH ORDINALITY u (send, outcome, n)
             CROSS JOIN LATERAL (
                   SELECT x.cycle_start, x.price_micro, x.terms, x.route_id, x.campaign_id FROM metering_send x
                    WHERE x.contract_id = p_contract AND x.send_id = u.send AND x.send_id BETWEEN low AND high LIMIT 1) s
              LEFT JOIN LATERAL (
                   SELECT x.outcome, x.drawn_micro FROM metering_settlement x
                    WHERE x.contract_id = p_contract AND x.send_id = u.send AND x.send_id BETWEEN low AND high LIMIT 1) t ON true
              LEFT JOIN LATERAL (
                   SELECT array_agg(x.drawn_micro ORDER BY x.drawn_micro DESC) AS counts FROM metering_recount x
                    WHERE t.outcome = 1 AND x.contract_id = p_contract AND x.send_id = u.send) k ON true
             WHERE s.cycle_start = c.cycle_start
             ORDER BY u.send, u.n
        LOOP
            i := e.n;
            IF at_send IS DISTINCT FROM e.send THEN
                at_send := e.send; done := e.done; counts := e.counts;
            END IF;
            done_micro := counts[cardinality(counts)];
            IF done <> 3 AND p_channel[i] IS NOT NULL AND NOT EXISTS (
                   SELECT FROM catalog_route r WHERE r.id = e.route_id AND r.channel = p_channel[i]
                                                 AND (p_country[i] IS NULL OR r.country IN (p_country[i], '*'))) THEN
                status[i] := 10; price[i] := done_micro;
                CONTINUE;
            END IF;
            IF e.terms & 1 = 1 THEN
                told := CASE e.outcome WHEN 5 THEN 1 WHEN 1 THEN 0 ELSE e.outcome END;
            ELSE
                told := CASE WHEN e.outcome IN (4, 5) THEN 1 ELSE e.outcome END;
            END IF;
            costs := e.price_micro; row_id := NULL;
            IF told = 1 AND (p_kind[i] IS NOT NULL OR p_units[i] IS NOT NULL) THEN
                SELECT w.price_id, least(costs, w.price) INTO row_id, costs
                  FROM metering_settled_price_v1(p_contract, e.send, p_kind[i], p_units[i]) w;
                IF row_id IS NULL THEN
                    status[i] := 7; price[i] := e.price_micro;
                    CONTINUE;
                END IF;
            END IF;
            IF done IS NOT NULL THEN
                price[i] := done_micro;
                status[i] := CASE WHEN told IN (0, 4) AND done = 4 THEN 9
                                  WHEN told = 0 AND done = 1 THEN 2
                                  WHEN told = done AND (row_id IS NULL OR costs = ANY (counts)) THEN 2
                                  WHEN told = done AND costs < done_micro AND e.campaign_id IS NULL
                                       AND (c.covered OR p_at[i] < c.unbilled_until) THEN 1
                                  WHEN told = done THEN 11
                                  WHEN done = 3 THEN 4 ELSE 3 END;
                IF status[i] = 1 THEN
                    INSERT INTO metering_recount (contract_id, send_id, cycle_start, drawn_micro, back_micro, price_id, told_at)
                         VALUES (p_contract, e.send, c.cycle_start, costs, done_micro - costs, row_id, p_at[i]);
                    drawn := drawn - (done_micro - costs); freed[i] := done_micro - costs;
                    price[i] := costs; counts := counts || costs;
                END IF;
                CONTINUE;
            END IF;
            price[i] := costs;
            IF told = 0 THEN
                status[i] := 6;
                CONTINUE;
            END IF;
            status[i] := CASE told WHEN 4 THEN 8 ELSE 1 END; outcome[i] := told; done := told; counts := ARRAY[costs];
            released := released + e.price_micro;
            IF told = 1 THEN
                drawn := drawn + costs; freed[i] := e.price_micro - costs;
                IF costs < e.price_micro THEN
                    less[i] := costs; price_id[i] := row_id;
                END IF;
            ELSE
                freed[i] := e.price_micro;
                IF e.terms & 2 = 2 THEN
                    PERFORM metering_free_back_v1(p_contract, e.send);
                END IF;
            END IF;
        END LOOP;
        UPDATE metering_cycle x
           SET held_micro = x.held_micro - released, used_micro = x.used_micro + drawn,
               blocked_at = CASE WHEN released = drawn THEN x.blocked_at END,
               capped_at = CASE WHEN released = drawn THEN x.capped_at END
         WHERE x.contract_id = p_contract AND x.cycle_start = c.cycle_start AND (released, drawn) <> (0, 0);
        IF c.budgeted AND released > drawn THEN
            UPDATE metering_channel_budget b SET total_micro = b.total_micro - f.free
              FROM (SELECT r.channel, sum(u.freed) AS free
                      FROM unnest(p_send, freed) u (send, freed)
                     CROSS JOIN LATERAL (
                           SELECT x.route_id, x.cycle_start FROM metering_send x
                            WHERE x.contract_id = p_contract AND x.send_id = u.send AND x.send_id BETWEEN low AND high LIMIT 1) s
                     CROSS JOIN LATERAL (SELECT x.channel FROM catalog_route x WHERE x.id = s.route_id LIMIT 1) r
                     WHERE u.freed > 0 AND s.cycle_start = c.cycle_start
                     GROUP BY r.channel) f
             WHERE b.contract_id = p_contract AND b.cycle_start = c.cycle_start AND b.channel = f.channel;
        END IF;
    END LOOP;

    INSERT INTO metering_settlement (contract_id, send_id, settled_at, outcome, drawn_micro, price_id)
         SELECT p_contract, x.send, x.moment, x.outcome, x.less, x.price_id
           FROM unnest(p_send, outcome, p_at, less, price_id) x (send, outcome, moment, less, price_id)
          WHERE x.outcome IS NOT NULL;
END $$;

-- metering_settled_price_v1: what a send costs by another kind of its channel and country, or another number of units,
-- in the price list and at the moment of its hold (PKG-13), less what of it was free. Null: there is no such price.
CREATE FUNCTION metering_settled_price_v1(
    p_contract uuid, p_send uuid, p_kind text, p_units smallint, OUT price_id integer, OUT price bigint
) LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan SET jit = off SET enable_seqscan = off
AS $$
BEGIN
    SELECT w.id, metering_units_v1(w.price_micro, CASE WHEN s.terms & 4 = 4 AND s.price_micro = 0 THEN 0
               ELSE greatest(coalesce(p_units, s.units, 1) - coalesce(f.units, 0), 0) END)
      INTO price_id, price
      FROM (SELECT x.* FROM metering_send x WHERE x.contract_id = p_contract AND x.send_id = p_send LIMIT 1) s
      LEFT JOIN metering_free_send f ON f.contract_id = p_contract AND f.send_id = p_send
     CROSS JOIN LATERAL metering_other_row_v1(s.price_id, s.route_id, p_kind, s.held_at) w
     WHERE w.id IS NOT NULL;
END $$;

-- metering_other_row_v1: in the price list of a row, the one in force at a moment for another kind of its route's channel
-- and country (null: the same), and what a unit costs by it.
CREATE FUNCTION metering_other_row_v1(
    p_row bigint, p_route integer, p_kind text, p_at timestamptz, OUT id integer, OUT price_micro bigint
) LANGUAGE sql STABLE AS $$
    SELECT y.id, y.price_micro
      FROM catalog_sessionprice p JOIN catalog_route r ON r.id = p_route
      JOIN catalog_sessionprice y ON y.package_id = p.package_id AND y.valid_from <= p_at
      JOIN catalog_route o ON o.id = y.route_id
       AND o.channel = r.channel AND o.country = r.country AND o.kind = coalesce(p_kind, r.kind)
     WHERE p.id = p_row
     ORDER BY y.valid_from DESC LIMIT 1
$$;
