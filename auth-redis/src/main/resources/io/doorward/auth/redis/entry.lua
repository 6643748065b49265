-- Not a command: put in front of every script that touches a fenced entry.
--
-- A fenced entry is one string with one TTL:
--   format   1 byte     '1'
--   stamp    40 bytes   which server stored it, see identity()
--   nonce    22 bytes   what open tickets refer to; 22 dots: none
--   floor    19 digits  nothing below it is served or stored
--   version  19 digits  of the payload; zeros: no payload
--   payload  the rest   sealed by the client
-- Versions are compared as text of one width: numbers are doubles here and lose bits above 2^53.
local FORMAT = '1'
local NO_NONCE = string.rep('.', 22)
local NO_VERSION = string.rep('0', 19)

-- No value of ours has more bytes. One that has was planted. It is not read to its end: copying it
-- would hold up every other caller of this server, and sending it the caller.
local LONGEST = 262144

-- Returns a string, nil if there is none, or '' where something lies that is none of ours: no string
-- or one that is too long.
local function text(key)
  local value = redis.pcall('GETRANGE', key, 0, LONGEST)
  if type(value) == 'table' then
    if string.find(value.err, 'WRONGTYPE', 1, true) then
      return ''
    end
    -- Raises any other error.
    return redis.call('GETRANGE', key, 0, LONGEST)
  end
  if value == '' then
    return redis.call('EXISTS', key) == 1 and '' or nil
  end
  return #value <= LONGEST and value or ''
end

-- Returns the entry that this server stored, else nil; then whether it is none of ours at all.
local function read_entry(key, stamp)
  local value = text(key)
  if not value then
    return nil, false
  end
  if #value < 101 or string.sub(value, 1, 1) ~= FORMAT then
    return nil, true
  end
  if string.sub(value, 2, 41) ~= stamp then
    return nil, false
  end
  return {
    nonce = string.sub(value, 42, 63),
    floor = string.sub(value, 64, 82),
    version = string.sub(value, 83, 101),
    payload = string.sub(value, 102),
    left = redis.call('PTTL', key)
  }, false
end

local function new_entry()
  return {nonce = NO_NONCE, floor = NO_VERSION, version = NO_VERSION, payload = '', left = 0}
end

local function is_served(entry)
  return entry.version ~= NO_VERSION and entry.version >= entry.floor
end

-- Stores the entry; its time to live becomes ttl milliseconds, or stays if that is longer. Returns
-- false, and has written nothing, if this server has no memory left.
local function write_entry(key, stamp, entry, ttl)
  local value = FORMAT .. stamp .. entry.nonce .. entry.floor .. entry.version .. entry.payload
  local left = math.max(ttl, entry.left)
  local stored = redis.pcall('SET', key, value, 'PX', left)
  if not stored.err then
    return true
  end
  if string.find(stored.err, 'OOM', 1, true) then
    return false
  end
  -- Raises any other error.
  redis.call('SET', key, value, 'PX', left)
  return true
end

-- Returns the nonce of a ticket for the entry: the one that is out, or a fresh one. The entry is
-- remembered for ttl milliseconds at least. Where it cannot be for want of memory the ticket has no
-- nonce, and fills nothing.
local function hand_out(key, stamp, entry, nonce, ttl)
  if entry.nonce == NO_NONCE then
    entry.nonce = nonce
  end
  return write_entry(key, stamp, entry, ttl) and entry.nonce or NO_NONCE
end

-- Stores a payload under a ticket; returns whether it did and, where only a number refused it, that
-- number. What this server does not remember it refuses, and so what is older than the payload that
-- is there: two reads under one ticket may end in the other order. The time to live, milliseconds,
-- shortens none that the entry has.
local function fill_entry(key, stamp, ticket, version, payload, ttl)
  local entry = read_entry(key, stamp)
  if not entry or ticket.stamp ~= stamp or ticket.nonce == NO_NONCE or ticket.nonce ~= entry.nonce then
    return false
  end
  local least = entry.floor > entry.version and entry.floor or entry.version
  if version < least then
    return false, least
  end
  entry.version = version
  entry.payload = payload
  return write_entry(key, stamp, entry, ttl)
end
