-- What the scripts on mailboxes share, after shard.lua.
local function read_usage(key, field)
  local packed = redis.call('HGET', key, field)
  if not packed then return 0, 0 end
  local count, bytes = string.match(packed, '^(%S+) (%S+)$')
  return tonumber(count), tonumber(bytes)
end

local function give_back(key, field, size)
  local count, bytes = read_usage(key, field)
  if count <= 1 then redis.call('HDEL', key, field) else redis.call('HSET', key, field, (count - 1) .. ' ' .. text(bytes - size)) end
end

-- Takes an envelope out of its mailbox; false where it is not there.
local function discard(member)
  local meta = redis.call('HGET', META, member)
  if not meta then return false end
  local hash, size = string.match(meta, '^(%S+) (%S+)$')
  local name = string.match(member, '^%S+')
  redis.call('HDEL', META, member)
  redis.call('HDEL', MAIL, member)
  redis.call('ZREM', QUEUE, member)
  redis.call('ZREM', FADES, member)
  give_back(USAGE, name .. ' ' .. hash, tonumber(size))
  give_back(BOXES, name, tonumber(size))
  return true
end

local function holds(name, token)
  local expires = tonumber(redis.call('ZSCORE', LEASES, name) or nil)
  return expires and expires > now and redis.call('HGET', TOKENS, name) == token
end
