-- Lists a mailbox, oldest first.
-- ARGV: name, token, id to start after, limit, maximum number of bytes
-- Returns 'unknown-token', or 'page', whether there are more, then the id and envelope of each.
local name, token, after, limit, most = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
if not holds(name, token) then return { 'unknown-token' } end
local lower = after == '' and from(name) or '(' .. name .. ' ' .. after
local result = { 'page', 0 }
local count, bytes = 0, 0
while true do
  local members = redis.call('ZRANGEBYLEX', QUEUE, lower, upto(name), 'LIMIT', 0, limit + 1)
  for _, member in ipairs(members) do
    -- An expired envelope counts as gone, swept or not, and takes no space on the page.
    if not is_over(tonumber(redis.call('ZSCORE', FADES, member))) then
      bytes = bytes + tonumber(string.match(redis.call('HGET', META, member), ' (%S+)$'))
      if count == limit or (bytes > most and count > 0) then
        result[2] = 1
        return result
      end
      count = count + 1
      table.insert(result, string.match(member, '%S+$'))
      table.insert(result, redis.call('HGET', MAIL, member))
    end
  end
  if #members <= limit then return result end
  lower = '(' .. members[#members]
end
