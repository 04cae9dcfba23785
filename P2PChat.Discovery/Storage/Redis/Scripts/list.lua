-- Lists listed names in order.
-- ARGV: lease, claim, lower bound, limit
-- Returns whether there are more, the last name read, then name, id, online and last seen of each.
local settings, limit = { lease = tonumber(ARGV[1]), claim = tonumber(ARGV[2]) }, tonumber(ARGV[4])
local names = redis.call('ZRANGEBYLEX', NAMES, ARGV[3], '+', 'LIMIT', 0, limit)
local result = { #names == limit and 1 or 0, names[#names] or '' }
for _, name in ipairs(names) do
  -- Skip claims that have expired but are not swept yet.
  local peer = look(settings, name)
  if peer then
    table.insert(result, name)
    table.insert(result, peer.id)
    table.insert(result, peer.online and 1 or 0)
    table.insert(result, text(peer.seen))
  end
end
return result
