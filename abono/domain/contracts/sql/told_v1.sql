-- Whoever remembers a contract, or what it allows, hears once the transaction is there that this may be something else now
-- (CAT-12). What changes by time alone nobody tells: it is read with the moment at which it does.
CREATE FUNCTION contracts_told_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'contracts_term' THEN
        PERFORM pg_notify('abono_changed', 'contract:' || coalesce(NEW.contract_id, OLD.contract_id));
    ELSE
        PERFORM pg_notify('abono_changed', 'contract:' || NEW.id);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER contracts_terms_told AFTER INSERT OR DELETE ON contracts_term
    FOR EACH ROW EXECUTE FUNCTION contracts_told_v1();
CREATE TRIGGER contracts_told AFTER UPDATE ON contracts_contract
    FOR EACH ROW WHEN (
        OLD.state <> NEW.state OR OLD.term_id <> NEW.term_id OR OLD.ends_at IS DISTINCT FROM NEW.ends_at
        OR NEW.state = 'ending' AND OLD.cycle_end IS DISTINCT FROM NEW.cycle_end)
    EXECUTE FUNCTION contracts_told_v1();
