-- Gives back one attempt's place in one budget and says what became of it.
-- KEYS[1] failures; KEYS[2] leases; KEYS[3] settled; all under the budget's tag
-- ARGV[1] the attempt's id
-- ARGV[2] 'failed': counted; 'forgive': all failures are forgotten; 'returned': nothing is counted
-- ARGV[3] how long failures are remembered after the last one, milliseconds
-- ARGV[4] how long an outcome is remembered, milliseconds
-- ARGV[5] how many failures are borne
-- ARGV[6] failures of the last so many milliseconds count; 0: all that are remembered
-- Returns 1, or 2 if this is the failure that spent the budget, or 0 if this attempt's outcome was
-- known already: the first one stands. It counts an attempt whose lease is over, too.
local refusal = refusal_of_identity()
if refusal then
  return refusal
end
local now = now_millis()
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
if redis.call('ZADD', KEYS[3], 'NX', now + tonumber(ARGV[4]), ARGV[1]) == 0 then
  return 0
end
redis.call('PEXPIRE', KEYS[3], ARGV[4])
if ARGV[2] == 'failed' then
  redis.call('ZADD', KEYS[1], now, ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  local since = tonumber(ARGV[6]) > 0 and '(' .. (now - tonumber(ARGV[6])) or '-inf'
  if redis.call('ZCOUNT', KEYS[1], since, '+inf') == tonumber(ARGV[5]) then
    return 2
  end
elseif ARGV[2] == 'forgive' then
  redis.call('DEL', KEYS[1])
end
return 1
