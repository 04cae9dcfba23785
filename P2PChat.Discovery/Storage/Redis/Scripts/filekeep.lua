-- Makes an uploaded file visible, or cancels its reservation.
-- ARGV: name, id, blob, how long the file is kept; or '' to cancel
-- Returns 'kept' and the time of expiry, or 'gone'.
local file = ARGV[1] .. ' ' .. ARGV[2]
local meta = redis.call('HGET', FILEMETA, file)
local waits = tonumber(redis.call('ZSCORE', FILEWAITS, file) or nil)
if not meta or not waits or string.match(meta, '^%S+') ~= ARGV[3] then return { 'gone' } end
if ARGV[4] == '' or waits <= now then
  drop_file(file)
  return { 'gone' }
end
local ends = text(now + tonumber(ARGV[4]))
redis.call('ZREM', FILEWAITS, file)
redis.call('ZADD', FILEENDS, ends, file)
return { 'kept', ends }
