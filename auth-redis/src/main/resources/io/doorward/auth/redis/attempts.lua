-- Not a command: put in front of the scripts that count attempts.
--
-- One budget is two sorted sets under one tag:
--   failures  attempt ids by the time at which they failed
--   leases    ids of attempts in flight by the time at which they are forgotten
-- A login identifier also has one number, by which its attempts are counted whatever becomes of
-- them. An attempt whose outcome is known has a key of its own until that is forgotten.
-- Times are this server's, in milliseconds. Its clock may be set back, then what was written before
-- seems to lie in the future: it is taken to have happened now, so that no wait gets longer than it
-- was. A clock that is set forward ends waits and leases early, as time does.
--
-- An attempt's id ends with a dot and how long it may be in flight, in milliseconds.

local function lease_of(id)
  return tonumber(string.match(id, '%.(%d+)$')) or 0
end
