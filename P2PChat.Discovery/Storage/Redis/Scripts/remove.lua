-- Removes a claim and its lease, regardless of owner.
-- ARGV: lease, claim, kept, name
-- Returns whether the name was claimed.
local settings = { lease = tonumber(ARGV[1]), claim = tonumber(ARGV[2]), kept = ARGV[3] }
local name = ARGV[4]

local peer = settle(settings, name)
if peer then
  if peer.online then finish(settings, name, peer, 'unregistered', now, now) end
  if not (peer.online and peer.ephemeral) then free(name, peer) end
end
publish()
return { peer and 1 or 0 }
