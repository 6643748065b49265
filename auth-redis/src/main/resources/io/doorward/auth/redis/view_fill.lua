-- Stores a user record under a ticket and, if that is stored, a session that was read with it. The
-- session needs no ticket of its own: it is served only in the state that it was read in.
-- KEYS[1] the session; KEYS[2] the user record; both under the account's tag
-- ARGV[1] the ticket's stamp
-- ARGV[2] the ticket's nonce
-- ARGV[3] the user record's version, 8 bytes
-- ARGV[4] the user record, sealed
-- ARGV[5] its time to live, milliseconds; a longer one that it has stays
-- ARGV[6] the session
-- ARGV[7] its time to live, milliseconds
-- Returns 1 if both are stored, 0 if refused. Repeating it is harmless.
local server, refusal = identity()
if not server then
  return refusal
end
local stamp = stamp_of(server)
local ticket = {stamp = ARGV[1], nonce = ARGV[2]}
if not fill_entry(KEYS[2], stamp, ticket, ARGV[3], ARGV[4], tonumber(ARGV[5])) then
  return 0
end
redis.call('SET', KEYS[1], ARGV[6], 'PX', ARGV[7])
return 1
