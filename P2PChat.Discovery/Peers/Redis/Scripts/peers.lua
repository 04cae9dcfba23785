-- What the scripts on a shard share; it is put before each of them, and shard.lua between for those that write. All keys of a
-- shard have one hash tag.
--   peers      HASH  name -> "<peerId> <sequence> <flags> <claimant> <last seen>", for each name that is claimed;
--              flags and words that a newer replica has added are kept until the name is registered anew
--   records    HASH  name -> the signed record
--   tokens     HASH  name -> hash of the lease token, while the lease lives
--   leases     ZSET  name -> end of the lease, while it lives
--   dormant    ZSET  name -> end of the claim, while no lease lives
--   names      ZSET  the listed names, in order
--   claimants  HASH  claimant -> how many names it claims
--   events     STREAM of what happened; entry n-0 is followed by entry (n+1)-0, so that a gap shows
--   counter    number of the newest event
-- And of the mailboxes, where "name id" is an envelope and "name hash" a capability:
--   boxes      HASH  name -> "<envelopes> <bytes>" that it holds
--   grants     ZSET  "name hash" of each capability that holds, in order
--   usage      HASH  "name hash" -> "<envelopes> <bytes>" that came by it, though it may hold no longer
--   queue      ZSET  "name id", in order
--   fades      ZSET  "name id" -> when it is given up
--   meta       HASH  "name id" -> "<hash> <bytes>"
--   mail       HASH  "name id" -> the envelope
--   newest     ZSET  name -> number of its newest envelope
--   mailcount  number of the newest envelope of all
-- And of the time:
--   clock      HASH  swept -> when a sweep last looked, to the minute; skipped -> time passed that does not count yet
-- Times are milliseconds of Redis's own clock. A name is in leases or in dormant, never in both.
local PEERS, RECORDS, TOKENS, LEASES, DORMANT, NAMES, CLAIMANTS, EVENTS, COUNTER,
  BOXES, GRANTS, USAGE, QUEUE, FADES, META, MAIL, NEWEST, MAILCOUNT, CLOCK = unpack(KEYS)

local clock = redis.call('TIME')
local micros = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local now = math.floor(micros / 1000)

-- Lua's own tostring would round such large numbers.
local function text(number)
  return string.format('%.0f', number)
end

-- Claims and mail last for weeks, and a clock may jump. Of the time between two sweeps one hour counts at once, and half of
-- the rest in each hour after that: a short jump ends nothing, and a lasting one is believed within a day.
local HOUR = 3600000
local function lasting()
  local state = redis.call('HMGET', CLOCK, 'swept', 'skipped')
  if not state[1] then return now end
  return now - tonumber(state[2]) - math.max(0, now - tonumber(state[1]) - HOUR)
end

local function is_over(ends)
  return ends <= now and ends <= lasting()
end

local function read(packed)
  local id, sequence, flags, claimant, seen, newer = string.match(packed, '^(%S+) (%S+) (%S+) (%S+) (%S+)(.*)$')
  return {
    id = id, sequence = tonumber(sequence), flags = flags, claimant = claimant, seen = tonumber(seen), newer = newer,
    ephemeral = string.find(flags, 'e', 1, true) ~= nil, unlisted = string.find(flags, 'u', 1, true) ~= nil,
  }
end

-- For a reader what has run out since the last sweep is gone, and stays where it is: what is kept of the peer, whether it is
-- online, and when it was last seen; nil where nobody claims the name.
local function kept(settings, name)
  local packed = redis.call('HGET', PEERS, name)
  if not packed then return nil end
  local expires = tonumber(redis.call('ZSCORE', LEASES, name) or nil)
  if expires and expires > now then return packed, true, expires - settings.lease end
  local peer = read(packed)
  if expires then
    if peer.ephemeral or is_over(expires + settings.claim) then return nil end
    return packed, false, expires - settings.lease
  end
  local claimed = tonumber(redis.call('ZSCORE', DORMANT, name) or nil)
  if not claimed or is_over(claimed) then return nil end
  return packed, false, peer.seen
end

-- The same, read.
local function look(settings, name)
  local packed, online, seen = kept(settings, name)
  if not packed then return nil end
  local peer = read(packed)
  peer.online, peer.seen = online, seen
  return peer
end
