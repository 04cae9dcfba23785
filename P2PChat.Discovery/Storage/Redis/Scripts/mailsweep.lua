-- Deletes expired envelopes. Any replica may run it at any time.
-- ARGV: limit, how long mail is kept
-- Returns the number of deleted envelopes.
cut_to(FADES, tonumber(ARGV[2]), ARGV[1])
local expired = redis.call('ZRANGEBYSCORE', FADES, '-inf', text(lasting()), 'LIMIT', 0, ARGV[1])
for _, member in ipairs(expired) do discard(member) end
return #expired
