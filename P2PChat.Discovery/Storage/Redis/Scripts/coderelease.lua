-- Gives back a reserved use.
-- ARGV: hash, PeerId
local code = find_code(ARGV[1])
local use = code and code.of[ARGV[2]]
if use and use.state == 'r' then
  use.state = nil
  write_code(ARGV[1], code)
end
return {}
