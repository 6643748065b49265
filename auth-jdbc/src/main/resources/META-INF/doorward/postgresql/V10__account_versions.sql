-- Version, row tag and epoch belong to the account, so that an account without a password has them,
-- too. Credentials are rows of any type and number: a password, and what later versions add.
--
-- Placeholders as in the first file. An account's version moves with its status, its login identifier
-- and any row of its credentials. Its epoch begins anew with all of these but two: another form of the
-- same secret, and known_devices_only. A column of the account that a trigger keeps is changed by
-- setting it to 0: version moves the version, epoch begins an epoch, key_epoch one of API keys.
--
-- Locks are taken in the order credentials, accounts, profiles: whoever changes a credential holds its
-- row before a trigger can run. Only the deletion of an account goes the other way.

-- First, so that nothing changes what is copied.
LOCK TABLE "${schema}"."${prefix}accounts", "${schema}"."${prefix}credentials"
  IN ACCESS EXCLUSIVE MODE;

ALTER TABLE "${schema}"."${prefix}accounts"
  ADD COLUMN version bigint CHECK (version > 0),
  ADD COLUMN row_tag text,
  ADD COLUMN epoch bigint,
  ADD COLUMN epoch_tag text,
  ADD COLUMN key_epoch bigint,
  ADD COLUMN key_epoch_tag text;

-- What caches and sessions know today stays as it is: the account goes on with its password's values.
UPDATE "${schema}"."${prefix}accounts" a SET
  version = c.version, row_tag = c.row_tag,
  epoch = c.min_version, epoch_tag = c.epoch_tag,
  key_epoch = c.min_version, key_epoch_tag = c.epoch_tag
FROM "${schema}"."${prefix}credentials" c
WHERE c.account_id = a.id AND c.type = 'password';
-- An account without a password had no session.
UPDATE "${schema}"."${prefix}accounts" SET
  version = "${schema}"."${prefix}next_version"(),
  row_tag = replace(gen_random_uuid()::text, '-', '')
WHERE version IS NULL;
UPDATE "${schema}"."${prefix}accounts" SET
  epoch = version, epoch_tag = row_tag, key_epoch = version, key_epoch_tag = row_tag
WHERE epoch IS NULL;

ALTER TABLE "${schema}"."${prefix}accounts"
  ALTER COLUMN version SET NOT NULL,
  ALTER COLUMN row_tag SET NOT NULL,
  ALTER COLUMN epoch SET NOT NULL,
  ALTER COLUMN epoch_tag SET NOT NULL,
  ALTER COLUMN key_epoch SET NOT NULL,
  ALTER COLUMN key_epoch_tag SET NOT NULL,
  ADD CHECK (epoch BETWEEN 1 AND version),
  ADD CHECK (key_epoch BETWEEN 1 AND version);
COMMENT ON COLUMN "${schema}"."${prefix}accounts".version IS
  'Set by a trigger: the state of the account and its credentials, together with row_tag.';
COMMENT ON COLUMN "${schema}"."${prefix}accounts".row_tag IS 'Set by a trigger. Random.';
COMMENT ON COLUMN "${schema}"."${prefix}accounts".epoch IS
  'Set by a trigger. The number of the present epoch: the version that began it.';
COMMENT ON COLUMN "${schema}"."${prefix}accounts".epoch_tag IS
  'Set by a trigger. The tag of the present epoch. Sessions of another pair of number and tag are over.';
COMMENT ON COLUMN "${schema}"."${prefix}accounts".key_epoch IS
  'Set by a trigger. As epoch, for API keys: only a change of status begins another.';
COMMENT ON COLUMN "${schema}"."${prefix}accounts".key_epoch_tag IS
  'Set by a trigger. As epoch_tag, for API keys.';

ALTER TABLE "${schema}"."${prefix}credentials"
  ADD COLUMN id text COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN key_id text COLLATE "C" CHECK (key_id ~ '^[A-Za-z0-9_-]{1,32}$'),
  ADD COLUMN failures_epoch bigint NOT NULL DEFAULT 0;
UPDATE "${schema}"."${prefix}credentials" SET failures_epoch = min_version
WHERE failures > 0 OR known_devices_only;
ALTER TABLE "${schema}"."${prefix}credentials"
  DROP CONSTRAINT "${prefix}credentials_type_check",
  DROP CONSTRAINT "${prefix}credentials_secret_check",
  DROP CONSTRAINT "${prefix}credentials_pkey",
  DROP COLUMN version,
  DROP COLUMN row_tag,
  DROP COLUMN min_version,
  DROP COLUMN epoch_tag,
  ADD PRIMARY KEY (account_id, type, id),
  ADD CHECK (type ~ '^[a-z0-9-]{1,32}$'),
  ADD CHECK (length(id) <= 1400 AND (id = '' OR type <> 'password')),
  ADD CHECK (length(secret) BETWEEN 1 AND CASE type WHEN 'password' THEN 1024 ELSE 8192 END);
COMMENT ON COLUMN "${schema}"."${prefix}credentials".type IS
  'password, or the name of another factor. A version of the library that does not know one lets its account in on no password.';
COMMENT ON COLUMN "${schema}"."${prefix}credentials".id IS
  'Tells credentials of one type and account apart; empty where there is one only.';
COMMENT ON COLUMN "${schema}"."${prefix}credentials".key_id IS
  'The key under which the secret is sealed; empty if it is not.';
COMMENT ON COLUMN "${schema}"."${prefix}credentials".rehashed_from IS
  'The version of the account before, where the last change was another form of the same secret. 0 in an UPDATE says that the secret is another one even if it looks equal; any other version is refused.';
COMMENT ON COLUMN "${schema}"."${prefix}credentials".updated_at IS
  'Set by a trigger. When the secret last changed; grows with every change.';
COMMENT ON COLUMN "${schema}"."${prefix}credentials".failures_epoch IS
  'Set by a trigger, also where both are set to what they were and this to 0. The epoch in which failures and known_devices_only were set; in another one both count for nothing.';

ALTER TABLE "${schema}"."${prefix}operations" RENAME COLUMN min_version TO epoch;
ALTER TABLE "${schema}"."${prefix}operations"
  ADD COLUMN key_epoch bigint,
  ADD COLUMN key_epoch_tag text;
UPDATE "${schema}"."${prefix}operations" o SET
  key_epoch = a.key_epoch, key_epoch_tag = a.key_epoch_tag
FROM "${schema}"."${prefix}accounts" a WHERE a.id = o.account_id AND o.roles IS NOT NULL;
DELETE FROM "${schema}"."${prefix}operations" WHERE roles IS NOT NULL AND key_epoch IS NULL;

-- Another login identifier begins an epoch. Its name lets it run before the stamp.
CREATE FUNCTION "${schema}"."${prefix}account_rename"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.epoch := 0;
  RETURN NEW;
END
$$;
CREATE TRIGGER rename BEFORE UPDATE ON "${schema}"."${prefix}accounts"
  FOR EACH ROW WHEN (OLD.login_id IS DISTINCT FROM NEW.login_id)
  EXECUTE FUNCTION "${schema}"."${prefix}account_rename"();

-- Gives an account its version and its epochs. The row is locked by now, so the versions of one account
-- grow in the order of the commits.
CREATE FUNCTION "${schema}"."${prefix}account_stamp"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  begins_epoch boolean := true;
  begins_key_epoch boolean := true;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    begins_key_epoch := NEW.status IS DISTINCT FROM OLD.status
      OR NEW.key_epoch IS DISTINCT FROM OLD.key_epoch
      OR NEW.key_epoch_tag IS DISTINCT FROM OLD.key_epoch_tag;
    begins_epoch := NEW.status IS DISTINCT FROM OLD.status
      OR NEW.epoch IS DISTINCT FROM OLD.epoch
      OR NEW.epoch_tag IS DISTINCT FROM OLD.epoch_tag;
    IF NOT begins_epoch AND NOT begins_key_epoch
      AND NEW.version IS NOT DISTINCT FROM OLD.version
      AND NEW.row_tag IS NOT DISTINCT FROM OLD.row_tag THEN
      RETURN NEW;
    END IF;
  END IF;
  NEW.version := "${schema}"."${prefix}next_version"();
  NEW.row_tag := replace(gen_random_uuid()::text, '-', '');
  IF begins_epoch THEN
    NEW.epoch := NEW.version;
    NEW.epoch_tag := NEW.row_tag;
  END IF;
  IF begins_key_epoch THEN
    NEW.key_epoch := NEW.version;
    NEW.key_epoch_tag := NEW.row_tag;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON "${schema}"."${prefix}accounts"
  FOR EACH ROW EXECUTE FUNCTION "${schema}"."${prefix}account_stamp"();

-- Says in the outbox that an account has another version, and passes another epoch on to the profile.
-- A new account needs no row: what does not exist is in no cache.
CREATE OR REPLACE FUNCTION "${schema}"."${prefix}account_spread"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO "${schema}"."${prefix}outbox" (account_id, login_id, floor)
  VALUES (NEW.id, NEW.login_id, NEW.version);
  IF NEW.login_id <> OLD.login_id THEN
    INSERT INTO "${schema}"."${prefix}outbox" (account_id, login_id, floor)
    VALUES (NEW.id, OLD.login_id, NEW.version);
  END IF;
  IF NEW.epoch <> OLD.epoch OR NEW.key_epoch <> OLD.key_epoch THEN
    UPDATE "${schema}"."${prefix}user_profiles" SET version = 0 WHERE account_id = NEW.id;
  END IF;
  RETURN NULL;
END
$$;
DROP TRIGGER spread ON "${schema}"."${prefix}accounts";
CREATE TRIGGER spread AFTER UPDATE ON "${schema}"."${prefix}accounts"
  FOR EACH ROW WHEN (OLD.version IS DISTINCT FROM NEW.version)
  EXECUTE FUNCTION "${schema}"."${prefix}account_spread"();

-- Decides what a change of a credential is, under the lock of its account. updated_at tells the next
-- trigger whether the secret changed, rehashed_from whether it is another form of the same one.
CREATE OR REPLACE FUNCTION "${schema}"."${prefix}credential_stamp"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  present record;
BEGIN
  IF TG_OP = 'UPDATE'
    AND (NEW.account_id <> OLD.account_id OR NEW.type <> OLD.type OR NEW.id <> OLD.id) THEN
    RAISE EXCEPTION 'a credential cannot be moved: delete it and insert another'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  SELECT version, epoch INTO present FROM "${schema}"."${prefix}accounts"
  WHERE id = NEW.account_id FOR NO KEY UPDATE;
  IF TG_OP = 'INSERT' THEN
    NEW.updated_at := now();
  ELSIF NEW.secret IS NOT DISTINCT FROM OLD.secret
    AND NEW.key_id IS NOT DISTINCT FROM OLD.key_id
    AND NEW.rehashed_from IS NOT DISTINCT FROM OLD.rehashed_from THEN
    NEW.updated_at := OLD.updated_at;
    IF NEW.known_devices_only <> OLD.known_devices_only OR NEW.failures <> OLD.failures
      OR NEW.failures_epoch IS DISTINCT FROM OLD.failures_epoch THEN
      NEW.failures_epoch := present.epoch;
      IF OLD.known_devices_only AND NOT NEW.known_devices_only
        AND OLD.failures_epoch = present.epoch THEN
        -- Open to strangers again.
        NEW.failures := 0;
      END IF;
    END IF;
    RETURN NEW;
  ELSE
    NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at + interval '1 microsecond');
    IF NEW.rehashed_from IS DISTINCT FROM OLD.rehashed_from THEN
      IF NEW.rehashed_from = present.version THEN
        RETURN NEW;
      ELSIF NEW.rehashed_from <> 0 THEN
        RAISE EXCEPTION 'rehashed_from is %, but the account has version %: read both again',
          NEW.rehashed_from, present.version USING ERRCODE = 'serialization_failure';
      END IF;
    END IF;
  END IF;
  NEW.rehashed_from := NULL;
  NEW.failures := 0;
  NEW.known_devices_only := false;
  NEW.failures_epoch := 0;
  RETURN NEW;
END
$$;

-- Moves the account of a credential that changed. Where the account is being deleted there is none, and
-- its own trigger has said so.
CREATE OR REPLACE FUNCTION "${schema}"."${prefix}credential_spread"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    UPDATE "${schema}"."${prefix}accounts" SET epoch = 0 WHERE id = OLD.account_id;
    RETURN NULL;
  ELSIF TG_OP = 'UPDATE' THEN
    IF NEW.updated_at = OLD.updated_at THEN
      IF NEW.known_devices_only
        = (OLD.known_devices_only AND OLD.failures_epoch = NEW.failures_epoch) THEN
        RETURN NULL;
      END IF;
      -- Closed to strangers, or open to them again: caches hear of it, sessions live on.
      UPDATE "${schema}"."${prefix}accounts" SET version = 0 WHERE id = NEW.account_id;
      RETURN NULL;
    ELSIF NEW.rehashed_from IS NOT NULL THEN
      UPDATE "${schema}"."${prefix}accounts" SET version = 0 WHERE id = NEW.account_id;
      RETURN NULL;
    END IF;
  ELSIF current_setting('doorward.account_import', true) = 'on' THEN
    -- An account that is as new as its credential is in no cache, and an import tells of none.
    UPDATE "${schema}"."${prefix}accounts" SET epoch = 0
    WHERE id = NEW.account_id AND created_at <> now();
    RETURN NULL;
  END IF;
  UPDATE "${schema}"."${prefix}accounts" SET epoch = 0 WHERE id = NEW.account_id;
  RETURN NULL;
END
$$;

INSERT INTO "${schema}"."${prefix}schema_history" (version) VALUES (10);
