-- append_only_v1: refuses to change or remove rows of a table that only grows. Raises restrict_violation.
CREATE FUNCTION append_only_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
