-- Takes an attempt that is not made out of one budget. Leaves nothing behind, because attempts that
-- are refused by another budget may be any number.
-- KEYS[1] leases
-- ARGV[1] the attempt's id
-- Returns 1 if it had a place, else 0. Repeating it is harmless.
local refusal = refusal_of_identity()
if refusal then
  return refusal
end
return redis.call('ZREM', KEYS[1], ARGV[1])
