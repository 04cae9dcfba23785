-- Reads events, oldest first.
-- ARGV: number to start after, limit
-- Returns the head, whether requested events are lost, then for each event its number, kind, name, id, reason, sequence
-- and whether it is unlisted.
local after = tonumber(ARGV[1])
local newest = head()
if after > newest then return { text(newest), 1 } end
if after < newest then
  local oldest = redis.call('XRANGE', EVENTS, '-', '+', 'COUNT', 1)[1]
  if not oldest or tonumber(string.match(oldest[1], '^%d+')) > after + 1 then return { text(newest), 1 } end
end
local result = { text(newest), 0 }
for _, entry in ipairs(redis.call('XRANGE', EVENTS, text(after + 1) .. '-0', '+', 'COUNT', ARGV[2])) do
  table.insert(result, (string.match(entry[1], '^%d+')))
  for i = 2, 12, 2 do table.insert(result, entry[2][i]) end
end
return result
