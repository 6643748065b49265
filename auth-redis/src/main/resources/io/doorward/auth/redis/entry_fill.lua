-- Stores a payload under a ticket, see fill_entry().
-- KEYS[1] the entry
-- ARGV[1] the ticket's stamp
-- ARGV[2] the ticket's nonce
-- ARGV[3] the payload's version, 8 bytes
-- ARGV[4] the payload, sealed
-- ARGV[5] time to live, milliseconds; a longer one that the entry has stays
-- Returns 1 if stored, 0 if the ticket is void, else the number that refused it, 8 bytes. Repeating
-- it is harmless. One key, one slot.
local server, refusal = identity()
if not server then
  return refusal
end
local ticket = {stamp = ARGV[1], nonce = ARGV[2]}
local stored, refused_by =
  fill_entry(KEYS[1], stamp_of(server), ticket, ARGV[3], ARGV[4], tonumber(ARGV[5]))
return stored and 1 or refused_by or 0
