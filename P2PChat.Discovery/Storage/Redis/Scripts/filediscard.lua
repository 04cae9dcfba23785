-- Removes a file whose bytes are lost.
-- ARGV: name, id, blob
local file = ARGV[1] .. ' ' .. ARGV[2]
local meta = redis.call('HGET', FILEMETA, file)
if meta and string.match(meta, '^%S+') == ARGV[3] then drop_file(file) end
return {}
