-- Reads a fenced entry; where there is none to serve, hands out a ticket to fill it.
-- KEYS[1] the entry
-- ARGV[1] a fresh nonce, 22 characters; used if the entry has none
-- ARGV[2] how long the ticket is remembered at least, milliseconds
-- ARGV[3] what to do if an entry is there: '0' serve it; '1' hand out a ticket and keep it; '2' hand
--         out a ticket and drop it, because the caller cannot use it
-- Returns {'hit', version, payload} or {'miss', nonce, stamp, foreign}; foreign is 1 if something
-- that is none of ours lay there. Repeating it is harmless. One key, one slot.
local stamp, refusal = identity()
if not stamp then
  return refusal
end
local entry, foreign = read_entry(KEYS[1], stamp)
if entry and ARGV[3] == '0' and is_served(entry) then
  return {'hit', entry.version, entry.payload}
end
entry = entry or new_entry()
if ARGV[3] == '2' then
  entry.version = NO_VERSION
  entry.payload = ''
end
if entry.nonce == NO_NONCE then
  entry.nonce = ARGV[1]
end
write_entry(KEYS[1], stamp, entry, tonumber(ARGV[2]))
return {'miss', entry.nonce, stamp, foreign and 1 or 0}
