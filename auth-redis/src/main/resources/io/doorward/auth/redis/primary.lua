-- Says which primary this server is. Writes nothing.
-- KEYS[1] any name of ours: its slot says which node of a cluster is asked
-- Returns its stamp, or the error of a server that is no primary or not one that the caller believes.
local stamp, refusal = identity()
return stamp or refusal
