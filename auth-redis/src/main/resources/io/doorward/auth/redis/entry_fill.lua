-- Stores a payload under a ticket. What this server does not remember it refuses, and so what is
-- older than the payload that is there: two reads under one ticket may end in the other order.
-- KEYS[1] the entry
-- ARGV[1] the ticket's stamp
-- ARGV[2] the ticket's nonce
-- ARGV[3] the payload's version, 19 digits
-- ARGV[4] the payload, sealed
-- ARGV[5] time to live, milliseconds; a longer one that the entry has stays
-- Returns 1 if stored, 0 if refused. Repeating it is harmless. One key, one slot.
local stamp, refusal = identity()
if not stamp then
  return refusal
end
local entry = read_entry(KEYS[1], stamp)
if not entry or ARGV[1] ~= stamp or ARGV[2] == NO_NONCE or ARGV[2] ~= entry.nonce
  or ARGV[3] < entry.floor or ARGV[3] < entry.version then
  return 0
end
entry.version = ARGV[3]
entry.payload = ARGV[4]
write_entry(KEYS[1], stamp, entry, tonumber(ARGV[5]))
return 1
