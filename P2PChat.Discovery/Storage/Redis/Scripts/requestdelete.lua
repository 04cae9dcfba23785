-- Deletes requests.
-- ARGV: name, token, ids...
-- Returns 'unknown-token', or 'deleted' and the number of deleted requests.
local name = ARGV[1]
if not holds(name, ARGV[2]) then return { 'unknown-token' } end
local deleted = 0
for i = 3, #ARGV do
  local id = name .. ' ' .. ARGV[i]
  for _, request in ipairs(redis.call('ZRANGEBYLEX', ASKS, from(id), upto(id))) do
    drop_request(request)
    deleted = deleted + 1
  end
end
return { 'deleted', deleted }
