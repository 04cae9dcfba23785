-- Reserves the space of a file that is about to be uploaded.
-- ARGV: lease, claim, name, hash, id, blob, size, digest, how long the reservation lasts; the limits: files and bytes
-- per capability, files and bytes per mailbox
-- Returns 'reserved' and the claimant of the name; 'existing', the blob and the time of expiry; or 'unknown',
-- 'full' or 'taken'.
local settings = { lease = tonumber(ARGV[1]), claim = tonumber(ARGV[2]) }
local name, hash, id, size, digest = ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[7]), ARGV[8]
-- As in mailbox.lua, the same keys are read in each case.
local peer, granted = look(settings, name), redis.call('ZSCORE', GRANTS, name .. ' ' .. hash)
local waiting = redis.call('ZRANGEBYLEX', FILES, from(name), upto(name))
local count, bytes = read_usage(FILEUSAGE, name)
local own, own_bytes = read_usage(FILEUSAGE, name .. ' ' .. hash)
if not peer or not granted then return { 'unknown' } end

local file = name .. ' ' .. id
for _, other in ipairs(waiting) do
  local found = find_file(other, peer.id)
  if not found then
    drop_file(other)
  elseif other == file then
    if found.hash ~= hash then return { 'taken' } end
    if found.kept then
      if found.digest ~= digest or found.size ~= size then return { 'taken' } end
      return { 'existing', found.blob, text(found.ends) }
    end
  end
end
local charge = charge_of(size)
if own >= tonumber(ARGV[10]) or own_bytes + charge > tonumber(ARGV[11]) then return { 'full' } end
if count >= tonumber(ARGV[12]) or bytes + charge > tonumber(ARGV[13]) then return { 'full' } end

drop_file(file)
redis.call('ZADD', FILES, 0, file)
redis.call('ZADD', FILEWAITS, text(now + tonumber(ARGV[9])), file)
redis.call('HSET', FILEMETA, file, table.concat({ ARGV[6], hash, text(size), digest, peer.id }, ' '))
redis.call('HSET', FILEBLOBS, ARGV[6], table.concat({ name, hash, text(charge) }, ' '))
redis.call('HSET', FILEUSAGE, name, (count + 1) .. ' ' .. text(bytes + charge))
redis.call('HSET', FILEUSAGE, name .. ' ' .. hash, (own + 1) .. ' ' .. text(own_bytes + charge))
return { 'reserved', peer.claimant }
