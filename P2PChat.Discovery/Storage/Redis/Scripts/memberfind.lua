-- Reads a member.
-- ARGV: PeerId
-- Returns the hash of its code and its names; nothing if the key is not a member.
local packed = redis.call('HGET', MEMBERS, ARGV[1])
if not packed then return {} end
local hash, names = string.match(packed, '^%S+ %S+ (%S+) (%S*)$')
return { hash, names }
