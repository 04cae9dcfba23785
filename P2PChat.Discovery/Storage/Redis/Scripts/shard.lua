-- Functions shared by the scripts that write a shard. Loaded after peers.lua.
local emitted = false

local function write(name, peer)
  local words = { peer.id, text(peer.sequence), peer.flags, peer.claimant, text(peer.seen) }
  redis.call('HSET', PEERS, name, table.concat(words, ' ') .. (peer.newer or ''))
end

-- A sequence more than 5 minutes in the future comes from a wrong clock and is not binding (SignedRecord.IsBinding).
local function is_stale(sequence, peer)
  return sequence <= peer.sequence and peer.sequence <= now + 300000
end

-- The first number is the time in microseconds, so that numbers still increase after Redis has lost its data.
local function head()
  local number = redis.call('GET', COUNTER)
  if number then return tonumber(number) end
  redis.call('SET', COUNTER, text(micros))
  return micros
end

local function emit(kept, kind, name, peer, reason)
  local number = redis.call('INCR', COUNTER)
  if number == 1 then
    -- The counter did not exist.
    number = micros + 1
    redis.call('SET', COUNTER, text(number))
  end
  redis.call('XADD', EVENTS, 'MAXLEN', kept, text(number) .. '-0',
    't', kind, 'n', name, 'p', peer.id, 'r', reason, 's', text(peer.sequence), 'u', peer.unlisted and '1' or '0')
  emitted = true
end

-- Notifies the replicas once per script.
local function publish()
  if emitted then redis.call('PUBLISH', 'p2pchat:events', string.match(KEYS[1], '{p2pchat:(%d+)}')) end
end

-- Lexical bounds of the members that start with the name and a space, which sorts before every character of a name.
local function from(name) return '[' .. name .. ' ' end
local function upto(name) return '(' .. name .. '!' end

local function drop_request(request)
  redis.call('ZREM', ASKS, request)
  redis.call('ZREM', ASKENDS, request)
  redis.call('HDEL', ASKMAIL, request)
end

-- Removes a file. A sweep deletes its bytes.
local function drop_file(file)
  local meta = redis.call('HGET', FILEMETA, file)
  if not meta then return end
  redis.call('SADD', FILEGONE, string.match(meta, '^%S+'))
  redis.call('HDEL', FILEMETA, file)
  redis.call('ZREM', FILES, file)
  redis.call('ZREM', FILEENDS, file)
  redis.call('ZREM', FILEWAITS, file)
end

-- Deletes a mailbox, its capabilities, the files and the request box with their claim, so that the next owner of the
-- name does not inherit them.
local function clear(name)
  redis.call('ZREMRANGEBYLEX', GRANTS, from(name), upto(name))
  for _, file in ipairs(redis.call('ZRANGEBYLEX', FILES, from(name), upto(name))) do drop_file(file) end
  if redis.call('ZREM', NEWEST, name) == 0 then return end
  for _, request in ipairs(redis.call('ZRANGEBYLEX', ASKS, from(name), upto(name))) do drop_request(request) end
  redis.call('HDEL', BOXES, name)
  while true do
    local members = redis.call('ZRANGEBYLEX', QUEUE, from(name), upto(name), 'LIMIT', 0, 1000)
    if #members == 0 then return end
    for _, meta in ipairs(redis.call('HMGET', META, unpack(members))) do
      redis.call('HDEL', USAGE, name .. ' ' .. string.match(meta, '^%S+'))
    end
    redis.call('HDEL', META, unpack(members))
    redis.call('HDEL', MAIL, unpack(members))
    redis.call('ZREM', FADES, unpack(members))
    redis.call('ZREM', QUEUE, unpack(members))
  end
end

-- Subtracts one name from a claimant's count.
local function release(claimant)
  if redis.call('HINCRBY', CLAIMANTS, claimant, -1) <= 0 then redis.call('HDEL', CLAIMANTS, claimant) end
end

local function free(name, peer)
  clear(name)
  redis.call('HDEL', PEERS, name)
  redis.call('HDEL', RECORDS, name)
  redis.call('HDEL', TOKENS, name)
  redis.call('ZREM', LEASES, name)
  redis.call('ZREM', DORMANT, name)
  redis.call('ZREM', NAMES, name)
  release(peer.claimant)
end

-- Ends a lease at the given time. An ephemeral name is freed with it.
local function finish(settings, name, peer, reason, at, seen)
  emit(settings.kept, 'left', name, peer, reason)
  if peer.ephemeral then
    free(name, peer)
  else
    redis.call('ZREM', LEASES, name)
    redis.call('HDEL', TOKENS, name)
    redis.call('ZADD', DORMANT, text(at + settings.claim), name)
    peer.seen = seen
    peer.newer = string.gsub(peer.newer or '', ' a=%S*', '')
    write(name, peer)
  end
end

-- Returns the peer after ending what has expired since the last sweep; nil if the name is not claimed.
local function settle(settings, name)
  local packed = redis.call('HGET', PEERS, name)
  if not packed then return nil end
  local peer = read(packed)
  local expires = tonumber(redis.call('ZSCORE', LEASES, name) or nil)
  if expires and expires > now then
    peer.online = true
    return peer
  end
  if expires then
    finish(settings, name, peer, 'expired', expires, expires - settings.lease)
    if peer.ephemeral then return nil end
  end
  local claimed = tonumber(redis.call('ZSCORE', DORMANT, name) or nil)
  if claimed and not is_over(claimed) then return peer end
  free(name, peer)
  return nil
end

