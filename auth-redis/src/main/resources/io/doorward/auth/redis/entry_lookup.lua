-- Reads a fenced entry; where there is none to serve, hands out a ticket to fill it.
-- KEYS[1] the entry
-- ARGV[1] a fresh nonce, 22 characters; used if the entry has none
-- ARGV[2] how long the ticket is remembered at least, milliseconds
-- ARGV[3] what to do if an entry is there: 'serve' it; 'keep' it and hand out a ticket; 'drop' it and
--         hand out a ticket, because the caller cannot use it
-- Returns {'hit', version, payload} or {'miss', nonce, stamp, foreign}; foreign is 1 if something
-- that is none of ours lay there; a nonce of 22 dots fills nothing, see hand_out(). Repeating it is
-- harmless. One key, one slot.
local stamp, refusal = identity()
if not stamp then
  return refusal
end
local entry, foreign = read_entry(KEYS[1], stamp)
if entry and ARGV[3] == 'serve' and is_served(entry) then
  return {'hit', entry.version, entry.payload}
end
entry = entry or new_entry()
if ARGV[3] == 'drop' then
  entry.version = NO_VERSION
  entry.payload = ''
end
local nonce = hand_out(KEYS[1], stamp, entry, ARGV[1], tonumber(ARGV[2]))
return {'miss', nonce, stamp, foreign and 1 or 0}
