-- Forgets blobs whose bytes have been deleted. Until then they count for their mailbox and capability.
-- ARGV: blobs...
for _, blob in ipairs(ARGV) do
  if redis.call('SREM', FILEGONE, blob) == 1 then
    local name, hash, charge = string.match(redis.call('HGET', FILEBLOBS, blob) or '', '^(%S+) (%S+) (%S+)$')
    redis.call('HDEL', FILEBLOBS, blob)
    if name then
      reduce_usage(FILEUSAGE, name, tonumber(charge))
      reduce_usage(FILEUSAGE, name .. ' ' .. hash, tonumber(charge))
    end
  end
end
return {}
