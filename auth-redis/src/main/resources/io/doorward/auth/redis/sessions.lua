-- Not a command: put in front of the scripts that touch an account's index of sessions, a sorted
-- set of session ids by when they were created.
--
-- The keys of the sessions that are looked at here are made from the index's members and the name
-- in front of them, which ends in "{account}:session:". The first {tag} of a key decides its slot,
-- so whatever a member is, the key lies in the slot of the index.

-- No id of ours has more bytes. A member that has was planted: it is forgotten where it is first
-- read, and no key is made of it, so that it holds up every other caller of this server only once.
local LONGEST_ID = 64

-- Tells whether the session of a member of the index is there.
local function lives(prefix, id)
  return #id <= LONGEST_ID and redis.call('EXISTS', prefix .. id) == 1
end

-- Deletes an index that is no sorted set: it is none of ours.
local function heal(index)
  local kind = redis.call('TYPE', index).ok
  if kind ~= 'zset' and kind ~= 'none' then
    redis.call('DEL', index)
  end
end

-- Puts a session into the index, if it is not there, and lets the index live for ttl milliseconds at
-- least. What is there already needs no memory.
local function remember(index, id, created, ttl)
  if not redis.call('ZSCORE', index, id) then
    redis.call('ZADD', index, created, id)
  end
  redis.call('PEXPIRE', index, math.max(ttl, redis.call('PTTL', index)))
end

-- Forgets some members whose sessions are over. Each new session adds one member and looks at up to
-- 16, so the index does not grow by what is over.
local function tidy(index, prefix)
  for _, id in ipairs(redis.call('ZRANDMEMBER', index, 16)) do
    if not lives(prefix, id) then
      redis.call('ZREM', index, id)
    end
  end
end
