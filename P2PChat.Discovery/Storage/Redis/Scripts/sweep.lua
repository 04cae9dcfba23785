-- Ends expired leases and claims. Any replica may run it at any time; each lease and claim is ended once.
-- ARGV: lease, claim, kept, limit
-- Returns the numbers of ended leases, ended claims, remaining leases and remaining names.
local settings = { lease = tonumber(ARGV[1]), claim = tonumber(ARGV[2]), kept = ARGV[3] }
cut_to(LEASES, settings.lease, ARGV[4])
cut_to(DORMANT, settings.claim, ARGV[4])
local state = redis.call('HMGET', CLOCK, 'swept', 'skipped')
local since = state[1] and now - tonumber(state[1])
if redis.call('HLEN', PEERS) == 0 then
  if since then redis.call('DEL', CLOCK) end
elseif not since then
  redis.call('HSET', CLOCK, 'swept', text(now), 'skipped', '0')
elseif since < 0 or since >= 60000 then
  local skipped = tonumber(state[2])
  if since > HOUR then
    skipped = skipped + since - HOUR
  elseif since < 0 then
    skipped = math.max(0, skipped + since)
  else
    skipped = math.floor(skipped * 0.5 ^ (since / HOUR))
  end
  redis.call('HSET', CLOCK, 'swept', text(now), 'skipped', text(skipped))
end

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
