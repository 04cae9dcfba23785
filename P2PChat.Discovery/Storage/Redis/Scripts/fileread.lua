-- Lists the files that wait for a peer, in the order of their ids.
-- ARGV: name, token, the only id or ''
-- Returns 'unknown-token', or 'files', then the id, blob, bytes, digest and time of expiry of each.
local name, only = ARGV[1], ARGV[3]
if not holds(name, ARGV[2]) then return { 'unknown-token' } end
local owner = read(redis.call('HGET', PEERS, name)).id
local result = { 'files' }
local waiting = only == '' and redis.call('ZRANGEBYLEX', FILES, from(name), upto(name)) or { name .. ' ' .. only }
for _, file in ipairs(waiting) do
  local found = find_file(file, owner)
  if found and found.kept then
    local id = string.match(file, '%S+$')
    for _, value in ipairs({ id, found.blob, text(found.size), found.digest, text(found.ends) }) do
      table.insert(result, value)
    end
  end
end
return result
