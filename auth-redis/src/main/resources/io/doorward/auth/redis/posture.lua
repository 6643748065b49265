-- Looks at the server's settings, for the check at the start. Writes nothing.
-- KEYS[1] any name of ours: its slot says which node of a cluster is asked
-- Returns {INFO, seconds}: what INFO says of all sections that a script may ask for, and the
-- server's time since 1970.
local sections = {}
for _, section in ipairs({'server', 'clients', 'memory', 'persistence', 'replication', 'cluster'}) do
  sections[#sections + 1] = redis.call('INFO', section)
end
return {table.concat(sections, '\r\n'), redis.call('TIME')[1]}
