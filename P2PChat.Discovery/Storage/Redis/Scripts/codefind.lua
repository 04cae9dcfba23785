-- Looks up a code.
-- ARGV: hash
-- Returns its maker and when it expires; nothing if it is unknown.
local code = find_code(ARGV[1])
if not code then return {} end
return { code.maker, text(tonumber(redis.call('ZSCORE', CODEENDS, ARGV[1]))) }
