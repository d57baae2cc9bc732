-- A change that somebody accepted is never removed, and what was seen of any is never changed. Raises restrict_violation.
CREATE FUNCTION contracts_changes_stay_v2() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.state = 'quoted' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND
        (NEW.contract_id, NEW.before_id, NEW.plan_id, NEW.package_id, NEW.extra_licences, NEW.quote, NEW.asked_by, NEW.asked_at)
        IS NOT DISTINCT FROM
        (OLD.contract_id, OLD.before_id, OLD.plan_id, OLD.package_id, OLD.extra_licences, OLD.quote, OLD.asked_by, OLD.asked_at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what was seen of a change never changes, and an accepted one stays' USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER contracts_changes_stay BEFORE UPDATE OR DELETE ON contracts_change
    FOR EACH ROW EXECUTE FUNCTION contracts_changes_stay_v2();
