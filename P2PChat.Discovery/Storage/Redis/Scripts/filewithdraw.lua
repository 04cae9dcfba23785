-- Deletes a file for its sender, uploaded or not.
-- ARGV: name, hash of the capability, id
local file = ARGV[1] .. ' ' .. ARGV[3]
local meta = redis.call('HGET', FILEMETA, file)
if meta and string.match(meta, '^%S+ (%S+)') == ARGV[2] then drop_file(file) end
return {}
