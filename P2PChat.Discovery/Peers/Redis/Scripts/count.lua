-- claimant, its former pseudonym -> names that it claims in this shard, names claimed in this shard
local function claimed(claimant) return tonumber(redis.call('HGET', CLAIMANTS, claimant) or 0) end
return { claimed(ARGV[1]) + claimed(ARGV[2]), redis.call('HLEN', PEERS) }
