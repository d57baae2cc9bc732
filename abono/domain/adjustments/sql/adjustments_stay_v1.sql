-- A value of an index that an applied adjustment was reckoned with never changes, and none is removed (CAT-13). Raises
-- restrict_violation.
CREATE FUNCTION adjustments_month_stays_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.index_id, NEW.month) = (OLD.index_id, OLD.month)
            AND (NOT OLD.used OR (NEW.used AND NEW.percent = OLD.percent)) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a month of an index that was used never changes' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER adjustments_month_stays BEFORE UPDATE OR DELETE ON adjustments_indexmonth
    FOR EACH ROW EXECUTE FUNCTION adjustments_month_stays_v1();
CREATE TRIGGER adjustments_months_never_emptied BEFORE TRUNCATE ON adjustments_indexmonth
    FOR EACH STATEMENT EXECUTE FUNCTION adjustments_month_stays_v1();

-- What a preview showed of a contract never changes: only what came of it is added.
CREATE FUNCTION adjustments_line_stays_v1() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    its_fate text[] := '{made,withdrawn_at,withdrawn_by,withdrawn_why}';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.withdrawn_at IS NULL AND to_jsonb(OLD) - its_fate = to_jsonb(NEW) - its_fate THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'what was seen of an adjustment never changes' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER adjustments_line_stays BEFORE UPDATE OR DELETE ON adjustments_adjustmentline
    FOR EACH ROW EXECUTE FUNCTION adjustments_line_stays_v1();
CREATE TRIGGER adjustments_lines_never_emptied BEFORE TRUNCATE ON adjustments_adjustmentline
    FOR EACH STATEMENT EXECUTE FUNCTION adjustments_line_stays_v1();
