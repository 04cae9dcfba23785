using System.Collections.Concurrent;

namespace P2PChat.Peer.Web.Model;

/// <summary>
/// The conversations and rooms in front of the user, in all tabs and browsers: their messages need no notification.
/// Thread-safe.
/// </summary>
internal sealed class ShownConversations
{
    private readonly ConcurrentDictionary<object, string> _byPage = new();

    /// <summary>Another conversation, or none, is in front of the user.</summary>
    public event Action? Changed;

    /// <param name="shown">
    /// The address of what a page shows while it has the focus, such as <c>c/bob</c>; null if there is none.
    /// </param>
    public void Set(object page, string? shown)
    {
        if (shown is not null)
        {
            _byPage[page] = shown;
        }
        else
        {
            _ = _byPage.TryRemove(page, out _);
        }

        Changed?.Invoke();
    }

    public bool Contains(string path) => _byPage.Values.Contains(path);
}
