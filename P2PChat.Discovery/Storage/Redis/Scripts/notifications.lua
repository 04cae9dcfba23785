-- Lists the names with new mail.
-- ARGV: position to start after, or '' for the current position only; limit
-- Returns the position that has been read, then the names.
local count = redis.call('GET', MAILCOUNT) or '0'
if ARGV[1] == '' then return { count } end
-- A store that has lost its data counts from zero again, so all names are new.
local after = tonumber(count) < tonumber(ARGV[1]) and '0' or ARGV[1]
local newest = redis.call('ZRANGEBYSCORE', NEWEST, '(' .. after, '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local result = { after }
for i = 1, #newest, 2 do
  result[1] = text(tonumber(newest[i + 1]))
  table.insert(result, newest[i])
end
return result
