-- What refresh tokens and API keys need of a session, and records of sessions that were ended.
--
-- Placeholders as in the files before. A kind that this version does not know may stand in a row:
-- the version that wrote it knows it. Who deletes sessions may say why, for the transaction:
-- SELECT set_config('doorward.end_reason', 'admin', true).

ALTER TABLE "${schema}"."${prefix}sessions"
  DROP CONSTRAINT "${prefix}sessions_kind_check",
  ADD CONSTRAINT "${prefix}sessions_kind_check" CHECK (kind ~ '^[a-z_]{1,16}$'),
  ADD COLUMN rotated_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN key_id text COLLATE "C" CHECK (key_id ~ '^[A-Za-z0-9_-]{1,32}$'),
  ADD COLUMN last_used_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN scopes text[] NOT NULL DEFAULT '{}' CHECK (array_position(scopes, NULL) IS NULL);
UPDATE "${schema}"."${prefix}sessions" SET rotated_at = created_at, last_used_at = created_at;
COMMENT ON COLUMN "${schema}"."${prefix}sessions".rotated_at IS
  'When the present generation of the refresh token began.';
COMMENT ON COLUMN "${schema}"."${prefix}sessions".key_id IS
  'The key under which the refresh token of the present generation was given out; empty if none was.';
COMMENT ON COLUMN "${schema}"."${prefix}sessions".last_used_at IS
  'To about a tenth of the idle timeout: an ordinary check writes nothing.';

-- No foreign key: its check would lock the account after the profile. A trigger of the account
-- removes the rows.
CREATE TABLE "${schema}"."${prefix}ended_sessions" (
  id text COLLATE "C" PRIMARY KEY,
  account_id uuid NOT NULL,
  kind text NOT NULL,
  reason text NOT NULL CHECK (reason ~ '^[a-z_]{1,32}$'),
  created_at timestamptz NOT NULL,
  ended_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE "${schema}"."${prefix}ended_sessions" IS
  'Sessions that were ended before their time, for a day.';
COMMENT ON COLUMN "${schema}"."${prefix}ended_sessions".reason IS
  'What the transaction had set as doorward.end_reason; other where that was nothing.';
CREATE INDEX "${prefix}ended_sessions_account" ON "${schema}"."${prefix}ended_sessions" (account_id);
CREATE INDEX "${prefix}ended_sessions_end" ON "${schema}"."${prefix}ended_sessions" (ended_at);

CREATE FUNCTION "${schema}"."${prefix}end_reason"() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN given ~ '^[a-z_]{1,32}$' THEN given ELSE 'other' END
  FROM current_setting('doorward.end_reason', true) AS given
$$;

-- As before, and it keeps records: not of what was over for longer than clocks may differ, nor of
-- what goes with its account.
CREATE OR REPLACE FUNCTION "${schema}"."${prefix}session_spread"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  cleans_up boolean := coalesce(current_setting('doorward.clean_up', true), '') = 'sessions';
  owners uuid[] := ARRAY(
    SELECT DISTINCT e.account_id FROM ended e
    JOIN "${schema}"."${prefix}accounts" a ON a.id = e.account_id
    WHERE e.idle_end > now() - interval '60 seconds' OR NOT cleans_up);
BEGIN
  IF cardinality(owners) > 0 THEN
    PERFORM 1 FROM "${schema}"."${prefix}user_profiles" WHERE account_id = ANY (owners)
    ORDER BY account_id FOR NO KEY UPDATE;
    UPDATE "${schema}"."${prefix}user_profiles" SET version = 0 WHERE account_id = ANY (owners);
    INSERT INTO "${schema}"."${prefix}ended_sessions" (id, account_id, kind, reason, created_at)
    SELECT e.id, e.account_id, e.kind, "${schema}"."${prefix}end_reason"(), e.created_at
    FROM ended e
    WHERE e.account_id = ANY (owners) AND e.idle_end > now() - interval '60 seconds'
    ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION "${schema}"."${prefix}ended_sessions_forget"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM "${schema}"."${prefix}ended_sessions" WHERE account_id = OLD.id;
  RETURN NULL;
END
$$;
CREATE TRIGGER forget_sessions AFTER DELETE ON "${schema}"."${prefix}accounts"
  FOR EACH ROW EXECUTE FUNCTION "${schema}"."${prefix}ended_sessions_forget"();

INSERT INTO "${schema}"."${prefix}schema_history" (version) VALUES (11);
