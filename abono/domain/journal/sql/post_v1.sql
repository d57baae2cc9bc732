-- Write entries with their postings, many in one call (PAY-13). An entry whose fact is in the journal already is left
-- out, with its postings. Of whom it is, its invoice says, and that customer whether it is of a sandbox.
CREATE FUNCTION journal_post_v1(entries jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO journal_entry (id, fact, reference, customer_id, contract_id, invoice_id, sandbox, made_at, day)
    SELECT e.id, e.fact, e.reference, i.customer_id, i.contract_id, e.invoice_id, coalesce(c.sandbox, false), e.made_at, e.day
      FROM jsonb_to_recordset(entries) AS e(id uuid, fact text, reference uuid, invoice_id uuid, made_at timestamptz, day date)
      LEFT JOIN invoicing_invoice i ON i.id = e.invoice_id
      LEFT JOIN customers_customer c ON c.id = i.customer_id
    ON CONFLICT (fact, reference) DO NOTHING;
    INSERT INTO journal_posting (entry_id, account, detail, currency, amount_minor)
    SELECT e.id, p.account, p.detail, p.currency, p.amount_minor
      FROM jsonb_to_recordset(entries) AS e(id uuid, postings jsonb)
      JOIN journal_entry j ON j.id = e.id
     CROSS JOIN LATERAL jsonb_to_recordset(e.postings) AS p(account text, detail text, currency text, amount_minor bigint);
END $$;

-- What a statement adds to an entry sums to zero in each currency; as nothing is changed or removed, so does the entry.
-- Asked once a statement, of what it added. Raises check_violation.
CREATE FUNCTION journal_sums_to_zero_v1() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT entry_id, currency, sum(amount_minor) AS minor INTO wrong
      FROM added GROUP BY entry_id, currency HAVING sum(amount_minor) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % does not sum to zero: % %', wrong.entry_id, wrong.currency, wrong.minor
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER journal_sums_to_zero AFTER INSERT ON journal_posting
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION journal_sums_to_zero_v1();
