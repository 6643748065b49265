-- Not a command: put in front of the scripts that count attempts.
--
-- One budget is three sorted sets under one tag:
--   failures  attempt ids by the time at which they failed
--   leases    ids of attempts in flight by the time at which they are forgotten
--   settled   ids of attempts whose outcome is known by the time at which that is forgotten
-- Times are this server's, in milliseconds.
local function now_millis()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Forgets what is over and returns how many attempts are in flight.
local function in_flight(leases, now)
  redis.call('ZREMRANGEBYSCORE', leases, '-inf', now)
  return redis.call('ZCARD', leases)
end

-- Takes a place. A key never lives without an end, and never ends before what is in it.
local function admit(leases, id, now, lease)
  redis.call('ZADD', leases, now + lease, id)
  redis.call('PEXPIRE', leases, lease)
  return {'admitted', 0}
end

-- Answers how long until the first attempt in flight is forgotten.
local function busy(leases, now)
  local first = redis.call('ZRANGE', leases, 0, 0, 'WITHSCORES')
  return {'busy', tonumber(first[2]) - now}
end
