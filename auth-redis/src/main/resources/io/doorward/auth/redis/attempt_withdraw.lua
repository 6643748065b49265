-- Takes an attempt that is not made out of several budgets. Leaves nothing behind, because attempts
-- that are refused by another budget may be any number.
-- KEYS[1] and on: leases of each budget. On a server with slots all are in one
-- ARGV[1] the attempt's id
-- Returns in how many it had a place. Repeating it is harmless.
local refusal = refusal_of_identity()
if refusal then
  return refusal
end
local had = 0
for _, leases in ipairs(KEYS) do
  had = had + redis.call('ZREM', leases, ARGV[1])
end
return had
