-- Wrong passwords, counted for good. After so many the password opens the account from known devices
-- only; the library says how many. A count that grows gives the credential no version; a credential
-- that is closed to strangers, or opened to them, gets one. The next epoch begins with no failures.
--
-- Placeholders as in the first file.

ALTER TABLE "${schema}"."${prefix}credentials"
  ADD COLUMN failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
  ADD COLUMN known_devices_only boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN "${schema}"."${prefix}credentials".failures IS
  'How often the password was wrong in this epoch, or since the account was opened to strangers again.';
COMMENT ON COLUMN "${schema}"."${prefix}credentials".known_devices_only IS
  'The password was wrong too often. False opens the account to strangers again.';

-- As in the file before, with the two columns.
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
    IF NEW.known_devices_only = OLD.known_devices_only THEN
      RETURN NEW;
    END IF;
    -- Closed to strangers, or open to them again: caches hear of it, sessions live on.
    begins_epoch := false;
    IF NOT NEW.known_devices_only THEN
      NEW.failures := 0;
    END IF;
  ELSIF NEW.rehashed_from = OLD.version AND NEW.rehashed_from IS DISTINCT FROM OLD.rehashed_from THEN
    -- Another hash of the same password: sessions live on.
    begins_epoch := false;
  END IF;
  NEW.version := "${schema}"."${prefix}next_version"();
  NEW.row_tag := replace(gen_random_uuid()::text, '-', '');
  IF begins_epoch THEN
    NEW.failures := 0;
    NEW.known_devices_only := false;
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

INSERT INTO "${schema}"."${prefix}schema_history" (version) VALUES (9);
