-- Not a command: put in front of every script that needs this server's time.

-- Returns milliseconds since 1970.
local function now_millis()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
