-- Stores a request, which replaces the sender's earlier one.
-- ARGV: lease, claim, name, sender, maximum number of requests, the envelope, kept
-- Returns 'deposited' and when it expires, 'closed' or 'full'.
local settings = { lease = tonumber(ARGV[1]), claim = tonumber(ARGV[2]) }
local name, sender, ends = ARGV[3], ARGV[4], text(now + tonumber(ARGV[7]))
local refused, earlier = request_refusal(settings, name, sender, tonumber(ARGV[5]))
if refused then return { refused } end
if earlier then drop_request(earlier) end
local request = name .. ' ' .. announce(name) .. ' ' .. sender
redis.call('ZADD', ASKS, 0, request)
redis.call('ZADD', ASKENDS, ends, request)
redis.call('HSET', ASKMAIL, request, ARGV[6])
return { 'deposited', ends }
