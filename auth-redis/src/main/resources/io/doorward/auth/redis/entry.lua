-- Not a command: put in front of every script that touches a fenced entry.
--
-- A fenced entry is one string with one TTL:
--   frame    1 byte    '2', see values.lua
--   stamp    16 bytes  which server stored it, see stamp_of()
--   nonce    16 bytes  what open tickets refer to; zeros: none
--   floor    8 bytes   nothing below it is served or stored
--   version  8 bytes   of the payload; zeros: no payload
--   payload  the rest  sealed by the client
-- Floor and version are numbers, the highest byte first. They are compared by halves: numbers are
-- doubles here and lose bits above 2^53, and the order of strings is that of the server's locale.
local NO_NONCE = string.rep('\0', 16)
local NO_VERSION = string.rep('\0', 8)

-- What lies in the place of an entry and is none.
local FOREIGN = 1
local NEWER = 2

-- Returns the stamp of a server: the first 16 bytes of the digest that identity() returns in hex.
local function stamp_of(server)
  local words = {}
  for first = 1, 25, 8 do
    words[#words + 1] = tonumber(string.sub(server, first, first + 7), 16)
  end
  return struct.pack('>I4I4I4I4', unpack(words))
end

local function is_below(one, other)
  local one_high, one_low = struct.unpack('>I4I4', one)
  local other_high, other_low = struct.unpack('>I4I4', other)
  return one_high < other_high or one_high == other_high and one_low < other_low
end

-- Returns the entry that this server stored; else nil, and NEWER or FOREIGN if what lies there is no
-- entry that this version can read.
local function read_entry(key, stamp)
  local value = text(key)
  if not value or string.sub(value, 1, 1) == '1' then
    return nil
  end
  if is_newer(key, value) then
    return nil, NEWER
  end
  if #value < 49 or string.sub(value, 1, 1) ~= FRAME then
    return nil, FOREIGN
  end
  if string.sub(value, 2, 17) ~= stamp then
    return nil
  end
  local left = redis.call('PTTL', key)
  if left > LONGEST_LIFE then
    return nil, FOREIGN
  end
  return {
    nonce = string.sub(value, 18, 33),
    floor = string.sub(value, 34, 41),
    version = string.sub(value, 42, 49),
    payload = string.sub(value, 50),
    left = left
  }
end

local function new_entry()
  return {nonce = NO_NONCE, floor = NO_VERSION, version = NO_VERSION, payload = '', left = 0}
end

local function is_served(entry)
  return entry.version ~= NO_VERSION and not is_below(entry.version, entry.floor)
end

-- Stores the entry; its time to live becomes ttl milliseconds, or stays if that is longer. Returns
-- false, and has written nothing, if this server has no memory left.
local function write_entry(key, stamp, entry, ttl)
  local value = FRAME .. stamp .. entry.nonce .. entry.floor .. entry.version .. entry.payload
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
-- is there: two reads under one ticket may end in the other order. A payload in a later format, which
-- its first byte tells, stays while it is served: a look-up drops what cannot be used for another
-- reason, and a payload that is not served was planted. The time to live, milliseconds, shortens none
-- that the entry has.
local function fill_entry(key, stamp, ticket, version, payload, ttl)
  local entry = read_entry(key, stamp)
  if not entry or ticket.stamp ~= stamp or ticket.nonce == NO_NONCE or ticket.nonce ~= entry.nonce then
    return false
  end
  if is_served(entry) and (string.byte(entry.payload) or 0) > string.byte(payload) then
    return false
  end
  local least = is_below(entry.version, entry.floor) and entry.floor or entry.version
  if is_below(version, least) then
    return false, least
  end
  entry.version = version
  entry.payload = payload
  return write_entry(key, stamp, entry, ttl)
end
