-- Ends expired leases and claims. Any replica may run it at any time; each lease and claim is ended once.
-- ARGV: lease, claim, kept, limit
-- Returns the numbers of ended leases, ended claims, remaining leases and remaining names.
local settings = { lease = tonumber(ARGV[1]), claim = tonumber(ARGV[2]), kept = ARGV[3] }
cut_to(LEASES, settings.lease, ARGV[4])
cut_to(DORMANT, settings.claim, ARGV[4])
tick(redis.call('HLEN', PEERS) == 0)

local ended = redis.call('ZRANGEBYSCORE', LEASES, '-inf', text(now), 'WITHSCORES', 'LIMIT', 0, ARGV[4])
for i = 1, #ended, 2 do
  local expires = tonumber(ended[i + 1])
  finish(settings, ended[i], read(redis.call('HGET', PEERS, ended[i])), 'expired', expires, expires - settings.lease)
end
local freed = redis.call('ZRANGEBYSCORE', DORMANT, '-inf', text(lasting()), 'LIMIT', 0, ARGV[4])
for _, name in ipairs(freed) do
  free(name, read(redis.call('HGET', PEERS, name)))
end
publish()
return { #ended / 2, #freed, redis.call('ZCARD', LEASES), redis.call('HLEN', PEERS) }
