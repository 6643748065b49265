-- Takes one attempt out of the budget of a network, or of all devices known to a login identifier:
-- so many failures within a window.
-- KEYS[1] failures; KEYS[2] leases; both under the tag of the network or the login identifier
-- ARGV[1] the attempt's id
-- ARGV[2] how many failures are borne
-- ARGV[3] the window, milliseconds
-- Returns {'admitted', 0}, {'busy', wait} or {'refused', wait}, waits in milliseconds. Repeating it
-- with one id takes one place.
local refusal = refusal_of_identity()
if refusal then
  return refusal
end
local now = now_millis()
local budget = tonumber(ARGV[2])
local flying = in_flight(KEYS[2], now)
if redis.call('ZSCORE', KEYS[2], ARGV[1]) then
  return {'admitted', 0}
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[3]))
local failures = count_failures(KEYS[1], now, ARGV[3])
if failures >= budget then
  local _, leaving = at(KEYS[1], failures - budget)
  return {'refused', leaving and leaving + tonumber(ARGV[3]) - now or 1}
end
if failures + flying >= budget then
  return busy(KEYS[2], now)
end
return admit(KEYS[2], ARGV[1], now)
