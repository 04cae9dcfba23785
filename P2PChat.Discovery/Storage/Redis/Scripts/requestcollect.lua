-- Lists a request box, oldest first.
-- ARGV: name, token, id to start after, limit
-- Returns 'unknown-token', or 'page', whether there are more, then the id and envelope of each.
local name, limit = ARGV[1], tonumber(ARGV[4])
if not holds(name, ARGV[2]) then return { 'unknown-token' } end
local result, count = { 'page', 0 }, 0
for _, request in ipairs(redis.call('ZRANGEBYLEX', ASKS, from(name), upto(name))) do
  local id = string.match(request, '^%S+ (%S+)')
  if id > ARGV[3] and not is_over(tonumber(redis.call('ZSCORE', ASKENDS, request))) then
    if count == limit then
      result[2] = 1
      return result
    end
    count = count + 1
    table.insert(result, id)
    table.insert(result, redis.call('HGET', ASKMAIL, request))
  end
end
return result
