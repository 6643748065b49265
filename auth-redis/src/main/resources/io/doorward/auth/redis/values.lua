-- Not a command: put in front of every script that reads a value.
--
-- The first byte of every string is a digit that tells how its other parts lie, its frame. A later
-- version of this library, which lays them in another way, has a higher one.
local FRAME = '2'

-- No value of ours has more bytes. One that has was planted. It is not read to its end: copying it
-- would hold up every other caller of this server, and sending it the caller.
local LONGEST = 262144

-- Returns a part of a string, '' if there is none, or nil where something lies that is no string.
local function part(key, from, to)
  local value = redis.pcall('GETRANGE', key, from, to)
  if type(value) == 'table' then
    if string.find(value.err, 'WRONGTYPE', 1, true) then
      return nil
    end
    -- Raises any other error: what cannot be read now may be ours.
    return redis.call('GETRANGE', key, from, to)
  end
  return value
end

-- Returns a string, nil if there is none, or '' where something lies that is none of ours: no string
-- or one that is too long.
local function text(key)
  local value = part(key, 0, LONGEST)
  if not value then
    return ''
  end
  if value == '' then
    return redis.call('EXISTS', key) == 1 and '' or nil
  end
  return #value <= LONGEST and value or ''
end

-- What a database read stands behind lives a day and a tenth at most, in milliseconds here three days,
-- which leaves room for later versions. What has longer to live was planted.
local LONGEST_LIFE = 259200000

-- Tells whether a value is in the frame of a later version: its first byte is a higher digit.
local function has_later_frame(value)
  local frame = string.byte(value) or 0
  return frame > string.byte(FRAME) and frame <= string.byte('9')
end

-- Tells whether a later version of this library wrote a value that can be read anew. What has no end,
-- or one that is too far away, was written by no version.
local function is_newer(key, value)
  if not has_later_frame(value) then
    return false
  end
  local left = redis.call('PTTL', key)
  return left >= 0 and left <= LONGEST_LIFE
end

-- Returns a session that can not be read anew, as text() does. One in a later frame that has no end
-- was written by no version.
local function session_text(key)
  local value = text(key)
  if value and has_later_frame(value) and redis.call('PTTL', key) < 0 then
    return ''
  end
  return value
end
