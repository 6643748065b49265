-- Raises the floor of a fenced entry, drops its payload and voids every ticket. A payload that is not
-- below the floor goes, too: after a fail-over of the database that lost its last commits, what was
-- read before may bear a number that is as high and mean something else. What a later version wrote
-- is replaced: no version may serve it any more.
-- Where this server has no memory left for that, deletes the entry instead, which needs none: what is
-- absent serves nothing and refuses every ticket that is out.
-- KEYS[1] the entry
-- ARGV[1] the floor, 8 bytes; zeros only void tickets and leave the payload
-- ARGV[2] time to live, milliseconds: at least as long as anything that can be filled; a longer one
--         that the entry has stays
-- Returns which server was told, see identity(). Repeating it, late or out of order, is harmless. One
-- key, one slot.
local server, refusal = identity()
if not server then
  return refusal
end
local stamp = stamp_of(server)
local entry = read_entry(KEYS[1], stamp) or new_entry()
if is_below(entry.floor, ARGV[1]) then
  entry.floor = ARGV[1]
end
if ARGV[1] ~= NO_VERSION then
  entry.version = NO_VERSION
  entry.payload = ''
end
entry.nonce = NO_NONCE
if not write_entry(KEYS[1], stamp, entry, tonumber(ARGV[2])) then
  redis.call('DEL', KEYS[1])
end
return server
