-- Looks a session of a view up, which is served only in the state of the user record that is served;
-- where that cannot be, hands out a ticket to fill both.
-- KEYS[1] the session; KEYS[2] the user record; both under the account's tag
-- ARGV[1] a fresh nonce, 22 characters; used if the user record has none
-- ARGV[2] how long the ticket is remembered at least, milliseconds
-- Returns {'hit', version, user record, session} or {'miss', nonce, stamp, foreign}; foreign is 1 if
-- something that is none of ours lay in the place of the user record; a nonce of 22 dots fills
-- nothing, see hand_out(). A session is a string of the
-- version of the user record that was read with it, 19 digits, and the sealed rest: what does not
-- begin with the present version is not looked at. Repeating it is harmless. A hit writes nothing.
local stamp, refusal = identity()
if not stamp then
  return refusal
end
local user, foreign = read_entry(KEYS[2], stamp)
local session = text(KEYS[1])
if user and is_served(user) and session and string.sub(session, 1, 19) == user.version then
  return {'hit', user.version, user.payload, string.sub(session, 20)}
end
local nonce = hand_out(KEYS[2], stamp, user or new_entry(), ARGV[1], tonumber(ARGV[2]))
return {'miss', nonce, stamp, foreign and 1 or 0}
