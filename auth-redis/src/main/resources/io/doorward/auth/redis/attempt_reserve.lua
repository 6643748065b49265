-- Takes one attempt out of several budgets, or out of none of them. They are asked in their order,
-- and the first one that has no place answers: nothing is taken, and those behind it are not read.
-- KEYS[1] and on: of each budget failures and leases; of the attempts of a login identifier, which
-- are counted like a budget, when all of them are back. On a server with slots all are in one
-- ARGV[1] the attempt's id
-- ARGV[2] and on: four of each budget
--   'row', how many failures are borne before there are waits, the first wait, the longest wait: of
--     a login identifier, of a network at it, or of a device known to it. One attempt after each
--     wait, and each wait twice as long as the one before
--   'window', how many failures are borne, the window, 0: of a network, or of all devices known to a
--     login identifier
--   'attempts', how many there are, within what time they come back, 0: whatever becomes of them
-- Times are milliseconds.
-- Returns {'admitted'}, or {'busy', wait, budget} or {'refused', wait, budget}: how many milliseconds
-- to wait, and the number of the budget that answers, from 1. Repeating it with one id takes one
-- place.

-- No id of ours has more bytes. A member that has was planted: it is forgotten where it is first
-- read, so that copying it holds up every other caller of this server only once.
local LONGEST_ID = 64

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
  local count = redis.call('ZCARD', failures)
  if count == 0 then
    return 0
  end
  if bring_down(failures, now) then
    redis.call('PEXPIRE', failures, memory)
    count = redis.call('ZCARD', failures)
  end
  return count
end

-- The key ends when the last of its members does.
local function end_with_last(key, now)
  local _, last = at(key, -1)
  if last then
    redis.call('PEXPIRE', key, math.max(1, last - now))
  end
end

-- What seems to have begun in the future began now. Looks at all attempts in flight only if the one
-- that ends last does, because the others end before it.
local function bring_down_ends(leases, now)
  local last, score = at(leases, -1)
  if not last or score <= now + lease_of(last) then
    return
  end
  for _, id in ipairs(redis.call('ZRANGE', leases, 0, -1)) do
    local latest = now + lease_of(id)
    if tonumber(redis.call('ZSCORE', leases, id)) > latest then
      set_back(leases, id, latest)
    end
  end
  end_with_last(leases, now)
end

-- Forgets what is over and returns how many attempts are in flight. Writes in any case, and before
-- anything that takes memory: a server that has none left refuses that only where it is the first.
local function in_flight(leases, now)
  redis.call('ZREMRANGEBYSCORE', leases, '-inf', now)
  local count = redis.call('ZCARD', leases)
  if count == 0 then
    return 0
  end
  bring_down_ends(leases, now)
  return redis.call('ZCARD', leases)
end

-- Takes a place. A key never lives without an end, and never ends before what is in it.
local function admit(leases, id, now, alone)
  redis.call('ZADD', leases, now + lease_of(id), id)
  if alone then
    redis.call('PEXPIRE', leases, math.max(1, lease_of(id)))
  else
    end_with_last(leases, now)
  end
end

-- Answers how long until the first attempt in flight is forgotten.
local function busy(leases, now)
  local _, first = at(leases, 0)
  return 'busy', first and first - now or 1
end

-- Returns nil where a budget of failures in a row has a place, else its answer and how long to wait.
local function place_in_row(failures, leases, now, flying, budget, first_wait, longest_wait)
  local count = count_failures(failures, now, longest_wait)
  if count < budget then
    if count + flying >= budget then
      return busy(leases, now)
    end
    return nil
  end
  local _, last = at(failures, -1)
  local wait = math.min(first_wait * 2 ^ (count - budget), longest_wait)
  local left = (last or 0) + wait - now
  if left > 0 then
    return 'refused', left
  end
  if flying > 0 then
    return busy(leases, now)
  end
  return nil
end

-- The same of a budget of failures within a window.
local function place_in_window(failures, leases, now, flying, budget, window)
  local count = count_failures(failures, now, window)
  if count > 0 then
    count = count - redis.call('ZREMRANGEBYSCORE', failures, '-inf', now - window)
  end
  if count >= budget then
    local _, leaving = at(failures, count - budget)
    return 'refused', leaving and leaving + window - now or 1
  end
  if count + flying >= budget then
    return busy(leases, now)
  end
  return nil
end

-- Keeps when all attempts of a login identifier are back.
local function keep_until_full(key, full, now)
  redis.call('SET', key, string.format('%.3f', full), 'PX', math.max(1, math.ceil(full - now)))
end

-- The same of the attempts that a login identifier has, which come back evenly within a window (the
-- generic cell rate algorithm). Where there is one, returns nil and when all would be back if it were
-- taken. A clock that is set back makes that no later than a window.
local function attempt_of(key, now, budget, window)
  local full = math.max(tonumber(redis.call('GETRANGE', key, 0, 31)) or now, now)
  local latest = now + window
  if full > latest then
    keep_until_full(key, latest, now)
    return 'refused', math.ceil(window / budget)
  end
  local wait = math.ceil(full + window / budget - latest)
  if wait > 0 then
    return 'refused', wait
  end
  return nil, full + window / budget
end

local refusal = refusal_of_identity()
if refusal then
  return refusal
end
local id = ARGV[1]
local now = now_millis()
local places = {}
local attempts = {}
local key = 1
for first = 2, #ARGV - 1, 4 do
  local kind, budget, one, other = unpack(ARGV, first, first + 3)
  local number = (first + 2) / 4
  local answer, wait
  if kind == 'attempts' then
    answer, wait = attempt_of(KEYS[key], now, tonumber(budget), tonumber(one))
    attempts[#attempts + 1] = {key = KEYS[key], full = wait}
    key = key + 1
  else
    local failures, leases = KEYS[key], KEYS[key + 1]
    local flying = in_flight(leases, now)
    if flying > 0 and redis.call('ZSCORE', leases, id) then
      return {'admitted'}
    end
    if kind == 'row' then
      answer, wait =
        place_in_row(failures, leases, now, flying, tonumber(budget), tonumber(one), tonumber(other))
    else
      answer, wait = place_in_window(failures, leases, now, flying, tonumber(budget), tonumber(one))
    end
    places[#places + 1] = {leases = leases, alone = flying == 0}
    key = key + 2
  end
  if answer then
    return {answer, wait, number}
  end
end
for _, place in ipairs(places) do
  admit(place.leases, id, now, place.alone)
end
for _, taken in ipairs(attempts) do
  keep_until_full(taken.key, taken.full, now)
end
return {'admitted'}
