-- Stores a user record under a ticket and, if that is stored, a session that was read with it. The
-- session needs no ticket of its own: it is served only in the state that it was read in.
-- KEYS[1] the session; KEYS[2] the user record; both under the account's tag
-- ARGV[1] the ticket's stamp
-- ARGV[2] the ticket's nonce
-- ARGV[3] the user record's version, 8 bytes
-- ARGV[4] the user record, sealed
-- ARGV[5] its time to live, milliseconds; a longer one that it has stays
-- ARGV[6] the session
-- ARGV[7] its time to live, milliseconds
-- Returns 1 if both are stored, or the session that is there was read later; 0 if refused. Repeating
-- it is harmless.

-- No fill comes this late, in milliseconds. A session that was read even later, by what it says, was
-- planted or read by a clock that is wrong, and is replaced.
local LATEST_FILL = 60000

local function number(bytes)
  local high, low = struct.unpack('>I4I4', bytes)
  return high * 4294967296 + low
end

-- Tells whether a session, see view_find, was read later than another one of the same format and version.
local function is_later(one, other)
  if #one < 27 or string.sub(one, 1, 1) ~= FRAME
    or string.sub(one, 10, 19) ~= string.sub(other, 10, 19) then
    return false
  end
  local lead = number(string.sub(one, 20, 27)) - number(string.sub(other, 20, 27))
  return lead > 0 and lead <= LATEST_FILL
end

local server, refusal = identity()
if not server then
  return refusal
end
local stamp = stamp_of(server)
local ticket = {stamp = ARGV[1], nonce = ARGV[2]}
if not fill_entry(KEYS[2], stamp, ticket, ARGV[3], ARGV[4], tonumber(ARGV[5])) then
  return 0
end
if not is_later(text(KEYS[1]) or '', ARGV[6]) then
  redis.call('SET', KEYS[1], ARGV[6], 'PX', ARGV[7])
end
return 1
