-- Stores a session and its place in the index, if the account's user record still is the one that
-- the caller has judged the session by, and if the account may have one session more. Those are counted
-- that live and bear the same mark of an epoch: no API keys. What bears another mark is over and goes.
-- Where there are too many, either the oldest end, or the new one is not stored.
-- KEYS[1] the session; KEYS[2] the user record; KEYS[3] the index; all under the account's tag
-- ARGV[1] the session's id, the end of KEYS[1]
-- ARGV[2] the session
-- ARGV[3] its time to live, milliseconds
-- ARGV[4] when it was created, milliseconds since 1970
-- ARGV[5] the index's time to live, milliseconds; a longer one that it has stays
-- ARGV[6] the version of the user record, 8 bytes
-- ARGV[7] how many sessions there may be with this one
-- ARGV[8] how many of them on devices of its kind, not more than ARGV[7]
-- ARGV[9] 1 if the new session is not stored where there are too many; else the oldest end
-- ARGV[10] how many members of the index are looked at, the oldest first, three times at most as long as
--   some of them were over; more than ARGV[7]. What is beyond, counts
-- Returns {1, how many have ended} if stored; {0, 0} if the user record is another one or absent, {2, 0}
-- if a later version wrote it, {3, 0} if the account is full, {4, 0} if it is with such devices.
-- Repeating it is harmless.

-- The mark of the epoch of what no change of the account ends: an API key.
local NO_EPOCH = string.rep('\0', 8)

-- The marks of the epoch and of the kind of device lie behind frame, idle end, number of the format and
-- length of the part in clear.
local MARKS = 11
local epoch = string.sub(ARGV[2], MARKS + 1, MARKS + 8)
local device = string.sub(ARGV[2], MARKS + 9, MARKS + 16)

-- Returns the marks of the session of a member of the index; nil if there is none.
local function marks(prefix, id)
  local value = #id <= LONGEST_ID and part(prefix .. id, MARKS, MARKS + 15)
  if not value or #value < 16 then
    return nil
  end
  return string.sub(value, 1, 8), string.sub(value, 9)
end

local server, refusal = identity()
if not server then
  return refusal
end
local user, obstacle = read_entry(KEYS[2], stamp_of(server))
if obstacle == NEWER then
  return {NEWER, 0}
end
if not user or not is_served(user) or user.version ~= ARGV[6] then
  return {0, 0}
end
heal(KEYS[3])
local prefix = string.sub(KEYS[1], 1, #KEYS[1] - #ARGV[1])
local most, most_of_kind = tonumber(ARGV[7]), tonumber(ARGV[8])
local ended = 0
local members = redis.call('ZCARD', KEYS[3])
if members >= most_of_kind then
  -- All that counts, the oldest first, and which of it is on a device of the kind.
  local live, is_of_kind, of_kind, beyond
  local rounds = 0
  repeat
    live, is_of_kind, of_kind = {}, {}, 0
    local over = 0
    for _, id in ipairs(redis.call('ZRANGE', KEYS[3], 0, tonumber(ARGV[10]) - 1)) do
      local epoch_mark, device_mark = marks(prefix, id)
      if epoch_mark == epoch then
        if id ~= ARGV[1] then
          live[#live + 1] = id
          is_of_kind[id] = device_mark == device
          of_kind = of_kind + (is_of_kind[id] and 1 or 0)
        end
      elseif epoch_mark ~= NO_EPOCH then
        if epoch_mark then
          redis.call('DEL', prefix .. id)
        end
        redis.call('ZREM', KEYS[3], id)
        over = over + 1
      end
    end
    beyond = math.max(0, redis.call('ZCARD', KEYS[3]) - tonumber(ARGV[10]))
    rounds = rounds + 1
  until over == 0 or beyond == 0 or rounds == 3
  local excess_of_kind = of_kind + 1 - most_of_kind
  local excess = #live + beyond + 1 - most
  if ARGV[9] == '1' and (excess_of_kind > 0 or excess > 0) then
    return {excess_of_kind > 0 and 4 or 3, 0}
  end
  -- Those of the kind first: each of them makes room for both. A session goes before its place in the
  -- index: a session that lives is always in the index.
  for _, only_of_kind in ipairs({true, false}) do
    for _, id in ipairs(live) do
      if is_of_kind[id] ~= nil and (only_of_kind and is_of_kind[id] and ended < excess_of_kind
          or not only_of_kind and ended < excess) then
        ended = ended + redis.call('DEL', prefix .. id)
        redis.call('ZREM', KEYS[3], id)
        is_of_kind[id] = nil
      end
    end
  end
end
tidy(KEYS[3], prefix)
remember(KEYS[3], ARGV[1], ARGV[4], tonumber(ARGV[5]))
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return {1, ended}
