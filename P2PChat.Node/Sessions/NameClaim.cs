using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Links;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Checks the name that the other peer claims, and holds it in <see cref="SessionNames{TSession}"/> while a link uses
/// it. Guarded by the session's lock.
/// </summary>
internal sealed partial class NameClaim(SessionHost host, SessionNames<SessionHost> names)
{
    private readonly SessionContext _context = host.Context;
    private readonly ILogger _logger = host.Context.Logger;
    private Username? _held;

    /// <summary>The other peer's name as last published; null until it has been verified.</summary>
    internal Username? Current { get; private set; } = host.Machine.RemoteName;

    /// <summary>Publishes the machine's name for the peer if it has changed.</summary>
    internal void Observe()
    {
        if (host.Machine.RemoteName is not { } name || name == Current)
        {
            return;
        }

        var before = Current;
        Current = name;
        host.Renamed?.Invoke(host, before, name);
    }

    /// <summary>Holds the name for this session's key while a link under it lasts.</summary>
    /// <returns>False if another key holds it.</returns>
    internal bool TryHold(Username name)
    {
        if ((_held is { } held && held != name) || !names.TryHold(host, name))
        {
            return false;
        }

        _held = name;
        return true;
    }

    internal void ReleaseIfUnused()
    {
        if (_held is not { } held || host.Machine.UsesName(held))
        {
            return;
        }

        _held = null;
        names.Release(host, held);
    }

    internal void BeginCheck(Link link, Username name) => _ = Task.Run(() => CheckAsync(link, name));

    private async Task CheckAsync(Link link, Username name)
    {
        var check = await FindOutAsync(name);
        if (check.Result == NameCheck.KeyChanged)
        {
            _context.Warnings.OnKeyChanged(name, host.Remote);
        }

        lock (host.StateLock)
        {
            // Another session may have taken the name meanwhile, and a key has one name at a time.
            if (
                check.Result == NameCheck.Confirmed
                && !host.Lifecycle.IsBroken
                && host.Links.Contains(link)
                && !TryHold(name)
            )
            {
                check = new(_held is null ? NameCheck.InUse : NameCheck.Mismatch);
            }

            if (check.Result == NameCheck.Confirmed)
            {
                host.Contact.IsEphemeral = check.Ephemeral;
            }
            else
            {
                _context.Metrics.Error($"name_{check.Result}");
            }

            host.Machine.NameChecked(link.Id, check.Result, _context.SteadyClock.GetUtcNow());
            host.Drain();
            host.Links.ReleaseSlotIfAuthenticated(link);
        }

        if (check.Result == NameCheck.InUse)
        {
            _context.Warnings.OnNameClaimed(name, host.Remote);
        }
    }

    private async Task<CheckedName> FindOutAsync(Username name)
    {
        try
        {
            if (name == _context.Self)
            {
                return new(NameCheck.Mismatch);
            }

            var check = await _context.Names.CheckAsync(name, host.Remote, CancellationToken.None);
            return check.Result == NameCheck.Confirmed && await IsHeldByAnotherAsync(name)
                ? new(NameCheck.InUse)
                : check;
        }
        catch (Exception exception)
        {
            LogCheckFailed(exception);
            return new(NameCheck.Unavailable);
        }
    }

    // A killed ephemeral peer restarts with another key, and must not wait until its old link times out.
    private async Task<bool> IsHeldByAnotherAsync(Username name)
    {
        while (names.HolderOf(name, host) is { } holder)
        {
            if (await holder.Links.ProveAliveAsync())
            {
                return true;
            }
        }

        return false;
    }

    [LoggerMessage(LogLevel.Error, "Name check failed with an unexpected error.")]
    private partial void LogCheckFailed(Exception exception);
}
