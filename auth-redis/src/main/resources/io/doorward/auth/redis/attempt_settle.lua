-- Gives back one attempt's place in one budget and says what became of it.
-- KEYS[1] failures; KEYS[2] leases; KEYS[3] settled; KEYS[4], where there is one, failures of the
-- attempt's network at the login identifier, which were settled before; all under the budget's tag
-- ARGV[1] the attempt's id
-- ARGV[2] 'failed': counted; 'forgive': all failures are forgotten; 'returned': nothing is counted
-- ARGV[3] how long failures are remembered after the last one, milliseconds
-- ARGV[4] how many failures are borne
-- ARGV[5] failures of the last so many milliseconds count; 0: all that are remembered
-- ARGV[6] of one network so many failures count while the budget is not spent
-- Returns 1, or 2 if this is the failure that spent the budget, or 0 if this attempt's outcome was
-- known already: the first one stands. It counts an attempt whose lease is over, too. An outcome is
-- remembered for two leases.
local refusal = refusal_of_identity()
if refusal then
  return refusal
end
local now = now_millis()
redis.call('ZREM', KEYS[2], ARGV[1])
bring_down_ends(KEYS[3], now, 2)
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
if redis.call('ZADD', KEYS[3], 'NX', now + 2 * lease_of(ARGV[1]), ARGV[1]) == 0 then
  return 0
end
end_with_last(KEYS[3], now)
local counts_elsewhere = KEYS[4]
  and redis.call('ZCARD', KEYS[4]) > tonumber(ARGV[6])
  and redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[4])
if ARGV[2] == 'failed' and not counts_elsewhere then
  redis.call('ZADD', KEYS[1], now, ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  local since = tonumber(ARGV[5]) > 0 and '(' .. (now - tonumber(ARGV[5])) or '-inf'
  if redis.call('ZCOUNT', KEYS[1], since, '+inf') == tonumber(ARGV[4]) then
    return 2
  end
elseif ARGV[2] == 'forgive' then
  redis.call('DEL', KEYS[1])
end
return 1
