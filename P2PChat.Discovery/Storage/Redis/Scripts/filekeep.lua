-- Makes an uploaded file visible, or cancels its reservation.
-- ARGV: name, id, blob, how long the file is kept; or '' to cancel
-- Returns 'kept' and the time of expiry, 'unknown' if the capability has been revoked meanwhile, or 'gone'.
local file = ARGV[1] .. ' ' .. ARGV[2]
local meta = redis.call('HGET', FILEMETA, file)
local waits = tonumber(redis.call('ZSCORE', FILEWAITS, file) or nil)
if not meta or not waits or string.match(meta, '^%S+') ~= ARGV[3] then return { 'gone' } end
if ARGV[4] == '' or waits <= now then
  drop_file(file)
  return { 'gone' }
end
if not redis.call('ZSCORE', GRANTS, ARGV[1] .. ' ' .. string.match(meta, '^%S+ (%S+)')) then
  drop_file(file)
  return { 'unknown' }
end
local ends = text(now + tonumber(ARGV[4]))
redis.call('ZREM', FILEWAITS, file)
redis.call('ZADD', FILEENDS, ends, file)
return { 'kept', ends }
