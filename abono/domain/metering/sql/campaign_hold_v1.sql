-- metering_campaign_hold_v1: set package value aside for a whole campaign, all or nothing (PKG-5, PKG-6, PKG-8, PKG-9).
--
-- One element of p_route, p_places and p_slices per line: the route, how many sends, and in how many slices they
-- are kept. p_at is the moment on the customer's clock. The answer: `price` of each line, `total` of them all,
-- `remaining` to the ceiling after it; and `status`:
--   1 held      `total` is set aside
--   2 replayed  this id was held before with the same lines: its first answer again
--   3 clash     this id was held before with other lines
--   4 too_big   it does not fit; `remaining` is the room that there is. Sending goes on (docs/adr/0011)
--   5 no_price  the package has no price for the lines whose `price` is null
--   6 no_cycle  unknown contract, or no cycle covers the moment
--   7 blocked   sending is blocked (LIM-2); a campaign of price 0 passes
-- From 3 on nothing is stored. Raises only on misuse: arrays of different length, counts below 1, a route twice.
CREATE FUNCTION metering_campaign_hold_v1(
    p_contract uuid, p_campaign uuid, p_route integer[], p_places bigint[], p_slices integer[],
    p_at timestamptz, p_expires_at timestamptz, p_reference text,
    OUT status smallint, OUT price bigint[], OUT total bigint, OUT remaining bigint
) LANGUAGE plpgsql AS $$
DECLARE
    n integer := cardinality(p_route);
    cycle metering_cycle;
    covered boolean;
    same boolean;
    whole numeric;                      -- no bigint: what is asked for may be any number
BEGIN
    IF (cardinality(p_places), cardinality(p_slices)) IS DISTINCT FROM (n, n) THEN
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
                   (array_agg(l.route_id ORDER BY l.line), array_agg(l.places ORDER BY l.line)) = (p_route, p_places)
              INTO price, same
              FROM metering_campaign_line l WHERE l.contract_id = p_contract AND l.campaign_id = p_campaign;
            status := CASE WHEN same THEN 2 ELSE 3 END;
            RETURN;
        END IF;
        IF NOT covered THEN
            status := 6;
            RETURN;
        END IF;

        SELECT array_agg(p.price_micro ORDER BY u.n), sum(p.price_micro::numeric * u.places) INTO price, whole
          FROM unnest(p_route, p_places) WITH ORDINALITY u (route, places, n)
          LEFT JOIN LATERAL (
               SELECT x.price_micro FROM catalog_sessionprice x
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

        status := 1; total := whole; remaining := remaining - total;
        INSERT INTO metering_campaign
                    (contract_id, campaign_id, cycle_start, held_at, expires_at, total_micro, left_micro, reference)
             VALUES (p_contract, p_campaign, cycle.cycle_start, p_at, p_expires_at, total, remaining, p_reference)
                 ON CONFLICT DO NOTHING;
        EXIT WHEN FOUND;                -- else it was held in another cycle this instant: answer as for that
    END LOOP;

    INSERT INTO metering_campaign_line (contract_id, campaign_id, line, route_id, price_micro, places)
         SELECT p_contract, p_campaign, u.n, u.route, u.price, u.places
           FROM unnest(p_route, price, p_places) WITH ORDINALITY u (route, price, places, n);
    INSERT INTO metering_campaign_slice (contract_id, cycle_start, campaign_id, line, slice, price_micro, open)
         SELECT p_contract, cycle.cycle_start, p_campaign, u.n, k, u.price,
                u.places / u.slices + CASE WHEN k <= u.places % u.slices THEN 1 ELSE 0 END
           FROM unnest(price, p_places, p_slices) WITH ORDINALITY u (price, places, slices, n)
          CROSS JOIN LATERAL generate_series(1, u.slices) k;
    UPDATE metering_cycle c SET held_micro = c.held_micro + total
     WHERE c.contract_id = p_contract AND c.cycle_start = cycle.cycle_start AND total > 0;
    IF cycle.ceiling_micro - remaining >= cycle.warn_next_micro THEN
        PERFORM metering_warn_v1(p_contract, cycle.cycle_start, p_at);
    END IF;
END $$;
