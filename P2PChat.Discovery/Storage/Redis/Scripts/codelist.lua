-- Lists the codes that an owner has made.
-- ARGV: owner
-- Returns their hashes.
local hashes = {}
for _, made in ipairs(redis.call('ZRANGEBYLEX', MADE, from(ARGV[1]), upto(ARGV[1]))) do
  table.insert(hashes, string.match(made, '%S+$'))
end
return hashes
