-- Stops counting blobs.
-- KEYS: as filehold.lua
-- ARGV: blobs...
-- Returns the sum that remains.
for _, blob in ipairs(ARGV) do
  local charge, claimant = string.match(redis.call('HGET', KEYS[1], blob) or '', '^(%S+) (%S+)$')
  if charge then
    redis.call('HDEL', KEYS[1], blob)
    redis.call('DECRBY', KEYS[2], charge)
    if redis.call('HINCRBY', KEYS[3], claimant, -charge) <= 0 then redis.call('HDEL', KEYS[3], claimant) end
  end
end
return { redis.call('GET', KEYS[2]) or '0' }
