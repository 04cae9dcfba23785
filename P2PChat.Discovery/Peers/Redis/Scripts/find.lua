-- lease, claim, name, whether the record is wanted
--   -> id, sequence, online, last seen, unlisted, record; nothing where nobody claims the name
local peer = look({ lease = tonumber(ARGV[1]), claim = tonumber(ARGV[2]) }, ARGV[3])
if not peer then return {} end
return {
  peer.id, text(peer.sequence), peer.online and 1 or 0, text(peer.seen), peer.unlisted and 1 or 0,
  ARGV[4] == '1' and redis.call('HGET', RECORDS, ARGV[3]) or '',
}
