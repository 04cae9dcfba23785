-- Ends the count of a code for its owner.
-- ARGV: owner, hash
local made = ARGV[1] .. ' ' .. ARGV[2]
redis.call('ZREM', MADE, made)
redis.call('ZREM', MADEENDS, made)
return {}
