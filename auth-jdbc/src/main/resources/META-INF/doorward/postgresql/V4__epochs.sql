-- Epochs as pairs. A session is good only in the epoch in which it was proved, and two epochs are
-- the same only if number and tag are equal: a database that failed over and lost its last commits
-- hands numbers out again, but no tag.
--
-- Placeholders as in the first file. The number of an epoch is credentials.min_version and
-- sessions.credential_version; the tag is the row tag of the version that began the epoch.

ALTER TABLE "${schema}"."${prefix}credentials" ADD COLUMN epoch_tag text;
ALTER TABLE "${schema}"."${prefix}sessions" ADD COLUMN epoch_tag text;
ALTER TABLE "${schema}"."${prefix}operations" ADD COLUMN epoch_tag text;

-- The credential's trigger does not look at this column yet, so no version moves.
UPDATE "${schema}"."${prefix}credentials" SET epoch_tag =
  CASE WHEN version = min_version THEN row_tag ELSE replace(gen_random_uuid()::text, '-', '') END;
UPDATE "${schema}"."${prefix}sessions" s
  SET credential_version = c.min_version, epoch_tag = c.epoch_tag
  FROM "${schema}"."${prefix}credentials" c
  WHERE c.account_id = s.account_id AND s.credential_version >= c.min_version;
-- These are over already: they were proved by an older credential.
UPDATE "${schema}"."${prefix}sessions" SET epoch_tag = 'over' WHERE epoch_tag IS NULL;
UPDATE "${schema}"."${prefix}operations" SET epoch_tag = 'unknown' WHERE roles IS NOT NULL;

ALTER TABLE "${schema}"."${prefix}credentials" ALTER COLUMN epoch_tag SET NOT NULL;
ALTER TABLE "${schema}"."${prefix}sessions" ALTER COLUMN epoch_tag SET NOT NULL;

COMMENT ON COLUMN "${schema}"."${prefix}credentials".min_version IS
  'Set by a trigger. The number of the present epoch: the version that began it.';
COMMENT ON COLUMN "${schema}"."${prefix}credentials".epoch_tag IS
  'Set by a trigger. The tag of the present epoch. Sessions of another pair of number and tag are over.';
COMMENT ON COLUMN "${schema}"."${prefix}sessions".credential_version IS
  'The number of the epoch in which the session was proved.';
COMMENT ON COLUMN "${schema}"."${prefix}sessions".epoch_tag IS
  'The tag of the epoch in which the session was proved.';

-- As in the first file; an epoch now has a tag beside its number.
CREATE OR REPLACE FUNCTION "${schema}"."${prefix}credential_stamp"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  begins_epoch boolean := true;
BEGIN
  IF TG_OP = 'INSERT' THEN
    -- Waits for a running change of the account: what follows sees the identifier after it.
    PERFORM 1 FROM "${schema}"."${prefix}accounts" WHERE id = NEW.account_id FOR KEY SHARE;
  ELSIF NEW.account_id <> OLD.account_id OR NEW.type <> OLD.type THEN
    RAISE EXCEPTION 'a credential cannot be moved: delete it and insert another'
      USING ERRCODE = 'integrity_constraint_violation';
  ELSIF NEW.secret IS NOT DISTINCT FROM OLD.secret
    AND NEW.version IS NOT DISTINCT FROM OLD.version
    AND NEW.row_tag IS NOT DISTINCT FROM OLD.row_tag
    AND NEW.min_version IS NOT DISTINCT FROM OLD.min_version
    AND NEW.epoch_tag IS NOT DISTINCT FROM OLD.epoch_tag
    AND NEW.rehashed_from IS NOT DISTINCT FROM OLD.rehashed_from THEN
    RETURN NEW;
  ELSIF NEW.rehashed_from = OLD.version AND NEW.rehashed_from IS DISTINCT FROM OLD.rehashed_from THEN
    -- Another hash of the same password: sessions live on.
    begins_epoch := false;
  END IF;
  NEW.version := nextval('"${schema}"."${prefix}versions"');
  NEW.row_tag := replace(gen_random_uuid()::text, '-', '');
  IF begins_epoch THEN
    NEW.min_version := NEW.version;
    NEW.epoch_tag := NEW.row_tag;
    NEW.rehashed_from := NULL;
  ELSE
    NEW.min_version := OLD.min_version;
    NEW.epoch_tag := OLD.epoch_tag;
  END IF;
  NEW.updated_at := now();
  RETURN NEW;
END
$$;

INSERT INTO "${schema}"."${prefix}schema_history" (version) VALUES (4);
