-- Eras. A database that fails over to a standby, or is restored from a backup, may have lost commits
-- and gives their numbers out again, while caches still remember them. So versions come from a
-- function that notices another history of the server (its system identifier and its timeline) and
-- goes on far above all that the history before can have given: no lost number comes back, and every
-- new version is above every lost one.
--
-- Placeholders as in the first file. Where the server does not tell its history to this role, numbers
-- go on as they are; the library says so at start.

CREATE TABLE "${schema}"."${prefix}era" (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  history text COLLATE "C",
  first_version bigint NOT NULL CHECK (first_version > 0),
  began_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE "${schema}"."${prefix}era" IS
  'One row: the history of the server in which versions are given out at present.';
COMMENT ON COLUMN "${schema}"."${prefix}era".history IS
  'System identifier and timeline; empty where the server did not tell.';
COMMENT ON COLUMN "${schema}"."${prefix}era".first_version IS
  'What was given out before this history is lower, also what was lost.';

-- Names the server's present history; null where its owner may not ask or it is no primary. A
-- promotion changes it at once.
CREATE FUNCTION "${schema}"."${prefix}server_history"() RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (SELECT system_identifier FROM pg_control_system())::text
    || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8);
EXCEPTION
  WHEN insufficient_privilege OR undefined_function OR feature_not_supported
    OR object_not_in_prerequisite_state THEN
  RETURN NULL;
END
$$;

INSERT INTO "${schema}"."${prefix}era" (history, first_version)
VALUES ("${schema}"."${prefix}server_history"(), 1);

-- Gives out a version. It runs with its owner's rights, so that a role needs none on the row above.
-- Of transactions that meet another history at once, one begins the era and the others wait for its
-- end. If that one is rolled back, the numbers that it jumped over stay unused.
CREATE FUNCTION "${schema}"."${prefix}next_version"() RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  present text := "${schema}"."${prefix}server_history"();
  begun bigint;
BEGIN
  IF EXISTS (
    SELECT FROM "${schema}"."${prefix}era" WHERE history IS DISTINCT FROM coalesce(present, history)
  ) THEN
    UPDATE "${schema}"."${prefix}era" SET history = present, began_at = now()
    WHERE history IS DISTINCT FROM present
    RETURNING first_version INTO begun;
    IF FOUND THEN
      begun := greatest(begun, nextval('"${schema}"."${prefix}versions"')) + 4294967296;
      PERFORM setval('"${schema}"."${prefix}versions"', begun, false);
      UPDATE "${schema}"."${prefix}era" SET first_version = begun;
    END IF;
  END IF;
  RETURN nextval('"${schema}"."${prefix}versions"');
END
$$;

-- Tells from which number on versions belong to the present era.
CREATE FUNCTION "${schema}"."${prefix}era_began"() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT first_version FROM "${schema}"."${prefix}era"
$$;

GRANT EXECUTE ON FUNCTION "${schema}"."${prefix}server_history"() TO PUBLIC;
GRANT EXECUTE ON FUNCTION "${schema}"."${prefix}next_version"() TO PUBLIC;
GRANT EXECUTE ON FUNCTION "${schema}"."${prefix}era_began"() TO PUBLIC;

-- The functions below are those of the files before, with next_version() for the sequence.

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
  NEW.version := "${schema}"."${prefix}next_version"();
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

CREATE OR REPLACE FUNCTION "${schema}"."${prefix}credential_spread"() RETURNS trigger
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
    CASE WHEN TG_OP = 'DELETE' THEN "${schema}"."${prefix}next_version"() ELSE NEW.version END);
  IF TG_OP <> 'UPDATE' OR NEW.min_version <> OLD.min_version THEN
    UPDATE "${schema}"."${prefix}user_profiles" SET version = 0 WHERE account_id = owner;
  END IF;
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION "${schema}"."${prefix}account_spread"() RETURNS trigger
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
      "${schema}"."${prefix}next_version"()));
  END IF;
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION "${schema}"."${prefix}account_delete"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- The numbers are taken under these locks: no change that is under way can get a higher one.
  PERFORM 1 FROM "${schema}"."${prefix}credentials" WHERE account_id = OLD.id FOR UPDATE;
  PERFORM 1 FROM "${schema}"."${prefix}user_profiles" WHERE account_id = OLD.id FOR UPDATE;
  DELETE FROM "${schema}"."${prefix}operations" WHERE account_id = OLD.id;
  INSERT INTO "${schema}"."${prefix}outbox" (account_id, login_id, floor)
  VALUES
    (OLD.id, OLD.login_id, "${schema}"."${prefix}next_version"()),
    (OLD.id, NULL, "${schema}"."${prefix}next_version"());
  RETURN OLD;
END
$$;

CREATE OR REPLACE FUNCTION "${schema}"."${prefix}profile_stamp"() RETURNS trigger
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
  NEW.version := "${schema}"."${prefix}next_version"();
  NEW.row_tag := replace(gen_random_uuid()::text, '-', '');
  NEW.updated_at := now();
  RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION "${schema}"."${prefix}profile_spread"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO "${schema}"."${prefix}outbox" (account_id, floor)
    SELECT id, "${schema}"."${prefix}next_version"()
    FROM "${schema}"."${prefix}accounts" WHERE id = OLD.account_id;
  ELSIF NEW.version <> OLD.version THEN
    INSERT INTO "${schema}"."${prefix}outbox" (account_id, floor)
    VALUES (NEW.account_id, NEW.version);
  END IF;
  RETURN NULL;
END
$$;

INSERT INTO "${schema}"."${prefix}schema_history" (version) VALUES (8);
