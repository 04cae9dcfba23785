using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services;

/// <content>What a list of conversations shows.</content>
public sealed partial class PeerNode
{
    /// <summary>
    /// Something was done about another peer, on a page, at the console or by the API, that is no <see cref="PeerEvent"/>:
    /// what is shown elsewhere may have changed. Called on any thread.
    /// </summary>
    internal event Action? Acted;

    /// <summary>Raised on any thread after a message, or all if the id is null, was deleted on this side.</summary>
    internal event Action<Username, Guid?>? Deleted;

    /// <summary>Whether messages to a peer that is away can be left in its mailbox.</summary>
    internal bool CanLeaveMail(Username name) => _sessions.Find(name)?.CanLeaveMail ?? false;

    /// <summary>With whom there is, or was, something now.</summary>
    internal IReadOnlyList<Username> NamesInUse =>
        [.. _sessions.All.Select(session => session.Name).OfType<Username>()];

    /// <summary>All conversations that are kept.</summary>
    /// <exception cref="PeerException">They cannot be read.</exception>
    internal IReadOnlyList<ConversationOverview> Conversations =>
        SessionTable.Guard(() => _context.Store.OverviewAfterFlush().Read());
}
