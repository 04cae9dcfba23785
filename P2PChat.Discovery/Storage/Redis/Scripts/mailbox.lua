-- Functions shared by the scripts on mailboxes. Loaded after shard.lua.

local function read_usage(key, field)
  local packed = redis.call('HGET', key, field)
  if not packed then return 0, 0 end
  local count, bytes = string.match(packed, '^(%S+) (%S+)$')
  return tonumber(count), tonumber(bytes)
end

-- Returns why an envelope is refused; nil if it is accepted. Reads the same keys whether or not the name, its mailbox
-- and the capability are known, so that the timing does not reveal which of them is.
local function refusal(settings, name, hash, size, most, most_bytes, most_held)
  local capability = name .. ' ' .. hash
  local peer, granted = look(settings, name), redis.call('ZSCORE', GRANTS, capability)
  local count, bytes = read_usage(USAGE, capability)
  local _, held_bytes = read_usage(BOXES, name)
  if not peer or not granted then return 'unknown' end
  if count + 1 > most or bytes + size > most_bytes or held_bytes + size > most_held then return 'full' end
  return nil
end

local function reduce_usage(key, field, size)
  local count, bytes = read_usage(key, field)
  if count <= 1 then
    redis.call('HDEL', key, field)
  else
    redis.call('HSET', key, field, (count - 1) .. ' ' .. text(bytes - size))
  end
end

-- Deletes an envelope. Returns false if it does not exist.
local function discard(member)
  local meta = redis.call('HGET', META, member)
  if not meta then return false end
  local hash, size = string.match(meta, '^(%S+) (%S+)$')
  local name = string.match(member, '^%S+')
  redis.call('HDEL', META, member)
  redis.call('HDEL', MAIL, member)
  redis.call('ZREM', QUEUE, member)
  redis.call('ZREM', FADES, member)
  reduce_usage(USAGE, name .. ' ' .. hash, tonumber(size))
  reduce_usage(BOXES, name, tonumber(size))
  return true
end

-- Whether the token belongs to the name's live lease.
local function holds(name, token)
  local expires = tonumber(redis.call('ZSCORE', LEASES, name) or nil)
  return expires and expires > now and redis.call('HGET', TOKENS, name) == token
end
