-- An invoice that has a number never changes but for being paid or cancelled and for what is taken off what is owed
-- of it or comes of it, and is never removed; its lines not at all, but for the sum of their credit notes, which these alone move
-- (INV-4). Raises restrict_violation.
CREATE FUNCTION invoicing_issued_never_changes_v4() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    beside text[] := '{state,paid_at,cancelled_at,credited_minor,credit_used_minor,received_minor,refunded_minor,withheld_minor}';
BEGIN
    IF OLD.number IS NULL THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' OR
       (to_jsonb(OLD) - beside) IS DISTINCT FROM (to_jsonb(NEW) - beside) OR
       NEW.credited_minor < OLD.credited_minor THEN
        RAISE EXCEPTION 'invoice %-% was issued and never changes', OLD.series, OLD.number
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER invoicing_issued_never_changes BEFORE UPDATE OR DELETE ON invoicing_invoice
    FOR EACH ROW EXECUTE FUNCTION invoicing_issued_never_changes_v4();
