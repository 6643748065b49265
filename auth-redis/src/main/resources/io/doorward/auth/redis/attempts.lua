-- Not a command: put in front of the scripts that count attempts.
--
-- One budget is three sorted sets under one tag:
--   failures  attempt ids by the time at which they failed
--   leases    ids of attempts in flight by the time at which they are forgotten
--   settled   ids of attempts whose outcome is known by the time at which that is forgotten
-- A login identifier also has one number, by which its attempts are counted whatever becomes of
-- them.
-- Times are this server's, in milliseconds. Its clock may be set back, then what was written before
-- seems to lie in the future: it is taken to have happened now, so that no wait gets longer than it
-- was. A clock that is set forward ends waits and leases early, as time does.
--
-- An attempt's id ends with a dot and how long it may be in flight, in milliseconds.
--
-- No id of ours has more bytes. A member that has was planted: it is forgotten where it is first
-- read, so that copying it holds up every other caller of this server only once.
local LONGEST_ID = 64

local function lease_of(id)
  return tonumber(string.match(id, '%.(%d+)$')) or 0
end

-- Returns the id at a rank and its time, or nil.
local function at(key, rank)
  local found = redis.call('ZRANGE', key, rank, rank, 'WITHSCORES')
  while found[1] and #found[1] > LONGEST_ID do
    redis.call('ZREM', key, found[1])
    found = redis.call('ZRANGE', key, rank, rank, 'WITHSCORES')
  end
  return found[1], tonumber(found[2])
end

-- Gives an id an earlier time.
local function set_back(key, id, latest)
  if #id > LONGEST_ID then
    redis.call('ZREM', key, id)
  else
    redis.call('ZADD', key, latest, id)
  end
end

-- Brings down to the latest possible time what is later. Returns whether anything was.
local function bring_down(key, latest)
  local later = redis.call('ZRANGEBYSCORE', key, '(' .. latest, '+inf')
  for _, id in ipairs(later) do
    set_back(key, id, latest)
  end
  return #later > 0
end

-- Returns how many failures there are. Memory: how long they are kept after the last one.
local function count_failures(failures, now, memory)
  if bring_down(failures, now) then
    redis.call('PEXPIRE', failures, memory)
  end
  return redis.call('ZCARD', failures)
end

-- The key ends when the last of its members does.
local function end_with_last(key, now)
  local _, last = at(key, -1)
  if last then
    redis.call('PEXPIRE', key, math.max(1, last - now))
  end
end

-- Attempts are kept for so many leases each: what seems to begin in the future begins now. Looks at
-- all of them only if the one that ends last does, because the others end before it.
local function bring_down_ends(key, now, leases)
  local last, score = at(key, -1)
  if not last or score <= now + leases * lease_of(last) then
    return
  end
  for _, id in ipairs(redis.call('ZRANGE', key, 0, -1)) do
    local latest = now + leases * lease_of(id)
    if tonumber(redis.call('ZSCORE', key, id)) > latest then
      set_back(key, id, latest)
    end
  end
  end_with_last(key, now)
end

-- Forgets what is over and returns how many attempts are in flight.
local function in_flight(leases, now)
  bring_down_ends(leases, now, 1)
  redis.call('ZREMRANGEBYSCORE', leases, '-inf', now)
  return redis.call('ZCARD', leases)
end

-- Takes a place. A key never lives without an end, and never ends before what is in it.
local function admit(leases, id, now)
  redis.call('ZADD', leases, now + lease_of(id), id)
  end_with_last(leases, now)
  return {'admitted', 0}
end

-- Answers how long until the first attempt in flight is forgotten.
local function busy(leases, now)
  local _, first = at(leases, 0)
  return {'busy', first and first - now or 1}
end

-- Takes one of the attempts that a login identifier has, which come back evenly within a window
-- (the generic cell rate algorithm). Returns 0, or for how many milliseconds there is none. The key
-- says when all of them are back; a clock that is set back makes that no later than a window.
local function take_attempt(key, now, budget, window)
  local full = math.max(tonumber(redis.call('GETRANGE', key, 0, 31)) or now, now)
  local latest = now + window
  local wait = math.ceil(full + window / budget - latest)
  if full > latest then
    full = latest
    wait = math.ceil(window / budget)
  elseif wait > 0 then
    return wait
  else
    full = full + window / budget
  end
  redis.call('SET', key, string.format('%.3f', full), 'PX', math.max(1, math.ceil(full - now)))
  return math.max(0, wait)
end
