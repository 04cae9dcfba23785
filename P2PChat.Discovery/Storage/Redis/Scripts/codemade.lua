-- Counts a code for its owner.
-- ARGV: owner, hash, when it expires, the most it may last, maximum number of codes
-- Returns whether there was room.
local owner, made = ARGV[1], ARGV[1] .. ' ' .. ARGV[2]
if not redis.call('ZSCORE', MADE, made) then
  local valid = 0
  for _, other in ipairs(redis.call('ZRANGEBYLEX', MADE, from(owner), upto(owner))) do
    if not is_over(tonumber(redis.call('ZSCORE', MADEENDS, other))) then valid = valid + 1 end
  end
  if valid >= tonumber(ARGV[5]) then return { 0 } end
end
redis.call('ZADD', MADE, 0, made)
redis.call('ZADD', MADEENDS, text(math.min(tonumber(ARGV[3]), now + tonumber(ARGV[4]))), made)
return { 1 }
