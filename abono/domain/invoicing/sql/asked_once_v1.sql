-- An issued invoice gets no further line, nor what a sandbox tries out a number of what is owed (INV-4): asked once a statement,
-- of all rows that it added. What is changed or removed is asked of each row as before. Raises restrict_violation,
-- check_violation.
CREATE FUNCTION invoicing_issued_gets_no_line_v1() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    PERFORM 1 FROM added a JOIN invoicing_invoice i ON i.id = a.invoice_id WHERE i.number IS NOT NULL;
    IF FOUND THEN
        RAISE EXCEPTION 'lines of an issued invoice never change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION invoicing_added_in_its_series_v1() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    wrong record;
BEGIN
    SELECT a.series, a.customer_id INTO wrong FROM added a JOIN customers_customer c ON c.id = a.customer_id
     WHERE a.number IS NOT NULL AND c.sandbox = (a.series = 'A') LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'series % is not that of customer %', wrong.series, wrong.customer_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER invoicing_issued_lines_never_change BEFORE UPDATE OR DELETE ON invoicing_invoiceline
    FOR EACH ROW EXECUTE FUNCTION invoicing_issued_lines_never_change_v1();
CREATE TRIGGER invoicing_issued_gets_no_line AFTER INSERT ON invoicing_invoiceline
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION invoicing_issued_gets_no_line_v1();
CREATE OR REPLACE TRIGGER invoicing_series_of_its_own BEFORE UPDATE OF series, number, customer_id ON invoicing_invoice
    FOR EACH ROW WHEN (NEW.number IS NOT NULL) EXECUTE FUNCTION invoicing_series_of_its_own_v1();
CREATE TRIGGER invoicing_added_in_its_series AFTER INSERT ON invoicing_invoice
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION invoicing_added_in_its_series_v1();
