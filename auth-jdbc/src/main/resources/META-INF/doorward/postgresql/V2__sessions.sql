-- Sessions, for applications that keep them in PostgreSQL.
--
-- Placeholders as in the file before. Whether a session is over is decided by the server's clock
-- alone: it is over from idle_end on, which is never later than absolute_end.

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

INSERT INTO "${schema}"."${prefix}schema_history" (version) VALUES (2);
