-- Ends sessions of an account, so many at a time. Called until none is left.
-- KEYS[1] the index; KEYS[2] what session keys begin with, up to the id; both under the account's tag
-- ARGV[1] how many members to look at
-- ARGV[2] the id of a session that stays, or nothing
-- Returns {how many sessions were there, how many members the index has left besides the one that stays}.
-- Repeating it is harmless.
local refusal = refusal_of_identity()
if refusal then
  return refusal
end
heal(KEYS[1])
local ended = 0
local stays = 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, tonumber(ARGV[1]) - 1)) do
  if id == ARGV[2] then
    stays = 1
  else
    if #id <= LONGEST_ID then
      ended = ended + redis.call('DEL', KEYS[2] .. id)
    end
    redis.call('ZREM', KEYS[1], id)
  end
end
if stays == 0 and ARGV[2] ~= '' and redis.call('ZSCORE', KEYS[1], ARGV[2]) then
  stays = 1
end
return {ended, redis.call('ZCARD', KEYS[1]) - stays}
