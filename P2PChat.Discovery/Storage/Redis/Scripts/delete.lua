-- Deletes envelopes.
-- ARGV: name, token, ids...
-- Returns 'unknown-token', or 'deleted' and the number of deleted envelopes.
local name = ARGV[1]
if not holds(name, ARGV[2]) then return { 'unknown-token' } end
local deleted = 0
for i = 3, #ARGV do
  if discard(name .. ' ' .. ARGV[i]) then deleted = deleted + 1 end
end
return { 'deleted', deleted }
