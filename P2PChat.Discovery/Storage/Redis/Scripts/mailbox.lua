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

-- Signals new mail, or a new request, to the name's owner. Returns its id.
local function announce(name)
  -- The time in microseconds, but greater than the last number. A counter would reveal how much mail there is.
  local number = math.max(micros, tonumber(redis.call('GET', MAILCOUNT) or 0) + 1)
  redis.call('SET', MAILCOUNT, text(number))
  redis.call('ZADD', NEWEST, text(number), name)
  redis.call('PUBLISH', 'p2pchat:events', 'mail:' .. string.match(KEYS[1], '{p2pchat:(%d+)}'))
  return string.format('%016.0f', number)
end

-- Returns why a request is refused, or nil; and the sender's earlier request in the box, if there is one.
local function request_refusal(settings, name, sender, most)
  local peer = look(settings, name)
  if not peer or not peer.takes_requests then return 'closed' end
  local count = 0
  for _, request in ipairs(redis.call('ZRANGEBYLEX', ASKS, from(name), upto(name))) do
    if string.match(request, '%S+$') == sender then return nil, request end
    if not is_over(tonumber(redis.call('ZSCORE', ASKENDS, request))) then count = count + 1 end
  end
  return count >= most and 'full' or nil
end

-- Whether the token belongs to the name's live lease.
local function holds(name, token)
  local expires = tonumber(redis.call('ZSCORE', LEASES, name) or nil)
  return expires and expires > now and redis.call('HGET', TOKENS, name) == token
end
