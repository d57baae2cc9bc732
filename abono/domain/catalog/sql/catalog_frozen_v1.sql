-- What was sold once never changes (CAT-5): the database refuses what code forgets.
--
--   catalog_plan, catalog_package   an UPDATE may only set on_sale_until, once; no DELETE
--   catalog_planprice               no UPDATE, no DELETE
--   catalog_sessionprice            no UPDATE, no DELETE; a new row of the same package and route is
--                                   always later than those before it (CAT-6)
--
-- Each refusal is a restrict_violation (23001). TRUNCATE is left alone: only an empty test database needs it.

CREATE FUNCTION catalog_refuse_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of %: what was sold never changes (CAT-5)', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION catalog_only_close_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.on_sale_until IS NULL AND NEW.on_sale_until IS NOT NULL
       AND to_jsonb(NEW) - 'on_sale_until' = to_jsonb(OLD) - 'on_sale_until' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a version in % never changes; it can only be taken off sale, once (CAT-5)', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION catalog_price_in_order_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM catalog_sessionprice
                WHERE package_id = NEW.package_id AND route_id = NEW.route_id
                  AND valid_from >= NEW.valid_from) THEN
        RAISE EXCEPTION 'a session price is followed by later ones only (CAT-6)'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER catalog_frozen_update BEFORE UPDATE ON catalog_plan
    FOR EACH ROW EXECUTE FUNCTION catalog_only_close_v1();
CREATE TRIGGER catalog_frozen_update BEFORE UPDATE ON catalog_package
    FOR EACH ROW EXECUTE FUNCTION catalog_only_close_v1();
CREATE TRIGGER catalog_frozen_delete BEFORE DELETE ON catalog_plan
    FOR EACH ROW EXECUTE FUNCTION catalog_refuse_v1();
CREATE TRIGGER catalog_frozen_delete BEFORE DELETE ON catalog_package
    FOR EACH ROW EXECUTE FUNCTION catalog_refuse_v1();
CREATE TRIGGER catalog_frozen BEFORE UPDATE OR DELETE ON catalog_planprice
    FOR EACH ROW EXECUTE FUNCTION catalog_refuse_v1();
CREATE TRIGGER catalog_frozen BEFORE UPDATE OR DELETE ON catalog_sessionprice
    FOR EACH ROW EXECUTE FUNCTION catalog_refuse_v1();
CREATE TRIGGER catalog_price_in_order BEFORE INSERT ON catalog_sessionprice
    FOR EACH ROW EXECUTE FUNCTION catalog_price_in_order_v1();
