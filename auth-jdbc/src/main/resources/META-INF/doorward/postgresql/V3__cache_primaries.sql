-- Which servers have been the primary of a cache, so that a node which is cut off together with an
-- old one finds out that another one took over.
--
-- Placeholders as in the first file. A row is written first and dated afterwards, by another
-- transaction: its date is never earlier than the moment from which every node can see it.

CREATE TABLE "${schema}"."${prefix}cache_primaries" (
  cache text COLLATE "C" NOT NULL CHECK (length(cache) BETWEEN 1 AND 64),
  identity text COLLATE "C" NOT NULL CHECK (identity ~ '^[0-9a-f]{40}$'),
  history text COLLATE "C" NOT NULL CHECK (history ~ '^[0-9a-f]{40}$'),
  previous text COLLATE "C" NOT NULL CHECK (previous ~ '^[0-9a-f]{40}$'),
  alone boolean NOT NULL,
  number bigint GENERATED ALWAYS AS IDENTITY,
  visible_since timestamptz,
  PRIMARY KEY (cache, identity)
);
COMMENT ON TABLE "${schema}"."${prefix}cache_primaries" IS
  'The primaries that nodes have met, a few dozen of each cache.';
COMMENT ON COLUMN "${schema}"."${prefix}cache_primaries".visible_since IS
  'Empty until somebody has seen the row committed.';

INSERT INTO "${schema}"."${prefix}schema_history" (version) VALUES (3);
