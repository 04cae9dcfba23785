-- Stops counting blobs.
-- KEYS: as filehold.lua
-- ARGV: blobs...
-- Returns the sum that remains.
for _, blob in ipairs(ARGV) do
  local bytes = redis.call('HGET', KEYS[1], blob)
  if bytes then
    redis.call('HDEL', KEYS[1], blob)
    redis.call('DECRBY', KEYS[2], bytes)
  end
end
return { redis.call('GET', KEYS[2]) or '0' }
