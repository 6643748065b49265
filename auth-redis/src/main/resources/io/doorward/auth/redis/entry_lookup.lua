-- Reads a fenced entry; where there is none to serve, hands out a ticket to fill it.
-- KEYS[1] the entry
-- ARGV[1] a fresh nonce, 16 bytes; used if the entry has none
-- ARGV[2] how long the ticket is remembered at least, milliseconds
-- ARGV[3] what to do if an entry is there: 'serve' it; 'keep' it and hand out a ticket; 'drop' it and
--         hand out a ticket, because the caller cannot use it
-- Returns {'hit', version, payload} or {'miss', nonce, stamp, obstacle}; obstacle is 1 if something
-- that is none of ours lay there, 2 if a later version wrote what lies there, which stays; a nonce of
-- zeros fills nothing, see hand_out(). Repeating it is harmless. One key, one slot.
local server, refusal = identity()
if not server then
  return refusal
end
local stamp = stamp_of(server)
local entry, obstacle = read_entry(KEYS[1], stamp)
if obstacle == NEWER then
  return {'miss', NO_NONCE, stamp, NEWER}
end
if entry and ARGV[3] == 'serve' and is_served(entry) then
  return {'hit', entry.version, entry.payload}
end
entry = entry or new_entry()
if ARGV[3] == 'drop' then
  entry.version = NO_VERSION
  entry.payload = ''
end
local nonce = hand_out(KEYS[1], stamp, entry, ARGV[1], tonumber(ARGV[2]))
return {'miss', nonce, stamp, obstacle or 0}
