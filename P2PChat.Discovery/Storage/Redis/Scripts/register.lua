-- Claims a name or replaces its record, and starts a lease.
-- ARGV: lease, claim, kept, name, id, sequence, flags, claimant, record, token, the claimant's former pseudonym,
--   the observed address or nothing
-- Returns the outcome, and the end of the lease or the last sequence.
local settings = { lease = tonumber(ARGV[1]), claim = tonumber(ARGV[2]), kept = ARGV[3] }
local name, id, sequence, flags, claimant, record, token, former, observed =
  ARGV[4], ARGV[5], tonumber(ARGV[6]), ARGV[7], ARGV[8], ARGV[9], ARGV[10], ARGV[11], ARGV[12]

local peer = settle(settings, name)
if peer and peer.id ~= id then
  publish()
  return { 'taken' }
end
if peer and is_stale(sequence, peer) then
  publish()
  return { 'stale', text(peer.sequence) }
end

-- A claim keeps its first claimant, or moving to another address would free the first one's share. Only the format of
-- the pseudonym is updated.
if peer and peer.claimant == former then
  release(former)
  peer.claimant = claimant
  redis.call('HINCRBY', CLAIMANTS, claimant, 1)
end
if not peer then redis.call('HINCRBY', CLAIMANTS, claimant, 1) end
local updated = {
  id = id, sequence = sequence, flags = flags, claimant = peer and peer.claimant or claimant, seen = now,
  unlisted = string.find(flags, 'u', 1, true) ~= nil, newer = observed ~= '' and ' a=' .. observed or '',
}
write(name, updated)
redis.call('HSET', RECORDS, name, record)
redis.call('HSET', TOKENS, name, token)
if peer and not peer.online then redis.call('ZREM', DORMANT, name) end
redis.call('ZADD', LEASES, text(now + settings.lease), name)
if updated.unlisted then
  if peer and not peer.unlisted then redis.call('ZREM', NAMES, name) end
elseif not peer or peer.unlisted then
  redis.call('ZADD', NAMES, 0, name)
end

emit(settings.kept, peer and peer.online and 'updated' or 'joined', name, updated, '')
publish()
return { peer and 'replaced' or 'created', text(now + settings.lease) }
