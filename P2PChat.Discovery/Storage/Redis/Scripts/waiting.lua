-- Checks whether a mailbox has mail, or a request box a request.
-- ARGV: name, token
-- Returns 'unknown-token', or 'waiting' and whether there is mail.
if not holds(ARGV[1], ARGV[2]) then return { 'unknown-token' } end
local function has_any(key) return #redis.call('ZRANGEBYLEX', key, from(ARGV[1]), upto(ARGV[1]), 'LIMIT', 0, 1) > 0 end
return { 'waiting', (has_any(QUEUE) or has_any(ASKS)) and 1 or 0 }
