-- name, token, hash -> 'unknown-token' or 'revoked'. What came by it before stays until it is collected.
if not holds(ARGV[1], ARGV[2]) then return { 'unknown-token' } end
redis.call('ZREM', GRANTS, ARGV[1] .. ' ' .. ARGV[3])
return { 'revoked' }
