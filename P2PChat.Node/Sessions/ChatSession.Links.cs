using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Links;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>What the session's links, and the check of a name, tell its machine.</summary>
internal sealed partial class ChatSession
{
    private void Attach(Link link)
    {
        _links.Add(link.Id, link);
        link.Start(
            new LinkHandlers(
                frames => OnFrames(link, frames),
                reason => OnFailed(link, reason),
                (reason, byRemote) => OnEnded(link, reason, byRemote)
            )
        );
        _machine.LinkUp(link.Id, link.Dialled, link.StartedAt);
        Apply();
    }

    private void OnFrames(Link link, IReadOnlyList<IncomingFrame> frames)
    {
        lock (_gate)
        {
            for (var i = 0; i < frames.Count; i++)
            {
                _spans.Received(link.Id, frames[i]);
            }

            _machine.Receive(link.Id, frames, _context.Steady.GetUtcNow());
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
        {
            link.LeavePlace();
        }
    }

    private async Task CheckNameAsync(Link link, Username name)
    {
        var check = new CheckedName(NameCheck.Mismatch);
        try
        {
            if (name != _context.Self)
            {
                check = await _context.Names.CheckAsync(name, Remote, CancellationToken.None);
            }

            if (check.Result == NameCheck.Confirmed && await IsHeldByAnotherAsync(name))
            {
                check = new(NameCheck.InUse);
            }
        }
        catch (Exception e)
        {
            LogNameCheckFailed(e);
            check = new(NameCheck.Unavailable);
        }

        if (check.Result == NameCheck.KeyChanged)
        {
            _context.WarnOfChangedKey(name, Remote);
        }

        lock (_gate)
        {
            // Another session may have taken the name meanwhile, and a key has one name at a time.
            if (check.Result == NameCheck.Confirmed && !_broken && _links.ContainsKey(link.Id) && !TryHold(name))
            {
                check = new(_heldName is null ? NameCheck.InUse : NameCheck.Mismatch);
            }

            if (check.Result == NameCheck.Confirmed)
            {
                _ephemeral = check.Ephemeral;
            }
            else
            {
                _context.Metrics.Error($"name_{check.Result}");
            }

            _machine.NameChecked(link.Id, check.Result, _context.Steady.GetUtcNow());
            Apply();
            LeavePlace(link);
        }

        if (check.Result == NameCheck.InUse)
        {
            _context.TellOfClaim(name, Remote);
        }
    }

    // A killed ephemeral peer restarts with another key, and must not wait until its old link times out.
    private async Task<bool> IsHeldByAnotherAsync(Username name)
    {
        while (_names.HolderOf(name, this) is { } holder)
        {
            if (await holder.ProveAliveAsync())
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Pings the other side, and ends its links if nothing arrives in time.</summary>
    private async Task<bool> ProveAliveAsync()
    {
        List<Link> links;
        lock (_gate)
        {
            links = [.. _links.Values];
        }

        var signs = links.ConvertAll(link => link.ProbeAsync());
        var patience = Task.Delay(_context.ProbeTimeout, _context.Clock);
        if (signs.Count > 0 && await Task.WhenAny([.. signs, patience]) != patience)
        {
            return true;
        }

        lock (_gate)
        {
            foreach (var link in links)
            {
                _machine.EndLink(link.Id, CloseReason.Silent);
            }

            Apply();
        }

        return false;
    }

    /// <summary>Holds the name for this session's key while a link under it lasts.</summary>
    /// <returns>False if another key holds it.</returns>
    private bool TryHold(Username name)
    {
        if ((_heldName is { } held && held != name) || !_names.TryHold(this, name))
        {
            return false;
        }

        _heldName = name;
        return true;
    }

    private void ReleaseName()
    {
        if (_heldName is not { } held || _machine.UsesName(held))
        {
            return;
        }

        _heldName = null;
        _names.Release(this, held);
    }

    [LoggerMessage(LogLevel.Error, "A name could not be checked, by a fault of this peer's own.")]
    private partial void LogNameCheckFailed(Exception exception);
}
