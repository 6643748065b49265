-- Ends every session of an account.
-- KEYS[1] the index; KEYS[2] what session keys begin with, up to the id; both under the account's tag
-- Returns how many sessions were there. Repeating it changes nothing more.
local refusal = refusal_of_identity()
if refusal then
  return refusal
end
heal(KEYS[1])
local ended = 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  ended = ended + redis.call('DEL', KEYS[2] .. id)
end
redis.call('DEL', KEYS[1])
return ended
