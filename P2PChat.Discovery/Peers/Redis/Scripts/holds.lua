-- Whether somebody holds the lease of a name by this token. Stands alone, as renew does.
-- tokens, leases; name, token -> 1 or 0
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local expires = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[1]) or nil)
return expires and expires > now and redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] and 1 or 0
