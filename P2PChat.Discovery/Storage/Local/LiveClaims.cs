using P2PChat.Discovery.Configuration;

namespace P2PChat.Discovery.Storage.Local;

/// <summary>Reads claims and changes nothing: expired claims count as gone, swept or not.</summary>
internal sealed class LiveClaims(DirectoryOptions options, IClaimRows rows)
{
    public Claim? Find(string name, StoreTime time) =>
        rows.Find(name) is { } claim && !IsOver(claim, time) ? claim : null;

    /// <summary>The listed claims after a name, in ordinal order.</summary>
    public IEnumerable<Claim> ListedAfter(string? after, StoreTime time) =>
        rows.ListedAfter(after ?? "").Where(claim => !IsOver(claim, time));

    private bool IsOver(Claim claim, StoreTime time) =>
        claim switch
        {
            { Online: false } => claim.Ends <= time.Lasting,
            { Ephemeral: true } => claim.Ends <= time.Now,
            _ => claim.Ends + options.Claim <= time.Lasting,
        };
}
