-- lease, name, whether the record is wanted -> id, online, last seen, unlisted, record; nothing where nobody claims it
local peer = look(tonumber(ARGV[1]), ARGV[2])
if not peer then return {} end
return {
  peer.id, peer.online and 1 or 0, text(peer.seen), peer.unlisted and 1 or 0,
  ARGV[3] == '1' and redis.call('HGET', RECORDS, ARGV[2]) or '',
}
