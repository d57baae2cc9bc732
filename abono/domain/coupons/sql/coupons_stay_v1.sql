-- What a coupon takes off, for whom and how long never changes: it is ended once, and never removed (INV-8). Raises
-- restrict_violation.
CREATE FUNCTION coupons_coupon_stays_v1() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    its_end text[] := '{ended_at,ended_by,ended_why}';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.ended_at IS NULL AND to_jsonb(OLD) - its_end = to_jsonb(NEW) - its_end THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a coupon is ended once, and else never changed or removed' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER coupons_coupon_stays BEFORE UPDATE OR DELETE ON coupons_coupon
    FOR EACH ROW EXECUTE FUNCTION coupons_coupon_stays_v1();
CREATE TRIGGER coupons_coupons_never_emptied BEFORE TRUNCATE ON coupons_coupon
    FOR EACH STATEMENT EXECUTE FUNCTION coupons_coupon_stays_v1();

-- Which contract has which coupon is never changed, and removed only with a contract that nobody paid.
CREATE TRIGGER coupons_redemptions_stay BEFORE UPDATE OR DELETE ON coupons_redemption
    FOR EACH ROW EXECUTE FUNCTION contracts_terms_stay_v1();
CREATE TRIGGER coupons_redemptions_never_emptied BEFORE TRUNCATE ON coupons_redemption
    FOR EACH STATEMENT EXECUTE FUNCTION contracts_terms_stay_v1();
