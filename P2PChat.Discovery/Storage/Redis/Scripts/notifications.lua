-- Lists the names with new mail.
-- ARGV: position to start after, or '' for the current position only; limit
-- Returns the position that has been read, then the names.
if ARGV[1] == '' then return { redis.call('GET', MAILCOUNT) or '0' } end
local newest = redis.call('ZRANGEBYSCORE', NEWEST, '(' .. ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local result = { ARGV[1] }
for i = 1, #newest, 2 do
  result[1] = text(tonumber(newest[i + 1]))
  table.insert(result, newest[i])
end
return result
