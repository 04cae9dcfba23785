-- Ends a lease, and on request its claim.
-- ARGV: lease, claim, kept, name, id, sequence, release
-- Returns the outcome, and with 'stale' the last sequence.
local settings = { lease = tonumber(ARGV[1]), claim = tonumber(ARGV[2]), kept = ARGV[3] }
local name, id, sequence, release = ARGV[4], ARGV[5], tonumber(ARGV[6]), ARGV[7] == '1'

local peer = settle(settings, name)
local outcome
if not peer then
  outcome = { 'unknown-peer' }
elseif peer.id ~= id then
  outcome = { 'taken' }
elseif is_stale(sequence, peer) then
  outcome = { 'stale', text(peer.sequence) }
else
  peer.sequence = sequence
  local gone = release or (peer.online and peer.ephemeral)
  if peer.online then finish(settings, name, peer, 'unregistered', now, now) else write(name, peer) end
  if release and not (peer.online and peer.ephemeral) then free(name, peer) end
  outcome = { gone and 'released' or 'left' }
end
publish()
return outcome
