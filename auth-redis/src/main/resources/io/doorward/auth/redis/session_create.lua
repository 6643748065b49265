-- Stores a session and its place in the index, if the account's user record still is the one that
-- the caller has judged the session by.
-- KEYS[1] the session; KEYS[2] the user record; KEYS[3] the index; all under the account's tag
-- ARGV[1] the session's id, the end of KEYS[1]
-- ARGV[2] the session
-- ARGV[3] its time to live, milliseconds
-- ARGV[4] when it was created, milliseconds since 1970
-- ARGV[5] the index's time to live, milliseconds; a longer one that it has stays
-- ARGV[6] the version of the user record, 8 bytes
-- Returns 1 if stored, 0 if the user record is another one or absent, 2 if a later version wrote it.
-- Repeating it is harmless.
local server, refusal = identity()
if not server then
  return refusal
end
local user, obstacle = read_entry(KEYS[2], stamp_of(server))
if obstacle == NEWER then
  return NEWER
end
if not user or not is_served(user) or user.version ~= ARGV[6] then
  return 0
end
heal(KEYS[3])
tidy(KEYS[3], string.sub(KEYS[1], 1, #KEYS[1] - #ARGV[1]))
remember(KEYS[3], ARGV[1], ARGV[4], tonumber(ARGV[5]))
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
