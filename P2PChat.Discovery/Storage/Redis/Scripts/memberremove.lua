-- Ends a membership.
-- ARGV: PeerId
redis.call('HDEL', MEMBERS, ARGV[1])
redis.call('ZREM', ROSTER, ARGV[1])
redis.call('ZREM', SEEN, ARGV[1])
return {}
