-- Counts requests that an owner deposits within a day, which begins with the first.
-- ARGV: owner, number to add (may be negative), maximum number, a day
-- Returns whether there was room.
local owner, add, day = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[4])
local ends = tonumber(redis.call('ZSCORE', ASKEDENDS, owner) or nil)
local count = 0
if ends and ends > now and ends <= now + day then count = tonumber(redis.call('HGET', ASKED, owner)) end
if add > 0 and count + add > tonumber(ARGV[3]) then return { 0 } end
if count == 0 then redis.call('ZADD', ASKEDENDS, text(now + day), owner) end
redis.call('HSET', ASKED, owner, math.max(0, count + add))
return { 1 }
