-- Sessions, for applications that keep them in PostgreSQL.
--
-- Placeholders as in the file before. Whether a session is over is decided by the server's clock
-- alone: it is over from idle_end on, which is never later than absolute_end.
--
-- To end a session before its time, delete its row. A view that answers in front of this table holds
-- a session only as long as its account's profile has the version with which it was read, so a
-- deletion raises that version. Who ends sessions by hand, of accounts that may be deleted or
-- changed at the same time, locks their profiles first: see the order of locks in the first file.

CREATE TABLE "${schema}"."${prefix}sessions" (
  id text COLLATE "C" PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES "${schema}"."${prefix}accounts" (id) ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('cookie', 'bearer')),
  credential_version bigint NOT NULL CHECK (credential_version > 0),
  generation integer NOT NULL CHECK (generation >= 0),
  created_at timestamptz NOT NULL,
  auth_time timestamptz NOT NULL,
  absolute_end timestamptz NOT NULL,
  idle_timeout interval NOT NULL,
  amr text[] NOT NULL DEFAULT '{}',
  device text,
  attribute_keys text[] NOT NULL DEFAULT '{}',
  attribute_values text[] NOT NULL DEFAULT '{}',
  idle_end timestamptz NOT NULL CHECK (idle_end <= absolute_end),
  CHECK (cardinality(attribute_keys) = cardinality(attribute_values))
);
COMMENT ON COLUMN "${schema}"."${prefix}sessions".idle_end IS
  'The session is over from here on, unless a request comes before.';
CREATE INDEX "${prefix}sessions_account" ON "${schema}"."${prefix}sessions" (account_id);
CREATE INDEX "${prefix}sessions_end" ON "${schema}"."${prefix}sessions" (idle_end);

-- Voids what views hold of the accounts whose sessions were ended. Those that were over already are
-- in no view, so clean-up raises nothing; nor does the deletion of an account, which says more.
CREATE FUNCTION "${schema}"."${prefix}session_spread"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  owners uuid[] := ARRAY(
    SELECT DISTINCT e.account_id FROM ended e
    JOIN "${schema}"."${prefix}accounts" a ON a.id = e.account_id
    WHERE e.idle_end > now());
BEGIN
  IF cardinality(owners) > 0 THEN
    PERFORM 1 FROM "${schema}"."${prefix}user_profiles" WHERE account_id = ANY (owners)
    ORDER BY account_id FOR NO KEY UPDATE;
    UPDATE "${schema}"."${prefix}user_profiles" SET version = 0 WHERE account_id = ANY (owners);
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER spread AFTER DELETE ON "${schema}"."${prefix}sessions"
  REFERENCING OLD TABLE AS ended
  FOR EACH STATEMENT EXECUTE FUNCTION "${schema}"."${prefix}session_spread"();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON "${schema}"."${prefix}sessions"
  FOR EACH STATEMENT EXECUTE FUNCTION "${schema}"."${prefix}refuse_truncate"();

INSERT INTO "${schema}"."${prefix}schema_history" (version) VALUES (2);
