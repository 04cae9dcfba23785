-- Checks whether a mailbox has mail.
-- ARGV: name, token
-- Returns 'unknown-token', or 'waiting' and whether there is mail.
if not holds(ARGV[1], ARGV[2]) then return { 'unknown-token' } end
return { 'waiting', #redis.call('ZRANGEBYLEX', QUEUE, from(ARGV[1]), upto(ARGV[1]), 'LIMIT', 0, 1) }
