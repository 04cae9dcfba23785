-- Counts a blob towards the limit of all files, whose keys are outside the shards.
-- KEYS: HASH blob -> bytes; the sum
-- ARGV: blob, bytes, limit
-- Returns whether there was room.
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return { 1 } end
if tonumber(redis.call('GET', KEYS[2]) or 0) + tonumber(ARGV[2]) > tonumber(ARGV[3]) then return { 0 } end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('INCRBY', KEYS[2], ARGV[2])
return { 1 }
