-- Write entries with their postings, many in one call (PAY-13), each column as an array. An entry whose fact is in the journal
-- already is left out, with its postings. Of whom it is, its invoice says, and that customer whether it is of a sandbox.
CREATE FUNCTION journal_post_v2(
    ids uuid[], facts text[], refs uuid[], invoices uuid[], moments timestamptz[], days date[],
    entries uuid[], accounts text[], details text[], currencies text[], amounts bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO journal_entry (id, fact, reference, customer_id, contract_id, invoice_id, sandbox, made_at, day)
    SELECT e.id, e.fact, e.reference, i.customer_id, i.contract_id, e.invoice_id, coalesce(c.sandbox, false), e.made_at, e.day
      FROM unnest(ids, facts, refs, invoices, moments, days) AS e(id, fact, reference, invoice_id, made_at, day)
      LEFT JOIN invoicing_invoice i ON i.id = e.invoice_id
      LEFT JOIN customers_customer c ON c.id = i.customer_id
    ON CONFLICT (fact, reference) DO NOTHING;
    INSERT INTO journal_posting (entry_id, account, detail, currency, amount_minor)
    SELECT p.entry_id, p.account, p.detail, p.currency, p.amount_minor
      FROM unnest(entries, accounts, details, currencies, amounts) WITH ORDINALITY
           AS p(entry_id, account, detail, currency, amount_minor, place)
      JOIN journal_entry j ON j.id = p.entry_id
     ORDER BY p.place;
END $$;
