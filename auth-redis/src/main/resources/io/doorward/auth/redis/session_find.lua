-- Reads a session and its account's user record. Writes nothing.
-- KEYS[1] the session; KEYS[2] the user record; both under the account's tag
-- Returns {session, milliseconds it has left, version, payload}: session is nil if it is not there,
-- version and payload are nil if no user record of this server is.
local stamp, refusal = identity()
if not stamp then
  return refusal
end
local session = text(KEYS[1])
if not session then
  return {false, 0, false, false}
end
local left = redis.call('PTTL', KEYS[1])
local user = read_entry(KEYS[2], stamp)
if user and is_served(user) then
  return {session, left, user.version, user.payload}
end
return {session, left, false, false}
