namespace P2PChat.Discovery.Storage;

/// <summary>A join code, of which the directory knows only the hash.</summary>
/// <param name="Hash">SHA-256 of the code, in base64url.</param>
/// <param name="Maker">PeerId of the peer that made it.</param>
/// <param name="Claimant">Pseudonym of the address from which it was made.</param>
/// <param name="Uses">How many keys may join with it.</param>
internal sealed record JoinCode(string Hash, string Maker, string Claimant, int Uses, DateTimeOffset ExpiresAt)
{
    /// <summary>
    /// How long a use stays reserved if the registration is not completed, for example because a replica has crashed.
    /// </summary>
    public static readonly TimeSpan Reservation = TimeSpan.FromMinutes(2);
}

/// <summary>Maximum numbers of valid codes.</summary>
internal readonly record struct JoinCodeLimits(int PerIdentity, int PerAddress);

internal enum JoinCodeOutcome
{
    Added,
    Existing,

    /// <summary>The maker, or its address, has reached its limit.</summary>
    TooMany,

    /// <summary>Another key has made a code with this hash.</summary>
    Foreign,
}

/// <param name="ExpiresAt">When the code expires, if it was added or existed.</param>
internal readonly record struct JoinCodeResult(JoinCodeOutcome Outcome, DateTimeOffset ExpiresAt = default);

/// <summary>A key that may use the directory because it joined with a code.</summary>
/// <param name="Usernames">The names that it has registered, at most <see cref="MaxUsernames"/>.</param>
/// <param name="InvitedBy">PeerId of the code's maker.</param>
/// <param name="LastSeen">When it last registered.</param>
internal sealed record Member(
    string PeerId,
    IReadOnlyList<string> Usernames,
    string InvitedBy,
    DateTimeOffset JoinedAt,
    DateTimeOffset LastSeen
)
{
    /// <summary>Maximum number of names kept, so that an entry stays small.</summary>
    public const int MaxUsernames = 8;
}

internal readonly record struct MemberPage(IReadOnlyList<Member> Members, bool HasMore);
