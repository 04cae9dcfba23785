-- Keeps a key from joining with a code again.
-- ARGV: hash, PeerId
local code = find_code(ARGV[1])
local use = code and code.of[ARGV[2]]
if use then
  use.state, use.ends = 'x', '0'
  write_code(ARGV[1], code)
end
return {}
