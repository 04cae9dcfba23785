-- The call that all peers make all day: it stands alone, touches three keys and writes one score.
-- tokens, leases, peers; lease, name, token -> outcome, end of lease
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local expires = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[2]) or nil)
if expires and expires > now and redis.call('HGET', KEYS[1], ARGV[2]) == ARGV[3] then
  local renewed = string.format('%.0f', now + tonumber(ARGV[1]))
  redis.call('ZADD', KEYS[2], renewed, ARGV[2])
  return { 'renewed', renewed }
end
if redis.call('HEXISTS', KEYS[3], ARGV[2]) == 1 then return { 'unknown-token' } end
return { 'unknown-peer' }
