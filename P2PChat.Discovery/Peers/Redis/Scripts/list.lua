-- lease, claim, lower bound, limit -> whether there are more, last name looked at, then name, id, online, last seen of each
local settings, limit = { lease = tonumber(ARGV[1]), claim = tonumber(ARGV[2]) }, tonumber(ARGV[4])
local names = redis.call('ZRANGEBYLEX', NAMES, ARGV[3], '+', 'LIMIT', 0, limit)
local result = { #names == limit and 1 or 0, names[#names] or '' }
for _, name in ipairs(names) do
  -- A claim that has run out is skipped here before a sweep frees it.
  local peer = look(settings, name)
  if peer then
    table.insert(result, name)
    table.insert(result, peer.id)
    table.insert(result, peer.online and 1 or 0)
    table.insert(result, text(peer.seen))
  end
end
return result
