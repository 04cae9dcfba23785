-- limit -> how many envelopes were given up. Any replica may run it at any time.
local faded = redis.call('ZRANGEBYSCORE', FADES, '-inf', text(now), 'LIMIT', 0, ARGV[1])
for _, member in ipairs(faded) do discard(member) end
return #faded
