-- Reads a fenced entry as a look-up would serve it. Writes nothing and hands out no ticket.
-- KEYS[1] the entry
-- Returns {version, payload}, or nil where a look-up would miss. One key, one slot.
local server, refusal = identity()
if not server then
  return refusal
end
local entry = read_entry(KEYS[1], stamp_of(server))
if entry and is_served(entry) then
  return {entry.version, entry.payload}
end
return false
