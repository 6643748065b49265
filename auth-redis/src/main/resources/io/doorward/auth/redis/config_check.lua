-- Looks at the server's settings and at what this caller may do, for the check at the start. Writes
-- nothing: nothing lies under the key, and every command is sent in a form that leaves it so.
-- KEYS[1] any name of ours: its slot says which node of a cluster is asked
-- Returns {INFO, seconds, denied, unknown}: what INFO says of all sections that a script may ask for;
-- the server's time since 1970; the commands that access rules do not let this caller run; those
-- that the server does not know. Without the right to INFO or TIME, '' and 0 stand in their place.

local denied = {}
local unknown = {}

-- Returns the answer, or nil where the command could not be run.
local function attempt(command, ...)
  local answer = redis.pcall(command, ...)
  if type(answer) ~= 'table' or not answer.err then
    return answer
  end
  local text = string.lower(answer.err)
  if string.find(text, "can't run this command", 1, true)
    or string.find(text, 'no permissions to run', 1, true) then
    denied[#denied + 1] = command
  elseif string.find(text, 'unknown redis command', 1, true)
    or string.find(text, 'unknown command', 1, true) then
    unknown[#unknown + 1] = command
  end
  return nil
end

local key = KEYS[1]
attempt('DEL', key)
attempt('EXISTS', key)
attempt('GETRANGE', key, 0, 0)
attempt('PEXPIRE', key, 1)
attempt('PTTL', key)
attempt('SET', key, '', 'PX', 1, 'XX')
attempt('SETRANGE', key, 0, '')
attempt('TYPE', key)
attempt('ZADD', key, 'XX', 0, '-')
attempt('ZCARD', key)
attempt('ZCOUNT', key, 0, 0)
attempt('ZRANDMEMBER', key, 1)
attempt('ZRANGE', key, 0, 0)
attempt('ZRANGEBYSCORE', key, 0, 0)
attempt('ZREM', key, '-')
attempt('ZREMRANGEBYSCORE', key, 0, 0)
attempt('ZSCORE', key, '-')
local time = attempt('TIME')
local info = attempt('INFO', 'server')
if info then
  for _, section in ipairs({'clients', 'memory', 'persistence', 'replication', 'cluster'}) do
    info = info .. '\r\n' .. redis.call('INFO', section)
  end
end
return {info or '', time and time[1] or '0', denied, unknown}
