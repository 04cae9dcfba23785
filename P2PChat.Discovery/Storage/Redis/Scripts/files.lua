-- Functions shared by the scripts on files. Loaded after mailbox.lua.

-- Returns a file, unless it has expired or belongs to an earlier owner of the name: an older replica frees a name
-- without its files.
local function find_file(file, owner)
  local meta = redis.call('HGET', FILEMETA, file)
  if not meta then return nil end
  local blob, hash, size, digest, id = string.match(meta, '^(%S+) (%S+) (%S+) (%S+) (%S+)')
  local ends, waits = redis.call('ZSCORE', FILEENDS, file), redis.call('ZSCORE', FILEWAITS, file)
  local found = { blob = blob, hash = hash, size = tonumber(size), digest = digest, kept = ends and true or false }
  found.ends = tonumber(ends or waits or 0)
  if id ~= owner then return nil end
  if found.kept then
    if is_over(found.ends) then return nil end
  elseif found.ends <= now then
    return nil
  end
  return found
end

-- As FileCharge: the size before a file was sealed.
local function charge_of(size)
  return math.max(4096, size - 16 * math.ceil(size / 65552))
end
