-- One outbox for all that has to happen after a commit: fences of caches today, mail and events later.
--
-- Placeholders as in the first file. A node takes rows of the kinds that it knows and leaves the others
-- as they are: it neither delivers nor deletes them, nor marks them done.

ALTER TABLE "${schema}"."${prefix}outbox"
  ALTER COLUMN account_id DROP NOT NULL,
  ALTER COLUMN floor DROP NOT NULL,
  ADD COLUMN kind text COLLATE "C" NOT NULL DEFAULT 'fence' CHECK (kind ~ '^[a-z]{1,16}$'),
  ADD COLUMN payload bytea,
  ADD COLUMN key_id text COLLATE "C" CHECK (key_id ~ '^[A-Za-z0-9_-]{1,32}$'),
  ADD COLUMN message_id text COLLATE "C" CHECK (length(message_id) BETWEEN 1 AND 64),
  ADD CHECK (kind <> 'fence' OR (account_id IS NOT NULL AND floor IS NOT NULL));
COMMENT ON TABLE "${schema}"."${prefix}outbox" IS
  'What still has to be delivered. A fence tells caches: nothing older than floor under this login identifier or, where that is empty, for this account.';
COMMENT ON COLUMN "${schema}"."${prefix}outbox".kind IS 'fence, or what a later version adds.';
COMMENT ON COLUMN "${schema}"."${prefix}outbox".payload IS 'What is delivered; sealed if key_id is set.';
COMMENT ON COLUMN "${schema}"."${prefix}outbox".key_id IS
  'The key under which the payload is sealed; empty if it is not.';
COMMENT ON COLUMN "${schema}"."${prefix}outbox".message_id IS
  'Stays the same however often the row is delivered.';

CREATE UNIQUE INDEX "${prefix}outbox_message" ON "${schema}"."${prefix}outbox" (message_id)
  WHERE message_id IS NOT NULL;
DROP INDEX "${schema}"."${prefix}outbox_due";
CREATE INDEX "${prefix}outbox_due" ON "${schema}"."${prefix}outbox" (kind, next_attempt_at, id)
  WHERE done_at IS NULL;
DROP INDEX "${schema}"."${prefix}outbox_done";
CREATE INDEX "${prefix}outbox_done" ON "${schema}"."${prefix}outbox" (kind, done_at)
  WHERE done_at IS NOT NULL;

INSERT INTO "${schema}"."${prefix}schema_history" (version) VALUES (12);
