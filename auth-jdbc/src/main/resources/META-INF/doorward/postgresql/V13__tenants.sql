-- Accounts are in tenants and have up to 16 login identifiers, each unique in its tenant. An account may
-- also carry the id that the host's own system gave it, and names under which other issuers know it.
--
-- Placeholders as in the first file. A login identifier that is added, changed or removed, by any path,
-- begins an epoch of its account, and the outbox then names every identifier that the account has and the
-- one that it had. Locks are taken in the order login identifiers, credentials, accounts, profiles.

-- First, so that nothing changes what is copied.
LOCK TABLE "${schema}"."${prefix}accounts" IN ACCESS EXCLUSIVE MODE;

ALTER TABLE "${schema}"."${prefix}accounts"
  ADD COLUMN tenant text COLLATE "C" NOT NULL DEFAULT 'default'
    CHECK (tenant ~ '^[A-Za-z0-9_-]{1,64}$'),
  ADD COLUMN external_id text COLLATE "C" CHECK (length(external_id) BETWEEN 1 AND 255),
  ADD UNIQUE (tenant, id),
  ADD UNIQUE (tenant, external_id);
COMMENT ON COLUMN "${schema}"."${prefix}accounts".tenant IS
  'Never changes: it is part of the name of the account.';
COMMENT ON COLUMN "${schema}"."${prefix}accounts".external_id IS
  'The id that the host''s own system gave the account; empty if there is none.';

-- Until now a login identifier had its tenant in front, up to a colon, which no identifier contains.
UPDATE "${schema}"."${prefix}accounts" SET tenant = split_part(login_id, ':', 1)
WHERE login_id ~ '^[A-Za-z0-9_-]{1,64}:.';

CREATE TABLE "${schema}"."${prefix}login_ids" (
  tenant text COLLATE "C" NOT NULL DEFAULT 'default',
  value text COLLATE "C" NOT NULL CHECK (length(value) BETWEEN 1 AND 320),
  account_id uuid NOT NULL,
  kind text NOT NULL GENERATED ALWAYS AS (
    CASE
      WHEN position('@' IN value) > 0 THEN 'email'
      WHEN value ~ '^\+[1-9][0-9]{6,14}$' THEN 'phone'
      ELSE 'name'
    END) STORED,
  created_at timestamptz NOT NULL DEFAULT now(),
  verified_at timestamptz,
  PRIMARY KEY (tenant, value),
  FOREIGN KEY (tenant, account_id) REFERENCES "${schema}"."${prefix}accounts" (tenant, id)
    ON DELETE CASCADE
);
CREATE INDEX "${prefix}login_ids_account" ON "${schema}"."${prefix}login_ids" (account_id);
COMMENT ON COLUMN "${schema}"."${prefix}login_ids".value IS
  'Canonical: the library makes one text of everything that means one account.';
COMMENT ON COLUMN "${schema}"."${prefix}login_ids".verified_at IS
  'When it was proved that it belongs to the owner of the account; empty if it was not.';

CREATE TABLE "${schema}"."${prefix}external_identities" (
  tenant text COLLATE "C" NOT NULL DEFAULT 'default',
  issuer text COLLATE "C" NOT NULL CHECK (issuer ~ '^[!-~]+$' AND length(issuer) <= 512),
  subject text COLLATE "C" NOT NULL CHECK (length(subject) BETWEEN 1 AND 256),
  account_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, issuer, subject),
  FOREIGN KEY (tenant, account_id) REFERENCES "${schema}"."${prefix}accounts" (tenant, id)
    ON DELETE CASCADE
);
CREATE INDEX "${prefix}external_identities_account"
  ON "${schema}"."${prefix}external_identities" (account_id);
COMMENT ON TABLE "${schema}"."${prefix}external_identities" IS
  'Under which name other issuers, such as OpenID providers, know the owner of an account.';

ALTER TABLE "${schema}"."${prefix}outbox"
  ADD COLUMN tenant text COLLATE "C" NOT NULL DEFAULT 'default';
COMMENT ON COLUMN "${schema}"."${prefix}outbox".tenant IS
  'Of the account and of its login identifier.';

INSERT INTO "${schema}"."${prefix}login_ids" (tenant, value, account_id, created_at)
SELECT tenant, regexp_replace(login_id, '^[A-Za-z0-9_-]{1,64}:(?=.)', ''), id, created_at
FROM "${schema}"."${prefix}accounts";
UPDATE "${schema}"."${prefix}outbox" SET
  tenant = split_part(login_id, ':', 1),
  login_id = regexp_replace(login_id, '^[A-Za-z0-9_-]{1,64}:(?=.)', '')
WHERE done_at IS NULL AND login_id ~ '^[A-Za-z0-9_-]{1,64}:.';
UPDATE "${schema}"."${prefix}outbox" o SET tenant = a.tenant
FROM "${schema}"."${prefix}accounts" a
WHERE a.id = o.account_id AND o.login_id IS NULL AND o.done_at IS NULL AND a.tenant <> o.tenant;

CREATE FUNCTION "${schema}"."${prefix}account_move"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'an account cannot be moved to another id or tenant'
    USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER move BEFORE UPDATE ON "${schema}"."${prefix}accounts"
  FOR EACH ROW WHEN (OLD.id <> NEW.id OR OLD.tenant <> NEW.tenant)
  EXECUTE FUNCTION "${schema}"."${prefix}account_move"();

-- Says in the outbox, for every login identifier, that an account has another version, and passes another
-- epoch on to the profile. A new account needs no row: what does not exist is in no cache. Keeps records
-- of the sessions that the epoch ends, of no more than an account may have; their rows stay until they
-- expire.
CREATE OR REPLACE FUNCTION "${schema}"."${prefix}account_spread"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO "${schema}"."${prefix}outbox" (tenant, account_id, login_id, floor)
  SELECT NEW.tenant, NEW.id, value, NEW.version
  FROM "${schema}"."${prefix}login_ids" WHERE account_id = NEW.id ORDER BY value;
  IF NEW.epoch <> OLD.epoch OR NEW.key_epoch <> OLD.key_epoch THEN
    UPDATE "${schema}"."${prefix}user_profiles" SET version = 0 WHERE account_id = NEW.id;
    INSERT INTO "${schema}"."${prefix}ended_sessions" (id, account_id, kind, reason, created_at)
    SELECT id, account_id, kind, "${schema}"."${prefix}end_reason"(), created_at
    FROM "${schema}"."${prefix}sessions"
    WHERE account_id = NEW.id AND idle_end > now() - interval '60 seconds'
      AND CASE kind
        WHEN 'api_key' THEN NEW.key_epoch <> OLD.key_epoch
          AND credential_version = OLD.key_epoch AND epoch_tag = OLD.key_epoch_tag
        ELSE NEW.epoch <> OLD.epoch
          AND credential_version = OLD.epoch AND epoch_tag = OLD.epoch_tag
      END
    LIMIT 1000
    ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END
$$;

-- What was proved of one value says nothing of the next.
CREATE FUNCTION "${schema}"."${prefix}login_stamp"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.tenant <> OLD.tenant OR NEW.account_id <> OLD.account_id THEN
    RAISE EXCEPTION 'a login identifier cannot be moved: delete it and insert another'
      USING ERRCODE = 'integrity_constraint_violation';
  ELSIF NEW.value <> OLD.value AND NEW.verified_at IS NOT DISTINCT FROM OLD.verified_at THEN
    NEW.verified_at := NULL;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER stamp BEFORE UPDATE ON "${schema}"."${prefix}login_ids"
  FOR EACH ROW EXECUTE FUNCTION "${schema}"."${prefix}login_stamp"();

-- Begins an epoch of the account whose login identifier changed, and says in the outbox that the former
-- identifier names it no more. An account that is as new as its identifier is in no cache. Where the
-- account is being deleted there is none, and its own trigger has said so.
CREATE FUNCTION "${schema}"."${prefix}login_spread"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  present bigint;
BEGIN
  IF TG_OP = 'INSERT' THEN
    UPDATE "${schema}"."${prefix}accounts" SET epoch = 0
    WHERE id = NEW.account_id AND created_at <> now();
    -- A change is told under all of them at once.
    IF (SELECT count(*) FROM "${schema}"."${prefix}login_ids" WHERE account_id = NEW.account_id) > 16 THEN
      RAISE EXCEPTION 'an account has at most 16 login identifiers'
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
  ELSIF TG_OP = 'UPDATE' AND NEW.value = OLD.value THEN
    RETURN NULL;
  END IF;
  UPDATE "${schema}"."${prefix}accounts" SET epoch = 0 WHERE id = OLD.account_id
  RETURNING version INTO present;
  IF FOUND THEN
    INSERT INTO "${schema}"."${prefix}outbox" (tenant, account_id, login_id, floor)
    VALUES (OLD.tenant, OLD.account_id, OLD.value, present);
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER spread AFTER INSERT OR UPDATE OR DELETE ON "${schema}"."${prefix}login_ids"
  FOR EACH ROW EXECUTE FUNCTION "${schema}"."${prefix}login_spread"();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON "${schema}"."${prefix}login_ids"
  FOR EACH STATEMENT EXECUTE FUNCTION "${schema}"."${prefix}refuse_truncate"();

CREATE OR REPLACE FUNCTION "${schema}"."${prefix}account_delete"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- The numbers are taken under these locks: no change that is under way can get a higher one.
  PERFORM 1 FROM "${schema}"."${prefix}login_ids" WHERE account_id = OLD.id FOR UPDATE;
  PERFORM 1 FROM "${schema}"."${prefix}credentials" WHERE account_id = OLD.id FOR UPDATE;
  PERFORM 1 FROM "${schema}"."${prefix}user_profiles" WHERE account_id = OLD.id FOR UPDATE;
  DELETE FROM "${schema}"."${prefix}operations" WHERE account_id = OLD.id;
  INSERT INTO "${schema}"."${prefix}outbox" (tenant, account_id, login_id, floor)
  SELECT OLD.tenant, OLD.id, value, "${schema}"."${prefix}next_version"()
  FROM "${schema}"."${prefix}login_ids" WHERE account_id = OLD.id ORDER BY value;
  INSERT INTO "${schema}"."${prefix}outbox" (tenant, account_id, floor)
  VALUES (OLD.tenant, OLD.id, "${schema}"."${prefix}next_version"());
  RETURN OLD;
END
$$;

CREATE OR REPLACE FUNCTION "${schema}"."${prefix}profile_spread"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO "${schema}"."${prefix}outbox" (tenant, account_id, floor)
    SELECT tenant, id, "${schema}"."${prefix}next_version"()
    FROM "${schema}"."${prefix}accounts" WHERE id = OLD.account_id;
  ELSIF NEW.version <> OLD.version THEN
    INSERT INTO "${schema}"."${prefix}outbox" (tenant, account_id, floor)
    SELECT tenant, id, NEW.version
    FROM "${schema}"."${prefix}accounts" WHERE id = NEW.account_id;
  END IF;
  RETURN NULL;
END
$$;

DROP TRIGGER rename ON "${schema}"."${prefix}accounts";
DROP FUNCTION "${schema}"."${prefix}account_rename"();
ALTER TABLE "${schema}"."${prefix}accounts" DROP COLUMN login_id;

INSERT INTO "${schema}"."${prefix}schema_history" (version) VALUES (13);
