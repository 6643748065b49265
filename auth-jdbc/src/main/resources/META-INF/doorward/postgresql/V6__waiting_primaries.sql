-- A primary that does not continue the present one waits before it takes over, and a registration
-- that should not have been made can be withdrawn.

ALTER TABLE "${schema}"."${prefix}cache_primaries"
  ADD COLUMN state text COLLATE "C" NOT NULL DEFAULT 'ADMITTED'
    CHECK (state IN ('ADMITTED', 'WAITING', 'WITHDRAWN')),
  ADD COLUMN term bigint NOT NULL DEFAULT 0,
  ADD COLUMN met_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ADD COLUMN seen_at timestamptz NOT NULL DEFAULT clock_timestamp();
COMMENT ON COLUMN "${schema}"."${prefix}cache_primaries".state IS
  'Only ADMITTED ones supersede others.';
COMMENT ON COLUMN "${schema}"."${prefix}cache_primaries".term IS
  'One more with each registration of the cache that is withdrawn.';
COMMENT ON COLUMN "${schema}"."${prefix}cache_primaries".seen_at IS
  'When a node last said that it uses it. Kept up only while another one waits.';

INSERT INTO "${schema}"."${prefix}schema_history" (version) VALUES (6);
