-- Deletes expired requests. Any replica may run it at any time.
-- ARGV: limit, how long requests are kept
-- Returns the number of deleted requests.
cut_to(ASKENDS, tonumber(ARGV[2]), ARGV[1])
local expired = redis.call('ZRANGEBYSCORE', ASKENDS, '-inf', text(lasting()), 'LIMIT', 0, ARGV[1])
for _, request in ipairs(expired) do drop_request(request) end
return { #expired }
