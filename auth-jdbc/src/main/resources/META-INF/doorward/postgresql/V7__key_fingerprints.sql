-- Which keys the nodes of an application hold, so that a node with another key ring is found.
--
-- Placeholders as in the first file. A fingerprint is an HMAC over a fixed label under the key, cut to
-- 128 bits: it tells two keys apart and nothing else. Every node renews its rows each minute; what no
-- node has renewed for ten minutes is deleted by the next one that does.

CREATE TABLE "${schema}"."${prefix}key_fingerprints" (
  purpose text COLLATE "C" NOT NULL CHECK (purpose IN ('signing', 'sealing', 'index')),
  key_id text COLLATE "C" NOT NULL CHECK (key_id ~ '^[A-Za-z0-9_-]{1,32}$'),
  fingerprint text COLLATE "C" NOT NULL CHECK (fingerprint ~ '^[0-9a-f]{32}$'),
  seen_at timestamptz NOT NULL,
  current_at timestamptz,
  PRIMARY KEY (purpose, key_id)
);
COMMENT ON TABLE "${schema}"."${prefix}key_fingerprints" IS
  'The keys that nodes hold, one row for each name; no key and nothing to find one from.';
COMMENT ON COLUMN "${schema}"."${prefix}key_fingerprints".seen_at IS
  'When a node that holds the key said so last.';
COMMENT ON COLUMN "${schema}"."${prefix}key_fingerprints".current_at IS
  'When a node that uses the key for what is new said so last; empty if none has.';

INSERT INTO "${schema}"."${prefix}schema_history" (version) VALUES (7);
