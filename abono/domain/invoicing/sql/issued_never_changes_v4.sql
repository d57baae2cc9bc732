-- An invoice that has a number never changes but for being paid or cancelled and for what is taken off what is owed
-- of it or comes of it, and is never removed; its lines not at all, but for the sum of their credit notes, which these alone move
-- (INV-4). Raises restrict_violation.
CREATE FUNCTION invoicing_issued_never_changes_v4() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stays invoicing_invoice := NEW;
BEGIN
    IF OLD.number IS NULL THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    stays.state := OLD.state;
    stays.paid_at := OLD.paid_at;
    stays.cancelled_at := OLD.cancelled_at;
    stays.credited_minor := OLD.credited_minor;
    stays.credit_used_minor := OLD.credit_used_minor;
    stays.received_minor := OLD.received_minor;
    stays.refunded_minor := OLD.refunded_minor;
    stays.withheld_minor := OLD.withheld_minor;
    IF TG_OP = 'DELETE' OR stays IS DISTINCT FROM OLD OR NEW.credited_minor < OLD.credited_minor THEN
        RAISE EXCEPTION 'invoice %-% was issued and never changes', OLD.series, OLD.number
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER invoicing_issued_never_changes BEFORE UPDATE OR DELETE ON invoicing_invoice
    FOR EACH ROW EXECUTE FUNCTION invoicing_issued_never_changes_v4();
