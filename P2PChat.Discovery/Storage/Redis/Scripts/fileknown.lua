-- Finds blobs that nobody stores or uploads.
-- ARGV: blobs...
-- Returns those.
local unknown = {}
for _, blob in ipairs(ARGV) do
  if redis.call('HEXISTS', FILEBLOBS, blob) == 0 then table.insert(unknown, blob) end
end
return unknown
