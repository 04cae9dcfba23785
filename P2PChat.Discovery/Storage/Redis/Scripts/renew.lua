-- Renews leases. By far the most frequent script, so it loads no shared functions and writes one score per renewal.
-- KEYS: tokens, leases and peers of each shard
-- ARGV: lease, then for each renewal the index of its shard's first key, name, token
-- Returns the outcome and the end of the lease for each renewal.
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local renewed = string.format('%.0f', now + tonumber(ARGV[1]))
local answers, count = {}, 0
for i = 2, #ARGV, 3 do
  local first, name = tonumber(ARGV[i]), ARGV[i + 1]
  local expires = tonumber(redis.call('ZSCORE', KEYS[first + 1], name) or nil)
  local outcome, ends = 'unknown-peer', ''
  if expires and expires > now and redis.call('HGET', KEYS[first], name) == ARGV[i + 2] then
    redis.call('ZADD', KEYS[first + 1], renewed, name)
    outcome, ends = 'renewed', renewed
  elseif redis.call('HEXISTS', KEYS[first + 2], name) == 1 then
    outcome = 'unknown-token'
  end
  answers[count + 1], answers[count + 2] = outcome, ends
  count = count + 2
end
return answers
