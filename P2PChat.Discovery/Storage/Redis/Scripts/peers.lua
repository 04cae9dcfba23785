-- Functions shared by the scripts on a shard, loaded after time.lua. Those that write also load shard.lua. All keys
-- of a shard have one hash tag:
--   peers      HASH  name -> "<peerId> <sequence> <flags> <claimant> <last seen>", for each claimed name, and while
--              there is a lease " a=<address>" if one was observed; flags and words added by newer replicas are kept
--              until the name is registered again
--   records    HASH  name -> the signed record
--   tokens     HASH  name -> hash of the lease token, while there is a lease
--   leases     ZSET  name -> end of the lease, while there is one
--   dormant    ZSET  name -> end of the claim, while there is no lease
--   names      ZSET  the listed names, in order
--   claimants  HASH  claimant -> number of names it claims
--   events     STREAM of events; entry n-0 is followed by entry (n+1)-0, so that gaps are visible
--   counter    number of the newest event
-- Of the mailboxes, where "name id" is an envelope and "name hash" a capability:
--   boxes      HASH  name -> "<envelopes> <bytes>" in its mailbox
--   grants     ZSET  "name hash" of each valid capability, in order
--   usage      HASH  "name hash" -> "<envelopes> <bytes>" deposited with it, also after it was revoked
--   queue      ZSET  "name id", in order
--   fades      ZSET  "name id" -> when it expires
--   meta       HASH  "name id" -> "<hash> <bytes>"
--   mail       HASH  "name id" -> the envelope
--   newest     ZSET  name -> number of its newest envelope
--   mailcount  number of the newest envelope of the shard
-- Of the request boxes, where "name id sender" is a request and the sender a PeerId:
--   asks       ZSET  "name id sender", in order
--   askends    ZSET  "name id sender" -> when it expires
--   askmail    HASH  "name id sender" -> the envelope
-- Of the files that wait for a name, where "name id" is a file and a blob its bytes in the shared folder:
--   files      ZSET  "name id", in order
--   fileends   ZSET  "name id" -> when it expires, once it has been uploaded
--   filewaits  ZSET  "name id" -> when its reservation ends, until then
--   filemeta   HASH  "name id" -> "<blob> <hash> <bytes> <digest> <peerId of the name's owner>"
--   fileblobs  HASH  blob that is or may be in the folder -> "<name> <hash> <charge>"
--   filegone   SET   those blobs whose bytes are to be deleted
--   fileusage  HASH  name, and "name hash" -> "<blobs> <charge>", until the bytes are deleted
-- Of the time: clock, see time.lua. A name is in leases or in dormant, never in both.
local PEERS, RECORDS, TOKENS, LEASES, DORMANT, NAMES, CLAIMANTS, EVENTS, COUNTER,
  BOXES, GRANTS, USAGE, QUEUE, FADES, META, MAIL, NEWEST, MAILCOUNT, ASKS, ASKENDS, ASKMAIL,
  FILES, FILEENDS, FILEWAITS, FILEMETA, FILEBLOBS, FILEGONE, FILEUSAGE
PEERS, RECORDS, TOKENS, LEASES, DORMANT, NAMES, CLAIMANTS, EVENTS, COUNTER,
  BOXES, GRANTS, USAGE, QUEUE, FADES, META, MAIL, NEWEST, MAILCOUNT, ASKS, ASKENDS, ASKMAIL,
  FILES, FILEENDS, FILEWAITS, FILEMETA, FILEBLOBS, FILEGONE, FILEUSAGE, CLOCK = unpack(KEYS)

local function read(packed)
  local id, sequence, flags, claimant, seen, newer = string.match(packed, '^(%S+) (%S+) (%S+) (%S+) (%S+)(.*)$')
  return {
    id = id, sequence = tonumber(sequence), flags = flags, claimant = claimant, seen = tonumber(seen), newer = newer,
    ephemeral = string.find(flags, 'e', 1, true) ~= nil, unlisted = string.find(flags, 'u', 1, true) ~= nil,
    takes_requests = string.find(flags, 'r', 1, true) ~= nil,
  }
end

-- Finds a peer for a reader, without writing: claims and leases that have expired since the last sweep count as gone.
-- Returns the stored peer, whether it is online, and when it was last seen; nil if the name is not claimed.
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

-- Like kept(), but returns the peer parsed.
local function look(settings, name)
  local packed, online, seen = kept(settings, name)
  if not packed then return nil end
  local peer = read(packed)
  peer.online, peer.seen = online, seen
  return peer
end
