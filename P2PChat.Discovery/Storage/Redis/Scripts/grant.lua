-- Allows deposits with a capability.
-- ARGV: name, token, hash, maximum number of capabilities
-- Returns 'unknown-token', 'granted' or 'full'.
local name = ARGV[1]
if not holds(name, ARGV[2]) then return { 'unknown-token' } end
local capability = name .. ' ' .. ARGV[3]
if not redis.call('ZSCORE', GRANTS, capability) then
  if redis.call('ZLEXCOUNT', GRANTS, from(name), upto(name)) >= tonumber(ARGV[4]) then return { 'full' } end
  redis.call('ZADD', GRANTS, 0, capability)
end
return { 'granted' }
