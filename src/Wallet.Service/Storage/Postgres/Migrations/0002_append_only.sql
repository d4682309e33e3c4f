-- The last line of defence: history is only ever added to, whoever is connected. Triggers are not to be had on tables that Citus
-- distributes; there the service's role is granted INSERT and SELECT alone.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: its rows are never changed or removed', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER entries_append_only BEFORE UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entries_no_truncate BEFORE TRUNCATE ON entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transfers_append_only BEFORE UPDATE OR DELETE ON transfers FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transfers_no_truncate BEFORE TRUNCATE ON transfers FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER accounts_no_delete BEFORE DELETE ON accounts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER accounts_no_truncate BEFORE TRUNCATE ON accounts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What the chain's opening hash binds.
CREATE TRIGGER accounts_identity BEFORE UPDATE ON accounts FOR EACH ROW
    WHEN ((OLD.id, OLD.user_id, OLD.currency, OLD.kind, OLD.created_at) IS DISTINCT FROM
          (NEW.id, NEW.user_id, NEW.currency, NEW.kind, NEW.created_at))
    EXECUTE FUNCTION refuse_change();
