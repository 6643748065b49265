-- Ending a session tells views of it, whatever this server's clock says of the session.
--
-- Placeholders as in the files before. Clocks differ: a session that this server's clock calls over
-- may still be served by a node whose view holds it. So every deletion of a session raises the
-- version of its account's profile. Two raise nothing: the clean-up, which sets
-- doorward.clean_up to 'sessions' for its own transaction and deletes what has been over for longer
-- than clocks may differ (60 s); and the deletion of an account, which says more.
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
  END IF;
  RETURN NULL;
END
$$;

INSERT INTO "${schema}"."${prefix}schema_history" (version) VALUES (5);
