-- An entry follows the one before it: the next number, and a balance that is the last one and its amount, in the
-- currency of the contract (INV-9). Raises check_violation.
CREATE FUNCTION credit_entry_follows_v1() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before_minor bigint := 0;
BEGIN
    IF NEW.place > 1 THEN
        SELECT balance_minor INTO before_minor FROM credit_entry
         WHERE contract_id = NEW.contract_id AND place = NEW.place - 1;
    END IF;
    PERFORM 1 FROM contracts_contract WHERE id = NEW.contract_id AND currency = NEW.currency;
    IF NOT FOUND OR NEW.place < 1 OR before_minor + NEW.amount_minor IS DISTINCT FROM NEW.balance_minor THEN
        RAISE EXCEPTION 'credit entry % of contract % does not follow the one before it', NEW.place, NEW.contract_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER credit_entry_follows AFTER INSERT ON credit_entry
    FOR EACH ROW EXECUTE FUNCTION credit_entry_follows_v1();
