using P2PChat.Node.Services;

namespace P2PChat.Peer.Web.Model;

/// <summary>
/// Tells the others that the person has gone, when of the pages that are open none has been in view for a while; and that
/// they are back. Says nothing where no page has ever been open. Thread-safe.
/// </summary>
internal sealed class PagePresence(PresenceService presence, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan GoneAfter = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly HashSet<object> _inView = [];
    private ITimer? _timer;
    private bool _isAway;

    public void Set(object page, bool isInView)
    {
        lock (_gate)
        {
            if (isInView)
            {
                _inView.Add(page);
            }
            else if (!_inView.Remove(page))
            {
                return;
            }

            _timer?.Dispose();
            _timer =
                _inView.Count == 0
                    ? time.CreateTimer(_ => Tell(isAway: true), null, GoneAfter, Timeout.InfiniteTimeSpan)
                    : null;
        }

        if (isInView)
        {
            Tell(isAway: false);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _timer?.Dispose();
        }
    }

    private void Tell(bool isAway)
    {
        lock (_gate)
        {
            if (_isAway == isAway || (isAway && _inView.Count > 0))
            {
                return;
            }

            _isAway = isAway;
        }

        presence.SetAway(isAway);
    }
}
