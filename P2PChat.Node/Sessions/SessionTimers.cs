using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;

namespace P2PChat.Node.Sessions;

/// <summary>
/// The timers of a conversation. One of ours that did not arrive does not count, so that both sides keep the same.
/// Guarded by the session's lock.
/// </summary>
internal sealed class SessionTimers(StoredTimers stored)
{
    // Oldest first. An earlier one counts again if a later one does not arrive.
    private readonly List<SetTimer> _ours = [.. stored.Ours];
    private readonly HashSet<Guid> _missing = [.. stored.Missing];
    private SetTimer? _theirs = stored.Theirs;

    public ConversationTimer Current => new(LastArrived, _theirs);

    private SetTimer? LastArrived =>
        _ours.FindLastIndex(timer => !_missing.Contains(timer.Id)) is >= 0 and var last ? _ours[last] : null;

    /// <summary>How many timers were sent and received since the start.</summary>
    public long SetCount { get; private set; }

    public void OnSent(Guid id, MessageContent? content)
    {
        if (content is not MessageContent.Timer timer)
        {
            return;
        }

        SetCount++;
        _ours.Add(new SetTimer(id, timer));
        if (_ours.Count > StoredTimers.MaxOurs)
        {
            _ = _missing.Remove(_ours[0].Id);
            _ours.RemoveAt(0);
        }
    }

    public void OnReceived(Guid id, MessageContent? content)
    {
        if (content is MessageContent.Timer timer)
        {
            SetCount++;
            _theirs = new SetTimer(id, timer);
        }
    }

    /// <summary>Records whether the other side lacks a message of ours, which need not be a timer.</summary>
    public void NoteMissing(Guid id, bool isMissing)
    {
        if (!isMissing)
        {
            _ = _missing.Remove(id);
        }
        else if (_ours.Exists(timer => timer.Id == id))
        {
            _ = _missing.Add(id);
        }
    }
}
