-- Counts a blob towards the limit of all files, whose keys are outside the shards.
-- KEYS: HASH blob -> "<charge> <claimant>"; the sum; HASH claimant -> charge
-- ARGV: blob, charge, limit, claimant of the recipient's name
-- Returns whether there was room, as FileCharge.HasRoom.
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return { 1 } end
local charge, limit = tonumber(ARGV[2]), tonumber(ARGV[3])
local total = tonumber(redis.call('GET', KEYS[2]) or 0)
local own = tonumber(redis.call('HGET', KEYS[3], ARGV[4]) or 0)
if (own + charge) * 16 > limit - total then return { 0 } end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[4])
redis.call('INCRBY', KEYS[2], ARGV[2])
redis.call('HINCRBY', KEYS[3], ARGV[4], ARGV[2])
return { 1 }
