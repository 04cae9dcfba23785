-- Deletes expired codes, members that have not registered for long, and counts of past days.
-- ARGV: limit, how long members are kept, the most that a code may last, a day
-- Returns the number of deleted entries.
local limit, day = ARGV[1], tonumber(ARGV[4])
tick(redis.call('HLEN', MEMBERS) + redis.call('HLEN', CODES) == 0)
cut_to(CODEENDS, tonumber(ARGV[3]), limit)
cut_to(MADEENDS, tonumber(ARGV[3]), limit)
cut_to(ASKEDENDS, day, limit)
cut_to(SEEN, 0, limit)
local function over(key, ends) return redis.call('ZRANGEBYSCORE', key, '-inf', text(ends), 'LIMIT', 0, limit) end
local deleted = 0
for _, hash in ipairs(over(CODEENDS, lasting())) do
  remove_code(hash)
  deleted = deleted + 1
end
for _, made in ipairs(over(MADEENDS, lasting())) do
  redis.call('ZREM', MADE, made)
  redis.call('ZREM', MADEENDS, made)
  deleted = deleted + 1
end
for _, owner in ipairs(over(ASKEDENDS, now)) do
  redis.call('HDEL', ASKED, owner)
  redis.call('ZREM', ASKEDENDS, owner)
  deleted = deleted + 1
end
for _, id in ipairs(over(SEEN, lasting() - tonumber(ARGV[2]))) do
  redis.call('HDEL', MEMBERS, id)
  redis.call('ZREM', ROSTER, id)
  redis.call('ZREM', SEEN, id)
  deleted = deleted + 1
end
return { deleted }
