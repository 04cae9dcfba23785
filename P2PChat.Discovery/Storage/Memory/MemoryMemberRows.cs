using P2PChat.Discovery.Storage.Local;

namespace P2PChat.Discovery.Storage.Memory;

/// <summary>Join codes and members in memory. Not thread-safe.</summary>
internal sealed class MemoryMemberRows : IMemberRows
{
    private readonly Dictionary<string, HeldCode> _codes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, CodeUse>> _uses = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, HeldMember> _members = new(StringComparer.Ordinal);

    public HeldCode? FindCode(string hash) => _codes.GetValueOrDefault(hash);

    public long CountMadeBy(string maker, DateTimeOffset by) =>
        _codes.Values.LongCount(code => code.Code.Maker == maker && code.Ends > by);

    public long CountMadeFrom(string claimant, DateTimeOffset by) =>
        _codes.Values.LongCount(code => code.Code.Claimant == claimant && code.Ends > by);

    public IReadOnlyList<string> CodesOf(string maker) =>
        [.. _codes.Values.Where(code => code.Code.Maker == maker).Select(code => code.Code.Hash)];

    public void AddCode(HeldCode code)
    {
        _codes[code.Code.Hash] = code;
        _uses[code.Code.Hash] = new Dictionary<string, CodeUse>(StringComparer.Ordinal);
    }

    public void RemoveCode(string hash)
    {
        _ = _codes.Remove(hash);
        _ = _uses.Remove(hash);
    }

    public void EndReservations(string hash, DateTimeOffset by)
    {
        foreach (
            var ended in _uses[hash]
                .Values.Where(use => use.State == CodeUseState.Reserved && use.ReservedUntil <= by)
                .ToList()
        )
        {
            _ = _uses[hash].Remove(ended.PeerId);
        }
    }

    public long CountUses(string hash) => _uses[hash].Count;

    public CodeUse? FindUse(string hash, string peerId) => _uses.GetValueOrDefault(hash)?.GetValueOrDefault(peerId);

    public void SaveUse(string hash, CodeUse use) => _uses[hash][use.PeerId] = use;

    public void RemoveUse(string hash, string peerId) => _uses.GetValueOrDefault(hash)?.Remove(peerId);

    public HeldMember? FindMember(string peerId) => _members.GetValueOrDefault(peerId);

    public IReadOnlyList<HeldMember> MembersAfter(string after, int limit) =>
        [.. _members.Values.Where(member => string.CompareOrdinal(member.PeerId, after) > 0).Take(limit)];

    public void SaveMember(HeldMember member) => _members[member.PeerId] = member;

    public void RemoveMember(string peerId) => _members.Remove(peerId);

    public int Sweep(DateTimeOffset codesBy, DateTimeOffset membersBy, int limit)
    {
        var codes = _codes.Values.Where(code => code.Ends <= codesBy).Take(limit).ToList();
        codes.ForEach(code => RemoveCode(code.Code.Hash));
        var members = _members.Values.Where(member => member.LastSeen <= membersBy).Take(limit - codes.Count).ToList();
        members.ForEach(member => RemoveMember(member.PeerId));
        return codes.Count + members.Count;
    }
}
