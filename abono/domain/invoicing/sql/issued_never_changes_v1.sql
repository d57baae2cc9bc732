-- An invoice that has a number never changes but for being paid or cancelled and for what is taken off what is owed
-- of it, and is never removed; its lines not at all, but for the sum of their credit notes, which these alone move
-- (INV-4). Raises restrict_violation.
CREATE FUNCTION invoicing_issued_never_changes_v1() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    beside text[] := '{state,paid_at,cancelled_at,credited_minor,credit_used_minor}';
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

CREATE FUNCTION invoicing_issued_lines_never_change_v1() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    invoices uuid[] := CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.invoice_id]
                                  WHEN 'DELETE' THEN ARRAY[OLD.invoice_id]
                                  ELSE ARRAY[OLD.invoice_id, NEW.invoice_id] END;
BEGIN
    PERFORM 1 FROM invoicing_invoice WHERE id = ANY (invoices) AND number IS NOT NULL;
    IF FOUND AND TG_OP = 'UPDATE' AND pg_trigger_depth() > 1    -- asked by a credit note
             AND to_jsonb(OLD) - 'credited_minor' = to_jsonb(NEW) - 'credited_minor' THEN
        RETURN NEW;
    END IF;
    IF FOUND THEN
        RAISE EXCEPTION 'lines of an issued invoice never change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

-- What a sandbox tries out takes no number of what is owed, nor the other way round (INV-4). Raises check_violation.
CREATE FUNCTION invoicing_series_of_its_own_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM customers_customer WHERE id = NEW.customer_id AND sandbox = (NEW.series = 'A');
    IF FOUND THEN
        RAISE EXCEPTION 'series % is not that of customer %', NEW.series, NEW.customer_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER invoicing_series_of_its_own BEFORE INSERT OR UPDATE OF series, number, customer_id ON invoicing_invoice
    FOR EACH ROW WHEN (NEW.number IS NOT NULL) EXECUTE FUNCTION invoicing_series_of_its_own_v1();
CREATE TRIGGER invoicing_issued_never_changes BEFORE UPDATE OR DELETE ON invoicing_invoice
    FOR EACH ROW EXECUTE FUNCTION invoicing_issued_never_changes_v1();
CREATE TRIGGER invoicing_issued_lines_never_change BEFORE INSERT OR UPDATE OR DELETE ON invoicing_invoiceline
    FOR EACH ROW EXECUTE FUNCTION invoicing_issued_lines_never_change_v1();
