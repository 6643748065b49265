-- Reads the newest sessions of an account and forgets those in the index that are over.
-- KEYS[1] the index; KEYS[2] what session keys begin with, up to the id; both under the account's tag
-- ARGV[1] how many members of the index are looked at, the newest first
-- Returns {id, session, id, session, ...}. Repeating it is harmless.
local refusal = refusal_of_identity()
if refusal then
  return refusal
end
heal(KEYS[1])
local found = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], -tonumber(ARGV[1]), -1)) do
  local session = #id <= LONGEST_ID and session_text(KEYS[2] .. id)
  if session then
    found[#found + 1] = id
    found[#found + 1] = session
  else
    redis.call('ZREM', KEYS[1], id)
  end
end
return found
