-- Replaces a session by itself with another generation, if it still is the one that the caller has
-- read, and no other user record lies there than the one that the caller has judged it by. A touch
-- meanwhile is no other session: it moves only the idle end, which is replaced. Where no user record
-- is served here, the caller has asked the database, and a floor tells whether it asked too early.
-- KEYS[1] the session; KEYS[2] the user record; KEYS[3] the index; all under the account's tag
-- ARGV[1] the session's id, the end of KEYS[1]
-- ARGV[2] the sealed session that is to be there
-- ARGV[3] the session that replaces it
-- ARGV[4] its time to live, milliseconds
-- ARGV[5] when it was created, milliseconds since 1970
-- ARGV[6] the index's time to live, milliseconds; a longer one that it has stays
-- ARGV[7] the version of the user record, 8 bytes
-- Returns 1 if stored; 0 if the session is another one or gone, or the user record another one. Of two
-- equal calls the second is answered 0.
local server, refusal = identity()
if not server then
  return refusal
end
local user = read_entry(KEYS[2], stamp_of(server))
if user and (is_below(ARGV[7], user.floor) or is_served(user) and user.version ~= ARGV[7]) then
  return 0
end
local present = text(KEYS[1])
if not present or string.sub(present, 1, 1) ~= FRAME or string.sub(present, 10) ~= ARGV[2] then
  return 0
end
-- Another write comes first: Redis refuses none for want of memory to a script that has begun.
heal(KEYS[3])
remember(KEYS[3], ARGV[1], ARGV[5], tonumber(ARGV[6]))
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
return 1
