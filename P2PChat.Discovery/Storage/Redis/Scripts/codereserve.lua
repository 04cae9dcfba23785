-- Reserves a use of a code.
-- ARGV: hash, PeerId, duration of the reservation
-- Returns whether the key may join.
local code = find_code(ARGV[1])
local use = code and use_of(code, ARGV[2])
if not use then return { 0 } end
if use.state == 'r' then use.ends = text(now + tonumber(ARGV[3])) end
write_code(ARGV[1], code)
return { 1 }
