-- Forgets blobs whose bytes have been deleted.
-- ARGV: blobs...
for _, blob in ipairs(ARGV) do
  if redis.call('SREM', FILEGONE, blob) == 1 then redis.call('SREM', FILEBLOBS, blob) end
end
return {}
