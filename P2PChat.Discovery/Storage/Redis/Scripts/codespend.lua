-- Spends a use of a code.
-- ARGV: hash, PeerId
-- Returns the code's maker; nothing if the key may not join with it.
local code = find_code(ARGV[1])
local use = code and use_of(code, ARGV[2])
if not use then return {} end
use.state, use.ends = 's', '0'
write_code(ARGV[1], code)
return { code.maker }
