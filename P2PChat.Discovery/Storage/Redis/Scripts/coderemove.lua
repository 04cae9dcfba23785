-- Removes a code.
-- ARGV: hash, maker
-- Returns its claimant; nothing if the maker has no such code.
local code = find_code(ARGV[1])
if not code or code.maker ~= ARGV[2] then return {} end
remove_code(ARGV[1])
return { code.claimant }
