-- metering_campaign_hold_v1: set package value aside for a whole campaign, all or nothing (PKG-5, PKG-6, PKG-8, PKG-9,
-- LIM-5).
--
-- One element of p_route, p_units, p_places and p_slices per line: the route, how many units of its price each send
-- is (null: one), how many sends, and in how many slices they are kept. What a price has free (CAT-9) is known when a
-- send leaves: until then its whole price is held. p_at is the moment on the customer's clock. The answer: `price` of each line, `total` of them all,
-- `remaining` of what may still go out after it; and `status`:
--   1 held      `total` is set aside
--   2 replayed  this id was held before with the same lines: its first answer again
--   3 clash     this id was held before with other lines
--   4 too_big   it does not fit; `remaining` is the room that there is. Sending goes on (docs/adr/0011)
--   5 no_price  the package has no price for the lines whose `price` is null
--   6 no_cycle  unknown contract, or no cycle covers the moment
--   7 blocked   sending is blocked (LIM-2); a campaign of price 0 passes
--   8 capped    it would pass the customer's own cap; `remaining` is the room below that
--   9 over_budget  it would pass the customer's own budget of the channel `over`; `remaining` is what that has left
-- From 3 on nothing is stored. Raises only on misuse: arrays of different length, counts below 1, a route twice.
CREATE FUNCTION metering_campaign_hold_v1(
    p_contract uuid, p_campaign uuid, p_route integer[], p_units smallint[], p_places bigint[], p_slices integer[],
    p_at timestamptz, p_expires_at timestamptz, p_reference text,
    OUT status smallint, OUT price bigint[], OUT total bigint, OUT remaining bigint, OUT over text
) LANGUAGE plpgsql AS $$
DECLARE
    n integer := cardinality(p_route);
    cycle metering_cycle;
    covered boolean;
    same boolean;
    room bigint;
    whole numeric;                      -- no bigint: what is asked for may be any number
    row_ids integer[]; terms smallint[];    -- of the price list
BEGIN
    IF (cardinality(p_units), cardinality(p_places), cardinality(p_slices)) IS DISTINCT FROM (n, n, n) THEN
        RAISE EXCEPTION 'arrays of different length' USING ERRCODE = 'array_subscript_error';
    END IF;
    LOOP
        SELECT * INTO cycle FROM metering_cycle c
         WHERE c.contract_id = p_contract AND c.cycle_start <= p_at AND c.cycle_end > p_at
           FOR NO KEY UPDATE;
        covered := FOUND;

        SELECT c.total_micro, c.left_micro INTO total, remaining FROM metering_campaign c
         WHERE c.contract_id = p_contract AND c.campaign_id = p_campaign;
        IF FOUND THEN
            SELECT array_agg(l.price_micro ORDER BY l.line),
                   (array_agg(l.route_id ORDER BY l.line), array_agg(l.places ORDER BY l.line),
                    array_agg(coalesce(l.units, 1::smallint) ORDER BY l.line))
                   = (p_route, p_places, (SELECT array_agg(coalesce(u.units, 1::smallint) ORDER BY u.n)
                                            FROM unnest(p_units) WITH ORDINALITY u (units, n)))
              INTO price, same
              FROM metering_campaign_line l WHERE l.contract_id = p_contract AND l.campaign_id = p_campaign;
            status := CASE WHEN same THEN 2 ELSE 3 END;
            RETURN;
        END IF;
        IF NOT covered THEN
            status := 6;
            RETURN;
        END IF;

        SELECT array_agg(p.price_micro ORDER BY u.n), array_agg(p.id ORDER BY u.n), array_agg(p.terms ORDER BY u.n),
               sum(p.price_micro::numeric * u.places)
          INTO price, row_ids, terms, whole
          FROM unnest(p_route, p_units, p_places) WITH ORDINALITY u (route, units, places, n)
          LEFT JOIN LATERAL (
               SELECT x.id, metering_units_v1(x.price_micro, u.units) AS price_micro, x.terms FROM catalog_sessionprice x
                WHERE x.package_id = cycle.package_id AND x.route_id = u.route AND x.valid_from <= p_at
                ORDER BY x.valid_from DESC LIMIT 1) p ON true;
        IF array_position(price, NULL) IS NOT NULL THEN
            status := 5;
            RETURN;
        END IF;
        remaining := cycle.ceiling_micro - cycle.held_micro - cycle.used_micro;
        IF whole > 0 AND (cycle.blocked_at IS NOT NULL OR whole > remaining) THEN
            status := CASE WHEN cycle.blocked_at IS NOT NULL THEN 7 ELSE 4 END;
            RETURN;
        END IF;
        remaining := greatest(least(cycle.ceiling_micro, cycle.cap_micro) - cycle.held_micro - cycle.used_micro, 0);
        IF whole > remaining THEN
            status := 8;
            RETURN;
        END IF;
        IF cycle.budgeted THEN
            SELECT w.channel, greatest(b.budget_micro - b.total_micro, 0) INTO over, room
              FROM (SELECT r.channel, min(u.n) AS n, sum(u.price::numeric * u.places) AS amount
                      FROM unnest(p_route, price, p_places) WITH ORDINALITY u (route, price, places, n)
                      JOIN catalog_route r ON r.id = u.route GROUP BY r.channel) w
              JOIN metering_channel_budget b ON b.contract_id = p_contract AND b.cycle_start = cycle.cycle_start
                                            AND b.channel = w.channel
             WHERE w.amount > 0 AND w.amount > b.budget_micro - b.total_micro
             ORDER BY w.n LIMIT 1;
            IF FOUND THEN
                status := 9; remaining := room;
                RETURN;
            END IF;
        END IF;

        status := 1; total := whole; remaining := remaining - total;
        INSERT INTO metering_campaign
                    (contract_id, campaign_id, cycle_start, held_at, expires_at, total_micro, left_micro, reference)
             VALUES (p_contract, p_campaign, cycle.cycle_start, p_at, p_expires_at, total, remaining, p_reference)
                 ON CONFLICT DO NOTHING;
        EXIT WHEN FOUND;                -- else it was held in another cycle this instant: answer as for that
    END LOOP;

    INSERT INTO metering_campaign_line (contract_id, campaign_id, line, route_id, price_id, price_micro, places, units, terms)
         SELECT p_contract, p_campaign, u.n, u.route, u.price_id, u.price, u.places, nullif(u.units, 1), u.terms
           FROM unnest(p_route, row_ids, price, p_places, p_units, terms)
                WITH ORDINALITY u (route, price_id, price, places, units, terms, n);
    INSERT INTO metering_campaign_slice (contract_id, cycle_start, campaign_id, line, slice, price_micro, open)
         SELECT p_contract, cycle.cycle_start, p_campaign, u.n, k, u.price,
                u.places / u.slices + CASE WHEN k <= u.places % u.slices THEN 1 ELSE 0 END
           FROM unnest(price, p_places, p_slices) WITH ORDINALITY u (price, places, slices, n)
          CROSS JOIN LATERAL generate_series(1, u.slices) k;
    UPDATE metering_cycle c SET held_micro = c.held_micro + total
     WHERE c.contract_id = p_contract AND c.cycle_start = cycle.cycle_start AND total > 0;
    IF cycle.budgeted THEN
        INSERT INTO metering_channel_budget AS b (contract_id, cycle_start, channel, total_micro)
             SELECT p_contract, cycle.cycle_start, r.channel, sum(u.price * u.places)
               FROM unnest(p_route, price, p_places) u (route, price, places)
               JOIN catalog_route r ON r.id = u.route
              GROUP BY r.channel HAVING sum(u.price * u.places) > 0
                 ON CONFLICT (contract_id, cycle_start, channel) DO UPDATE
                SET total_micro = b.total_micro + excluded.total_micro;
    END IF;
    IF cycle.held_micro + cycle.used_micro + total >= cycle.warn_next_micro THEN
        PERFORM metering_warn_v1(p_contract, cycle.cycle_start, p_at);
    END IF;
END $$;
