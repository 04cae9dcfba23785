-- claimant -> names that it claims in this shard, names claimed in this shard
return { tonumber(redis.call('HGET', CLAIMANTS, ARGV[1]) or 0), redis.call('HLEN', PEERS) }
