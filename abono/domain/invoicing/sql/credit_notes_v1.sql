-- A credit note is closed by its row: it is the sum of its lines, which stand on an issued invoice of its customer that
-- was not cancelled, and takes back no more than is left of each, which the check of `invoicing_invoiceline` says
-- (INV-4). Raises check_violation.
CREATE FUNCTION invoicing_credit_note_is_its_lines_v1() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    takes_minor bigint;
BEGIN
    SELECT sum(n.amount_minor) INTO takes_minor FROM invoicing_creditnoteline n
      JOIN invoicing_invoiceline l ON l.id = n.line_id AND l.invoice_id = NEW.invoice_id
      JOIN invoicing_invoice i ON i.id = l.invoice_id AND i.customer_id = NEW.customer_id AND i.state IN ('pending', 'paid')
     WHERE n.note_id = NEW.id;
    IF takes_minor IS DISTINCT FROM NEW.total_minor OR
       EXISTS (SELECT FROM invoicing_creditnoteline n JOIN invoicing_invoiceline l ON l.id = n.line_id
                WHERE n.note_id = NEW.id AND l.invoice_id <> NEW.invoice_id) THEN
        RAISE EXCEPTION 'credit note %-% is not what its lines say', NEW.series, NEW.number USING ERRCODE = 'check_violation';
    END IF;
    PERFORM 1 FROM customers_customer WHERE id = NEW.customer_id AND sandbox = (NEW.series = 'C');
    IF FOUND THEN
        RAISE EXCEPTION 'series % is not that of customer %', NEW.series, NEW.customer_id USING ERRCODE = 'check_violation';
    END IF;
    UPDATE invoicing_invoiceline l SET credited_minor = l.credited_minor + n.amount_minor
      FROM invoicing_creditnoteline n WHERE n.note_id = NEW.id AND l.id = n.line_id;
    RETURN NULL;
END $$;

-- Once a note is there no line is added to it. Raises restrict_violation.
CREATE FUNCTION invoicing_credit_note_is_closed_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM invoicing_creditnote WHERE id = NEW.note_id;
    IF FOUND THEN
        RAISE EXCEPTION 'lines of a credit note never change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER invoicing_credit_note_is_its_lines AFTER INSERT ON invoicing_creditnote
    FOR EACH ROW EXECUTE FUNCTION invoicing_credit_note_is_its_lines_v1();
CREATE TRIGGER invoicing_credit_note_is_closed AFTER INSERT ON invoicing_creditnoteline
    FOR EACH ROW EXECUTE FUNCTION invoicing_credit_note_is_closed_v1();
