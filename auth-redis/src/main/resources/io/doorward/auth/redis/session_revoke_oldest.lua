-- Ends the oldest sessions of an account beyond so many. What is over does not count and is forgotten.
-- KEYS[1] the session that stays; KEYS[2] the index; both under the account's tag
-- ARGV[1] the session's id, the end of KEYS[1]
-- ARGV[2] how many sessions may be left
-- ARGV[3] how many members of the index are looked at, the oldest first; more than ARGV[2]. What is
--   beyond has its turn at the next call
-- Returns how many sessions were ended. Repeating it changes nothing more.
local refusal = refusal_of_identity()
if refusal then
  return refusal
end
heal(KEYS[2])
local excess = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[2])
if excess <= 0 then
  return 0
end
local prefix = string.sub(KEYS[1], 1, #KEYS[1] - #ARGV[1])
local live = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, tonumber(ARGV[3]) - 1)) do
  if not lives(prefix, id) then
    redis.call('ZREM', KEYS[2], id)
    excess = excess - 1
  elseif id ~= ARGV[1] then
    live[#live + 1] = id
  end
end
-- A session goes before its place in the index: a session that lives is always in the index.
local ended = 0
for i = 1, math.min(excess, #live) do
  ended = ended + redis.call('DEL', prefix .. live[i])
  redis.call('ZREM', KEYS[2], live[i])
end
return ended
