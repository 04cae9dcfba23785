-- lease, lower bound, limit -> whether there are more, last name looked at, then name, id, online, last seen of each
local lease, limit = tonumber(ARGV[1]), tonumber(ARGV[3])
local names = redis.call('ZRANGEBYLEX', NAMES, ARGV[2], '+', 'LIMIT', 0, limit)
local result = { #names == limit and 1 or 0, names[#names] or '' }
for _, name in ipairs(names) do
  -- A claim that has run out is skipped here before a sweep frees it.
  local peer = look(lease, name)
  if peer then
    table.insert(result, name)
    table.insert(result, peer.id)
    table.insert(result, peer.online and 1 or 0)
    table.insert(result, text(peer.seen))
  end
end
return result
