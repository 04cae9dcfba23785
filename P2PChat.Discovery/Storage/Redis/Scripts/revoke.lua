-- Forbids further deposits with a capability. Envelopes deposited with it stay until they are deleted.
-- ARGV: name, token, hash
-- Returns 'unknown-token' or 'revoked'.
if not holds(ARGV[1], ARGV[2]) then return { 'unknown-token' } end
redis.call('ZREM', GRANTS, ARGV[1] .. ' ' .. ARGV[3])
return { 'revoked' }
