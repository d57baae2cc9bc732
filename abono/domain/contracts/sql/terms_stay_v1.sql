-- What held of a contract is never changed, and removed only with a contract that nobody paid. Raises restrict_violation.
CREATE FUNCTION contracts_terms_stay_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM 1 FROM contracts_contract WHERE id = OLD.contract_id AND state = 'pending';
        IF FOUND THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER contracts_terms_stay BEFORE UPDATE OR DELETE ON contracts_term
    FOR EACH ROW EXECUTE FUNCTION contracts_terms_stay_v1();
CREATE TRIGGER contracts_terms_never_emptied BEFORE TRUNCATE ON contracts_term
    FOR EACH STATEMENT EXECUTE FUNCTION contracts_terms_stay_v1();
