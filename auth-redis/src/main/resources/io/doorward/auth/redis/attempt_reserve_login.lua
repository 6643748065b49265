-- Takes one attempt out of the budget of a login identifier, of a network at it, or of a device
-- known to it: so many failures, then one attempt after each wait, and each wait twice as long as
-- the one before. Takes it also out of the attempts that the login identifier has, whatever becomes
-- of them.
-- KEYS[1] failures; KEYS[2] leases; KEYS[3] when all attempts of the login identifier are back; all
-- under its tag
-- ARGV[1] the attempt's id
-- ARGV[2] how many failures are borne before there are waits
-- ARGV[3] the first wait, milliseconds
-- ARGV[4] the longest wait, milliseconds
-- ARGV[5] how many attempts there are; 0: none is taken out of them
-- ARGV[6] within how many milliseconds they come back
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
local failures = count_failures(KEYS[1], now, ARGV[4])
if failures >= budget then
  local _, last = at(KEYS[1], -1)
  local wait = math.min(tonumber(ARGV[3]) * 2 ^ (failures - budget), tonumber(ARGV[4]))
  local left = (last or 0) + wait - now
  if left > 0 then
    return {'refused', left}
  end
  if flying > 0 then
    return busy(KEYS[2], now)
  end
elseif failures + flying >= budget then
  return busy(KEYS[2], now)
end
if tonumber(ARGV[5]) > 0 then
  local wait = take_attempt(KEYS[3], now, tonumber(ARGV[5]), tonumber(ARGV[6]))
  if wait > 0 then
    return {'refused', wait}
  end
end
return admit(KEYS[2], ARGV[1], now)
