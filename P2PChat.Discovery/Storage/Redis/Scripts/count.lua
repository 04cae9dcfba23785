-- Counts the claims in a shard.
-- ARGV: claimant, its former pseudonym
-- Returns the claimant's names and all names.
local function claimed(claimant) return tonumber(redis.call('HGET', CLAIMANTS, claimant) or 0) end
return { claimed(ARGV[1]) + claimed(ARGV[2]), redis.call('HLEN', PEERS) }
