-- Raises the floor of a fenced entry, drops its payload and voids every ticket. The payload goes whatever
-- its version: a history that the database has lost may have used higher numbers.
-- KEYS[1] the entry
-- ARGV[1] the floor, 19 digits; zeros keep the payload and only void tickets
-- ARGV[2] time to live, milliseconds: at least as long as anything that can be filled; a longer one
--         that the entry has stays
-- Returns the stamp of the server that was told. Repeating it, late or out of order, is harmless. One key, one slot.
local stamp, refusal = identity()
if not stamp then
  return refusal
end
local entry = read_entry(KEYS[1], stamp) or new_entry()
if ARGV[1] > entry.floor then
  entry.floor = ARGV[1]
end
if ARGV[1] ~= NO_VERSION then
  entry.version = NO_VERSION
  entry.payload = ''
end
entry.nonce = NO_NONCE
write_entry(KEYS[1], stamp, entry, tonumber(ARGV[2]))
return stamp
