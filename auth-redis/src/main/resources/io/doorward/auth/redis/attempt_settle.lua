-- Gives back the places of one attempt in several budgets, and says what became of it.
-- KEYS[1] remembers that its outcome is known
-- KEYS[2] and on: of each budget failures and leases. On a server with slots all are in one
-- ARGV[1] the attempt's id
-- ARGV[2] and on: five of each budget
--   'failed': counted; 'forgive': all failures are forgotten; 'returned': nothing is counted
--   how long failures are remembered after the last one, milliseconds
--   how many failures are borne
--   failures of the last so many milliseconds count; 0: all that are remembered
--   of the network whose budget stands before this one so many failures count while this one is not
--     spent; 0: no network's does
-- Returns the numbers, from 1, of the budgets that this failure spent. An outcome is remembered for
-- two leases: the first one stands. It counts an attempt whose lease is over, too.
local refusal = refusal_of_identity()
if refusal then
  return refusal
end
local id = ARGV[1]
for leases = 3, #KEYS, 2 do
  redis.call('ZREM', KEYS[leases], id)
end
if not redis.call('SET', KEYS[1], '', 'PX', 2 * lease_of(id), 'NX') then
  return {}
end
local now
local spent = {}
for first = 2, #ARGV - 1, 5 do
  local meaning, memory, budget, window, of_network = unpack(ARGV, first, first + 4)
  local number = (first + 3) / 5
  local failures = KEYS[2 * number]
  if meaning == 'failed' then
    now = now or now_millis()
    local counts_elsewhere = tonumber(of_network) > 0
      and redis.call('ZCARD', KEYS[2 * number - 2]) > tonumber(of_network)
      and redis.call('ZCARD', failures) < tonumber(budget)
    if not counts_elsewhere then
      redis.call('ZADD', failures, now, id)
      redis.call('PEXPIRE', failures, memory)
      local since = tonumber(window) > 0 and '(' .. (now - tonumber(window)) or '-inf'
      if redis.call('ZCOUNT', failures, since, '+inf') == tonumber(budget) then
        spent[#spent + 1] = number
      end
    end
  elseif meaning == 'forgive' then
    redis.call('DEL', failures)
  end
end
return spent
