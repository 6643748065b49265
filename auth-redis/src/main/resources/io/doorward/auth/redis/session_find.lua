-- Reads a session and its account's user record. Writes nothing.
-- KEYS[1] the session; KEYS[2] the user record; both under the account's tag
-- Returns {session, version, payload}: session is nil if it is not there, version and payload are nil
-- if no user record of this server is.
local server, refusal = identity()
if not server then
  return refusal
end
local session = session_text(KEYS[1])
if not session then
  return {false, false, false}
end
local user = read_entry(KEYS[2], stamp_of(server))
if user and is_served(user) then
  return {session, user.version, user.payload}
end
return {session, false, false}
