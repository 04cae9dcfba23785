-- Adds a code.
-- ARGV: hash, maker, claimant, uses, when it expires, the most it may last
-- Returns its maker and when it expires, whether it was added or existed.
local hash, code = ARGV[1], find_code(ARGV[1])
if not code then
  code = { maker = ARGV[2], claimant = ARGV[3], uses = tonumber(ARGV[4]), list = {} }
  write_code(hash, code)
  redis.call('ZADD', CODEENDS, text(math.min(tonumber(ARGV[5]), now + tonumber(ARGV[6]))), hash)
end
return { code.maker, text(tonumber(redis.call('ZSCORE', CODEENDS, hash))) }
