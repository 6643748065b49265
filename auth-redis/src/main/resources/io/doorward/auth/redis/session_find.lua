-- Reads a session and its account's user record. Writes nothing.
-- KEYS[1] the session; KEYS[2] the user record; both under the account's tag
-- Returns {session, version, payload, time}: session is nil if it is not there, version and payload
-- are nil if no user record of this server is. The time is this server's, milliseconds since 1970.
local server, refusal = identity()
if not server then
  return refusal
end
local session = session_text(KEYS[1])
if not session then
  return {false, false, false, false}
end
local time = now_millis()
local user = read_entry(KEYS[2], stamp_of(server))
if user and is_served(user) then
  return {session, user.version, user.payload, time}
end
return {session, false, false, time}
