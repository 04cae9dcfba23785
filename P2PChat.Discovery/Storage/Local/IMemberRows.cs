namespace P2PChat.Discovery.Storage.Local;

/// <summary>Join codes with their uses, and members; expired ones included.</summary>
internal interface IMemberRows
{
    HeldCode? FindCode(string hash);

    /// <summary>Counts the codes of a maker that have not expired by a time.</summary>
    long CountMadeBy(string maker, DateTimeOffset by);

    /// <summary>Counts the codes made from an address that have not expired by a time.</summary>
    long CountMadeFrom(string claimant, DateTimeOffset by);

    IReadOnlyList<string> CodesOf(string maker);

    /// <summary>Adds a code without uses, or replaces the code with the same hash.</summary>
    void AddCode(HeldCode code);

    /// <summary>Removes a code with its uses, if it exists.</summary>
    void RemoveCode(string hash);

    /// <summary>Removes the reservations of a code that ended by a time.</summary>
    void EndReservations(string hash, DateTimeOffset by);

    long CountUses(string hash);

    CodeUse? FindUse(string hash, string peerId);

    /// <summary>Adds or replaces a key's use of a code.</summary>
    void SaveUse(string hash, CodeUse use);

    void RemoveUse(string hash, string peerId);

    HeldMember? FindMember(string peerId);

    /// <summary>The members after a PeerId, in ordinal order.</summary>
    IReadOnlyList<HeldMember> MembersAfter(string after, int limit);

    void SaveMember(HeldMember member);

    void RemoveMember(string peerId);

    /// <summary>Removes codes that expired by a time, and members that were last seen by another.</summary>
    /// <returns>Number of removed codes and members.</returns>
    int Sweep(DateTimeOffset codesBy, DateTimeOffset membersBy, int limit);
}

/// <param name="Ends">When it expires, by the store's clock.</param>
internal sealed record HeldCode(JoinCode Code, DateTimeOffset Ends);

internal enum CodeUseState
{
    Reserved = 0,
    Spent = 1,

    /// <summary>The operator has removed the key, so it cannot join with this code again.</summary>
    Barred = 2,
}

/// <param name="ReservedUntil">Valid only for a reservation.</param>
internal sealed record CodeUse(string PeerId, CodeUseState State, DateTimeOffset ReservedUntil);

/// <param name="InvitedBy">PeerId of the code's maker.</param>
/// <param name="CodeHash">Hash of the code that it used.</param>
internal sealed record HeldMember(
    string PeerId,
    IReadOnlyList<string> Usernames,
    string InvitedBy,
    string CodeHash,
    DateTimeOffset JoinedAt,
    DateTimeOffset LastSeen
)
{
    public HeldMember Registered(string username, DateTimeOffset now) =>
        this with
        {
            Usernames =
                Usernames.Contains(username) || Usernames.Count >= Member.MaxUsernames
                    ? Usernames
                    : [.. Usernames, username],
            LastSeen = now,
        };
}
