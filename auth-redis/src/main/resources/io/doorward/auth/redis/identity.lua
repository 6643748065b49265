-- Not a command: put in front of every script.
--
-- The last argument of every script is what its caller knows of this cache's primaries: the stamps
-- of those that may be believed, separated by spaces; '-' if it knows none yet; empty if it asks
-- nobody. A stamp may be followed by ':' and a term, a number: what was stored in another term does
-- not count.
local BELIEVED = ARGV[#ARGV]

-- Returns which server this is, 40 hex digits: SHA-1 of run_id and master_replid, or of that and the
-- term if it has one. Or nil and the error to answer, because it is not a primary or not one that the
-- caller believes.
local function identity()
  local replication = redis.call('INFO', 'replication')
  if not string.find(replication, 'role:master', 1, true) then
    return nil, redis.error_reply('NOTPRIMARY this server is not a primary')
  end
  local server = redis.call('INFO', 'server')
  local run = string.match(server, 'run_id:(%w+)')
  local history = string.match(replication, 'master_replid:(%w+)')
  if not run or not history then
    return nil, redis.error_reply('NOIDENTITY INFO shows no run_id and master_replid')
  end
  local stamp = redis.sha1hex(run .. ':' .. history)
  if BELIEVED ~= '' and not string.find(BELIEVED, stamp, 1, true) then
    local previous = string.match(replication, 'master_replid2:(%w+)') or string.rep('0', 40)
    local mode = string.match(server, 'redis_mode:(%w+)') or 'standalone'
    return nil, redis.error_reply(
      table.concat({'UNBELIEVED', stamp, history, previous, mode}, ' '))
  end
  local term = string.match(BELIEVED, stamp .. ':(%d+)')
  return term and redis.sha1hex(stamp .. ':' .. term) or stamp
end

-- For a script that keeps no stamp: returns the error to answer, or nil. Looks only if its caller
-- wants to know.
local function refusal_of_identity()
  if BELIEVED == '' then
    return nil
  end
  local stamp, refusal = identity()
  return refusal
end
