-- Lists members in order.
-- ARGV: lower bound, limit
-- Returns PeerId, time of joining, maker of its code, names and last registration of each.
local result = {}
for _, id in ipairs(redis.call('ZRANGEBYLEX', ROSTER, ARGV[1], '+', 'LIMIT', 0, ARGV[2])) do
  local joined, maker, names = string.match(redis.call('HGET', MEMBERS, id), '^(%S+) (%S+) %S+ (%S*)$')
  for _, value in ipairs({ id, joined, maker, names, text(tonumber(redis.call('ZSCORE', SEEN, id))) }) do
    table.insert(result, value)
  end
end
return result
