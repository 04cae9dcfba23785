-- Removes expired files. Any replica may run it at any time.
-- ARGV: limit, how long a file is kept, how long a reservation lasts
-- Returns blobs whose bytes are to be deleted.
cut_to(FILEENDS, tonumber(ARGV[2]), ARGV[1])
cut_to(FILEWAITS, tonumber(ARGV[3]), ARGV[1])
for _, file in ipairs(redis.call('ZRANGEBYSCORE', FILEENDS, '-inf', text(lasting()), 'LIMIT', 0, ARGV[1])) do
  if is_over(tonumber(redis.call('ZSCORE', FILEENDS, file))) then drop_file(file) end
end
for _, file in ipairs(redis.call('ZRANGEBYSCORE', FILEWAITS, '-inf', text(now), 'LIMIT', 0, ARGV[1])) do
  drop_file(file)
end
return redis.call('SRANDMEMBER', FILEGONE, tonumber(ARGV[1]))
