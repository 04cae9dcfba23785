using P2PChat.Peer.Connections;
using P2PChat.Peer.Discovery;
using P2PChat.Protocol.Frames;
using P2PChat.Protocol.Handshake;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Chat;

/// <summary>What the session's links, and the check of a name, tell its machine.</summary>
internal sealed partial class ChatSession
{
    private void Attach(Link link)
    {
        _links.Add(link.Id, link);
        link.Start(new LinkHandlers(
            frames => OnFrames(link, frames),
            reason => OnFailed(link, reason),
            (reason, byRemote) => OnEnded(link, reason, byRemote)));
        _machine.LinkUp(link.Id, link.Dialled, link.StartedAt);
        Apply();
    }

    private void OnFrames(Link link, IReadOnlyList<IncomingFrame> frames)
    {
        lock (_gate)
        {
            for (var i = 0; i < frames.Count; i++)
                _spans.Received(link.Id, frames[i]);
            _machine.Receive(link.Id, frames, _context.Clock.GetUtcNow());
            for (var i = 0; i < frames.Count; i++)
            {
                if (frames[i].Plain is { BodyCase: Frame.BodyOneofCase.MailboxGrant } frame && _machine.IsOpen(link.Id))
                    TakeGrant(frame.MailboxGrant);
            }

            Apply();
            LeavePlace(link);
        }
    }

    private void OnFailed(Link link, CloseReason reason)
    {
        lock (_gate)
        {
            _context.Metrics.Error(reason.ToString());
            _machine.EndLink(link.Id, reason);
            Apply();
        }
    }

    private void OnEnded(Link link, CloseReason reason, bool byRemote)
    {
        lock (_gate)
        {
            _ = _links.Remove(link.Id);
            _machine.LinkDown(link.Id, reason, byRemote);
            Apply();
            _spans.LinkGone(link.Id);
        }
    }

    private void LeavePlace(Link link)
    {
        if (link.HasPlace && _machine.IsPastHandshake(link.Id))
            link.LeavePlace();
    }

    private async Task CheckNameAsync(Link link, Username name)
    {
        var check = new CheckedName(NameCheck.Mismatch);
        try
        {
            if (name != _context.Self)
                check = await _context.Names.CheckAsync(name, Remote, CancellationToken.None);
        }
        catch (Exception e)
        {
            LogNameCheckFailed(e);
            check = new(NameCheck.Unavailable);
        }

        if (check.Result == NameCheck.KeyChanged)
            _context.WarnOfChangedKey(name);
        if (check.Result != NameCheck.Confirmed)
            _context.Metrics.Error($"name_{check.Result}");
        lock (_gate)
        {
            if (check.Result == NameCheck.Confirmed)
                _ephemeral = check.Ephemeral;
            _machine.NameChecked(link.Id, check.Result, _context.Clock.GetUtcNow());
            Apply();
            LeavePlace(link);
        }
    }

    [LoggerMessage(LogLevel.Error, "A name could not be checked, by a fault of this peer's own.")]
    private partial void LogNameCheckFailed(Exception exception);
}
