-- Ends one session.
-- KEYS[1] the session; KEYS[2] the index; both under the account's tag
-- ARGV[1] the session's id, the end of KEYS[1]
-- Returns 1 if it was there, else 0. Repeating it changes nothing more.
local refusal = refusal_of_identity()
if refusal then
  return refusal
end
-- The session goes before its place in the index, and what may fail while the slot moves to another
-- node comes last: a session that lives is always in the index.
local ended = redis.call('DEL', KEYS[1])
heal(KEYS[2])
redis.call('ZREM', KEYS[2], ARGV[1])
tidy(KEYS[2], string.sub(KEYS[1], 1, #KEYS[1] - #ARGV[1]))
return ended
