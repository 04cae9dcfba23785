using P2PChat.Peer.Chat;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>Another person, as the list shows them.</summary>
/// <param name="LastSeen">Null if the directory has not said.</param>
/// <param name="Last">The newest message; null if there is none.</param>
public sealed record Person(Username Name, bool Online, DateTimeOffset? LastSeen, Relation Relation, Message? Last, int Unread)
{
    /// <summary>Whether the two have to do with each other, rather than being on one directory.</summary>
    public bool IsNear => Relation is not Relation.None || Last is not null;

    /// <summary>Messages of ours that have not been delivered.</summary>
    public int Waiting { get; init; }

    public string Initials => Name.Value[..1].ToUpperInvariant();

    /// <summary>How it stands between the two, in a few words.</summary>
    internal string Standing(DayNames days) => Relation switch
    {
        Relation.Connected => "connected",
        Relation.Asked => "you have asked; waiting for the answer",
        Relation.Asking => "asks to connect",
        _ when Online => "online",
        _ when LastSeen is { } seen => $"last seen {days.Ago(seen)}",
        _ => "offline",
    };
}
