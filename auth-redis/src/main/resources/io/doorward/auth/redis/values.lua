-- Not a command: put in front of every script that reads a value.
--
-- The first byte of every string is a digit that tells how its other parts lie, its frame. A later
-- version of this library, which lays them in another way, has a higher one.
local FRAME = '2'

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

-- Tells whether a later version of this library wrote a value: its frame is a higher digit. What has
-- no end was written by no version.
local function is_newer(key, value)
  local frame = string.byte(value) or 0
  return frame > string.byte(FRAME)
    and frame <= string.byte('9')
    and redis.call('PTTL', key) >= 0
end
