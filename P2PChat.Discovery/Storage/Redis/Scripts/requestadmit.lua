-- Checks whether a request box would take a request.
-- ARGV: lease, claim, name, sender, maximum number of requests, the envelope or ''
-- Returns 'welcome', 'closed' or 'full'; or 'same' and when it expires, if the box holds this envelope.
local settings = { lease = tonumber(ARGV[1]), claim = tonumber(ARGV[2]) }
local refused, earlier = request_refusal(settings, ARGV[3], ARGV[4], tonumber(ARGV[5]))
if refused then return { refused } end
local ends = earlier and tonumber(redis.call('ZSCORE', ASKENDS, earlier))
if ends and not is_over(ends) and redis.call('HGET', ASKMAIL, earlier) == ARGV[6] then return { 'same', text(ends) } end
return { 'welcome' }
