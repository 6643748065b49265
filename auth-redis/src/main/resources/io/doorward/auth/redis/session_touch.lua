-- Lets a session live on, and the account's index with it: a session that lives is always in the
-- index, and the index never ends before it, whatever the clocks of nodes say of ends. Its idle end,
-- which nodes compare with their own clocks, moves with its time to live; writing over it needs no
-- memory, and comes after another write, because Redis refuses no write to a script that has begun.
-- KEYS[1] the session; KEYS[2] the index; both under the account's tag
-- ARGV[1] the session's id, the end of KEYS[1]
-- ARGV[2] the session's time to live, milliseconds
-- ARGV[3] when it was created, milliseconds since 1970
-- ARGV[4] the index's time to live, milliseconds; a longer one that it has stays
-- ARGV[5] the session's idle end, 8 bytes
-- Returns 1 if the session was there, else 0. Repeating it is harmless.
local refusal = refusal_of_identity()
if refusal then
  return refusal
end
if redis.pcall('GETRANGE', KEYS[1], 0, 0) ~= FRAME then
  return 0
end
heal(KEYS[2])
remember(KEYS[2], ARGV[1], ARGV[3], tonumber(ARGV[4]))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('SETRANGE', KEYS[1], 1, ARGV[5])
return 1
