-- Looks a session of a view up, which is served only in the state of the user record that is served;
-- where that cannot be, hands out a ticket to fill both.
-- KEYS[1] the session; KEYS[2] the user record; both under the account's tag
-- ARGV[1] a fresh nonce, 16 bytes; used if the user record has none
-- ARGV[2] how long the ticket is remembered at least, milliseconds
-- Returns {'hit', version, user record, session} or {'miss', nonce, stamp, obstacle}; obstacle is 1 if
-- something that is none of ours lay in the place of the user record, 2 if a later version wrote one
-- of the two, which stays; a nonce of zeros fills nothing, see hand_out(). A session is a string:
--   frame     1 byte    '2', see values.lua
--   idle end  8 bytes   for the caller
--   format    2 bytes   likewise
--   version   8 bytes   of the user record that was read with it
--   read      8 bytes   when that was, for a fill
--   the rest            sealed by the client
-- What does not bear the present version is not looked at. Repeating it is harmless. A hit writes
-- nothing.
local server, refusal = identity()
if not server then
  return refusal
end
local stamp = stamp_of(server)
local user, obstacle = read_entry(KEYS[2], stamp)
local session = text(KEYS[1]) or ''
if obstacle == NEWER or is_newer(KEYS[1], session) then
  return {'miss', NO_NONCE, stamp, NEWER}
end
if user and is_served(user)
  and string.sub(session, 1, 1) == FRAME and string.sub(session, 12, 19) == user.version then
  return {'hit', user.version, user.payload, session}
end
local nonce = hand_out(KEYS[2], stamp, user or new_entry(), ARGV[1], tonumber(ARGV[2]))
return {'miss', nonce, stamp, obstacle or 0}
