using P2PChat.Node.Services;

namespace P2PChat.Peer.Web.Model;

/// <summary>
/// Tells connected peers that the user is away once no page has been visible for a minute, and when they are back.
/// Does nothing if no page has ever been open. Thread-safe.
/// </summary>
internal sealed class PagePresence(PresenceService presence, TimeProvider timeProvider) : IDisposable
{
    private static readonly TimeSpan AwayAfter = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly HashSet<object> _visiblePages = [];
    private ITimer? _timer;
    private bool _isAway;

    public void Set(object page, bool isVisible)
    {
        lock (_gate)
        {
            if (isVisible)
            {
                _visiblePages.Add(page);
            }
            else if (!_visiblePages.Remove(page))
            {
                return;
            }

            _timer?.Dispose();
            _timer =
                _visiblePages.Count == 0
                    ? timeProvider.CreateTimer(_ => Publish(isAway: true), null, AwayAfter, Timeout.InfiniteTimeSpan)
                    : null;
        }

        if (isVisible)
        {
            Publish(isAway: false);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _timer?.Dispose();
        }
    }

    private void Publish(bool isAway)
    {
        lock (_gate)
        {
            if (_isAway == isAway || (isAway && _visiblePages.Count > 0))
            {
                return;
            }

            _isAway = isAway;
        }

        presence.SetAway(isAway);
    }
}
