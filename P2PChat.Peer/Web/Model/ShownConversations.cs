using System.Collections.Concurrent;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>
/// The conversations in front of the user, in all tabs and browsers: their messages need no notification. Thread-safe.
/// </summary>
internal sealed class ShownConversations
{
    private readonly ConcurrentDictionary<object, Username> _byPage = new();

    /// <param name="shown">The conversation that a page shows while it has the focus; null if there is none.</param>
    public void Set(object page, Username? shown)
    {
        if (shown is { } name)
        {
            _byPage[page] = name;
        }
        else
        {
            _ = _byPage.TryRemove(page, out _);
        }
    }

    public bool Contains(Username name) => _byPage.Values.Contains(name);
}
