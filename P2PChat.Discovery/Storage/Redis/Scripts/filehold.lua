-- Counts a blob towards the limit of all files, whose keys are outside the shards.
-- KEYS: HASH blob -> bytes; the sum
-- ARGV: blob, bytes, limit, what the mailbox's other files count
-- Returns whether there was room, as FileCharge.HasRoom.
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return { 1 } end
local bytes, limit, mailbox = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local total = tonumber(redis.call('GET', KEYS[2]) or 0)
if total + bytes > limit then return { 0 } end
if mailbox > 0 and (mailbox + bytes) * 16 > limit - total then return { 0 } end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('INCRBY', KEYS[2], ARGV[2])
return { 1 }
