-- Accounts, their credentials, their profiles, and the outbox that tells caches of changes.
--
-- Placeholders: ${schema} is a schema that exists, ${prefix} is put before every table name and may
-- be empty. Every name is qualified, so the search path of whoever changes a row plays no part.
--
-- The triggers hold what no path may forget, an administrator's UPDATE included: a change of
-- secret, status or login identifier gives the credential a new version and leaves rows in the
-- outbox, in the same transaction. Locks are always taken in the order accounts, credentials,
-- profiles.

CREATE TABLE "${schema}"."${prefix}schema_history" (
  version integer PRIMARY KEY,
  checksum text,
  installed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE "${schema}"."${prefix}schema_history" IS
  'Which files have run. The checksum is empty where another tool than the built-in runner ran it.';

-- All versions come from here. Without CACHE, so that a later call always gets a higher number.
CREATE SEQUENCE "${schema}"."${prefix}versions" AS bigint NO CYCLE;

CREATE TABLE "${schema}"."${prefix}accounts" (
  id uuid PRIMARY KEY,
  login_id text COLLATE "C" NOT NULL UNIQUE CHECK (length(login_id) BETWEEN 1 AND 320),
  status text NOT NULL CHECK (status IN ('pending', 'active', 'disabled', 'deleted')),
  created_at timestamptz NOT NULL DEFAULT now(),
  operation_id text
);
COMMENT ON COLUMN "${schema}"."${prefix}accounts".operation_id IS 'The call that created it.';

CREATE TABLE "${schema}"."${prefix}credentials" (
  account_id uuid NOT NULL REFERENCES "${schema}"."${prefix}accounts" (id) ON DELETE CASCADE,
  type text NOT NULL DEFAULT 'password' CHECK (type = 'password'),
  secret text NOT NULL CHECK (length(secret) BETWEEN 1 AND 1024),
  version bigint NOT NULL CHECK (version > 0),
  row_tag text NOT NULL,
  min_version bigint NOT NULL CHECK (min_version BETWEEN 1 AND version),
  rehashed_from bigint,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, type)
);
COMMENT ON COLUMN "${schema}"."${prefix}credentials".version IS 'Set by a trigger.';
COMMENT ON COLUMN "${schema}"."${prefix}credentials".row_tag IS 'Set by a trigger.';
COMMENT ON COLUMN "${schema}"."${prefix}credentials".min_version IS
  'Set by a trigger. Sessions that an older version authenticated are over.';
COMMENT ON COLUMN "${schema}"."${prefix}credentials".rehashed_from IS
  'The version before, where the last change was another hash of the same password.';

CREATE TABLE "${schema}"."${prefix}user_profiles" (
  account_id uuid PRIMARY KEY REFERENCES "${schema}"."${prefix}accounts" (id) ON DELETE CASCADE,
  version bigint NOT NULL CHECK (version > 0),
  row_tag text NOT NULL,
  roles text[] NOT NULL DEFAULT '{}' CHECK (array_position(roles, NULL) IS NULL),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN "${schema}"."${prefix}user_profiles".version IS 'Set by a trigger.';
COMMENT ON COLUMN "${schema}"."${prefix}user_profiles".row_tag IS 'Set by a trigger.';

-- No foreign key: its check would lock the account after the credential. The account's deletion
-- removes the rows.
CREATE TABLE "${schema}"."${prefix}operations" (
  account_id uuid NOT NULL,
  operation_id text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  row_tag text,
  min_version bigint,
  roles text[],
  done_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, operation_id)
);
COMMENT ON TABLE "${schema}"."${prefix}operations" IS
  'Outcomes of the last days'' changes, so that a repeated call is answered with the first outcome.';
CREATE INDEX "${prefix}operations_done" ON "${schema}"."${prefix}operations" (done_at);

-- No foreign key: rows outlive the account whose deletion they tell of.
CREATE TABLE "${schema}"."${prefix}outbox" (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id uuid NOT NULL,
  login_id text COLLATE "C",
  floor bigint NOT NULL CHECK (floor > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  done_at timestamptz
);
COMMENT ON TABLE "${schema}"."${prefix}outbox" IS
  'What caches still have to be told: nothing older than floor under this login identifier or, where that is empty, for this account.';
COMMENT ON COLUMN "${schema}"."${prefix}outbox".attempts IS
  'How often in a row telling has failed.';
COMMENT ON COLUMN "${schema}"."${prefix}outbox".next_attempt_at IS
  'A node takes the row from then on; who has been due longest comes first.';
CREATE INDEX "${prefix}outbox_due" ON "${schema}"."${prefix}outbox" (next_attempt_at, id) WHERE done_at IS NULL;
CREATE INDEX "${prefix}outbox_undone_account" ON "${schema}"."${prefix}outbox" (account_id) WHERE done_at IS NULL;
CREATE INDEX "${prefix}outbox_done" ON "${schema}"."${prefix}outbox" (done_at) WHERE done_at IS NOT NULL;

-- Gives a credential its version. The row is locked by now, so the versions of one row grow in the
-- order of the commits.
CREATE FUNCTION "${schema}"."${prefix}credential_stamp"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    -- Waits for a running change of the account: what follows sees the identifier after it.
    PERFORM 1 FROM "${schema}"."${prefix}accounts" WHERE id = NEW.account_id FOR KEY SHARE;
    NEW.version := nextval('"${schema}"."${prefix}versions"');
    NEW.min_version := NEW.version;
    NEW.rehashed_from := NULL;
  ELSIF NEW.account_id <> OLD.account_id OR NEW.type <> OLD.type THEN
    RAISE EXCEPTION 'a credential cannot be moved: delete it and insert another'
      USING ERRCODE = 'integrity_constraint_violation';
  ELSIF NEW.secret IS NOT DISTINCT FROM OLD.secret
    AND NEW.version IS NOT DISTINCT FROM OLD.version
    AND NEW.row_tag IS NOT DISTINCT FROM OLD.row_tag
    AND NEW.min_version IS NOT DISTINCT FROM OLD.min_version
    AND NEW.rehashed_from IS NOT DISTINCT FROM OLD.rehashed_from THEN
    RETURN NEW;
  ELSE
    NEW.version := nextval('"${schema}"."${prefix}versions"');
    IF NEW.rehashed_from = OLD.version AND NEW.rehashed_from IS DISTINCT FROM OLD.rehashed_from THEN
      -- Another hash of the same password: sessions live on.
      NEW.min_version := OLD.min_version;
    ELSE
      NEW.min_version := NEW.version;
      NEW.rehashed_from := NULL;
    END IF;
  END IF;
  NEW.row_tag := replace(gen_random_uuid()::text, '-', '');
  NEW.updated_at := now();
  RETURN NEW;
END
$$;
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON "${schema}"."${prefix}credentials"
  FOR EACH ROW EXECUTE FUNCTION "${schema}"."${prefix}credential_stamp"();

-- Says in the outbox that a credential changed, and passes a raised min_version on to the profile.
CREATE FUNCTION "${schema}"."${prefix}credential_spread"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  owner uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.account_id ELSE NEW.account_id END;
  login text;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.version = OLD.version THEN
    RETURN NULL;
  END IF;
  SELECT login_id INTO login FROM "${schema}"."${prefix}accounts" WHERE id = owner;
  IF NOT FOUND THEN
    -- The account is being deleted. Its own trigger has said so.
    RETURN NULL;
  END IF;
  INSERT INTO "${schema}"."${prefix}outbox" (account_id, login_id, floor) VALUES (
    owner,
    login,
    CASE WHEN TG_OP = 'DELETE' THEN nextval('"${schema}"."${prefix}versions"') ELSE NEW.version END);
  IF TG_OP <> 'UPDATE' OR NEW.min_version <> OLD.min_version THEN
    UPDATE "${schema}"."${prefix}user_profiles" SET version = 0 WHERE account_id = owner;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER spread AFTER INSERT OR UPDATE OR DELETE ON "${schema}"."${prefix}credentials"
  FOR EACH ROW EXECUTE FUNCTION "${schema}"."${prefix}credential_spread"();

-- A change of status or identifier is a change of the credential.
CREATE FUNCTION "${schema}"."${prefix}account_spread"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- The credential's own trigger gives it a version and writes the row for the present identifier.
  UPDATE "${schema}"."${prefix}credentials" SET version = 0 WHERE account_id = NEW.id;
  IF NOT FOUND THEN
    UPDATE "${schema}"."${prefix}user_profiles" SET version = 0 WHERE account_id = NEW.id;
  END IF;
  IF NEW.login_id <> OLD.login_id THEN
    -- Read after the credential was locked: nothing that was found under the old name is newer.
    INSERT INTO "${schema}"."${prefix}outbox" (account_id, login_id, floor)
    VALUES (NEW.id, OLD.login_id, coalesce(
      (SELECT max(version) FROM "${schema}"."${prefix}credentials" WHERE account_id = NEW.id),
      nextval('"${schema}"."${prefix}versions"')));
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER spread AFTER UPDATE ON "${schema}"."${prefix}accounts"
  FOR EACH ROW
  WHEN (OLD.status IS DISTINCT FROM NEW.status OR OLD.login_id IS DISTINCT FROM NEW.login_id)
  EXECUTE FUNCTION "${schema}"."${prefix}account_spread"();

CREATE FUNCTION "${schema}"."${prefix}account_delete"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- The numbers are taken under these locks: no change that is under way can get a higher one.
  PERFORM 1 FROM "${schema}"."${prefix}credentials" WHERE account_id = OLD.id FOR UPDATE;
  PERFORM 1 FROM "${schema}"."${prefix}user_profiles" WHERE account_id = OLD.id FOR UPDATE;
  DELETE FROM "${schema}"."${prefix}operations" WHERE account_id = OLD.id;
  INSERT INTO "${schema}"."${prefix}outbox" (account_id, login_id, floor)
  VALUES
    (OLD.id, OLD.login_id, nextval('"${schema}"."${prefix}versions"')),
    (OLD.id, NULL, nextval('"${schema}"."${prefix}versions"'));
  RETURN OLD;
END
$$;
CREATE TRIGGER erase BEFORE DELETE ON "${schema}"."${prefix}accounts"
  FOR EACH ROW EXECUTE FUNCTION "${schema}"."${prefix}account_delete"();

-- Gives a profile its version, under its row lock.
CREATE FUNCTION "${schema}"."${prefix}profile_stamp"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.account_id <> OLD.account_id THEN
      RAISE EXCEPTION 'a profile cannot be moved: delete it and insert another'
        USING ERRCODE = 'integrity_constraint_violation';
    ELSIF NEW.roles IS NOT DISTINCT FROM OLD.roles
      AND NEW.version IS NOT DISTINCT FROM OLD.version
      AND NEW.row_tag IS NOT DISTINCT FROM OLD.row_tag THEN
      RETURN NEW;
    END IF;
  END IF;
  NEW.version := nextval('"${schema}"."${prefix}versions"');
  NEW.row_tag := replace(gen_random_uuid()::text, '-', '');
  NEW.updated_at := now();
  RETURN NEW;
END
$$;
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON "${schema}"."${prefix}user_profiles"
  FOR EACH ROW EXECUTE FUNCTION "${schema}"."${prefix}profile_stamp"();

CREATE FUNCTION "${schema}"."${prefix}profile_spread"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO "${schema}"."${prefix}outbox" (account_id, floor)
    SELECT id, nextval('"${schema}"."${prefix}versions"')
    FROM "${schema}"."${prefix}accounts" WHERE id = OLD.account_id;
  ELSIF NEW.version <> OLD.version THEN
    INSERT INTO "${schema}"."${prefix}outbox" (account_id, floor)
    VALUES (NEW.account_id, NEW.version);
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER spread AFTER UPDATE OR DELETE ON "${schema}"."${prefix}user_profiles"
  FOR EACH ROW EXECUTE FUNCTION "${schema}"."${prefix}profile_spread"();

-- TRUNCATE runs no row trigger, so caches would never hear of it.
CREATE FUNCTION "${schema}"."${prefix}refuse_truncate"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'use DELETE instead of TRUNCATE: caches are told of deleted rows only'
    USING ERRCODE = 'feature_not_supported';
END
$$;
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON "${schema}"."${prefix}accounts"
  FOR EACH STATEMENT EXECUTE FUNCTION "${schema}"."${prefix}refuse_truncate"();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON "${schema}"."${prefix}credentials"
  FOR EACH STATEMENT EXECUTE FUNCTION "${schema}"."${prefix}refuse_truncate"();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON "${schema}"."${prefix}user_profiles"
  FOR EACH STATEMENT EXECUTE FUNCTION "${schema}"."${prefix}refuse_truncate"();

INSERT INTO "${schema}"."${prefix}schema_history" (version) VALUES (1);
