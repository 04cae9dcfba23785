-- limit, how long mail is kept -> how many envelopes were deleted. Any replica may run it at any time.
cut_to(FADES, tonumber(ARGV[2]), ARGV[1])
local faded = redis.call('ZRANGEBYSCORE', FADES, '-inf', text(lasting()), 'LIMIT', 0, ARGV[1])
for _, member in ipairs(faded) do discard(member) end
return #faded
