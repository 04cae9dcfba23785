-- Deletes a file.
-- ARGV: name, token, id
-- Returns 'unknown-token' or 'deleted'.
if not holds(ARGV[1], ARGV[2]) then return { 'unknown-token' } end
local file = ARGV[1] .. ' ' .. ARGV[3]
if redis.call('ZSCORE', FILEENDS, file) then drop_file(file) end
return { 'deleted' }
