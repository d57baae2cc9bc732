-- An invoice that has a number never changes but for being paid or cancelled, and is never removed;
-- its lines not at all (INV-4). Raises restrict_violation.
CREATE FUNCTION invoicing_issued_never_changes_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.number IS NULL THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' OR
       (to_jsonb(OLD) - '{state,paid_at,cancelled_at}'::text[])
       IS DISTINCT FROM (to_jsonb(NEW) - '{state,paid_at,cancelled_at}'::text[]) THEN
        RAISE EXCEPTION 'invoice %-% was issued and never changes', OLD.series, OLD.number
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION invoicing_issued_lines_never_change_v1() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    invoices uuid[] := CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.invoice_id]
                                  WHEN 'DELETE' THEN ARRAY[OLD.invoice_id]
                                  ELSE ARRAY[OLD.invoice_id, NEW.invoice_id] END;
BEGIN
    PERFORM 1 FROM invoicing_invoice WHERE id = ANY (invoices) AND number IS NOT NULL;
    IF FOUND THEN
        RAISE EXCEPTION 'lines of an issued invoice never change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER invoicing_issued_never_changes BEFORE UPDATE OR DELETE ON invoicing_invoice
    FOR EACH ROW EXECUTE FUNCTION invoicing_issued_never_changes_v1();
CREATE TRIGGER invoicing_issued_lines_never_change BEFORE INSERT OR UPDATE OR DELETE ON invoicing_invoiceline
    FOR EACH ROW EXECUTE FUNCTION invoicing_issued_lines_never_change_v1();
