using P2PChat.Node.Model;
using P2PChat.Protocol.Profiles;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Exchanges profiles on open links: each side says which profile of the other it has, and receives the current one if
/// the versions differ. Guarded by the session's lock.
/// </summary>
internal sealed partial class ProfileExchange(SessionHost host)
{
    // A peer that asks without end must not make this one send 64 KiB each time.
    private const int MaxAnswers = 6;

    /// <summary>Placeholder for profiles waiting for a commit.</summary>
    internal static readonly SessionEffect Arrival = new SessionEffect.ProfileReceived(new Profile(), IsCurrent: true);

    // A user who changes name and picture makes several changes, and each is sent with the picture.
    private static readonly TimeSpan SendDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan DeadLinkPause = TimeSpan.FromHours(1);
    private static readonly TimeSpan AnswerWindow = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RenameWindow = TimeSpan.FromHours(1);

    private readonly SessionContext _context = host.Context;
    private readonly ILogger _logger = host.Context.Logger;
    private readonly ProfileIntake _intake = new();
    private readonly RateWindow _answers = new(MaxAnswers, AnswerWindow);
    private readonly RateWindow _renames = new(max: 1, RenameWindow);
    private readonly RateWindow _warnings = new(max: 1, AnswerWindow);
    private PeerProfile? _arrived;
    private DateTimeOffset? _sendAt;
    private DateTimeOffset _pausedUntil;

    /// <summary>When <see cref="Tick"/> has something to do; null if never.</summary>
    internal DateTimeOffset? Deadline => _intake.Deadline is { } intake && !(_sendAt < intake) ? intake : _sendAt;

    private bool IsUnderstood =>
        !host.Lifecycle.IsRetired
        && host.Machine is { IsConnected: true, IsContact: true } machine
        && machine.Features.HasFlag(PeerFeatures.Profile);

    /// <summary>Sends this side's profile on the conversation's link soon, if there is one.</summary>
    public void Send()
    {
        lock (host.StateLock)
        {
            if (IsUnderstood)
            {
                SendAt(_context.SteadyClock.GetUtcNow() + SendDelay);
            }
        }
    }

    /// <summary>Sends a change, and applies the pending profile once the rate limit allows.</summary>
    internal void Tick(DateTimeOffset now)
    {
        if (_sendAt <= now)
        {
            _sendAt = null;
            if (IsUnderstood && _context.Profiles.Own.Version == 0)
            {
                _ = SendEmptyAsync();
            }
            else if (IsUnderstood)
            {
                _ = host.Machine.SendProfile(ProfileRules.ToFrame(_context.Profiles.Own));
                host.Drain();
            }
        }

        if (_intake.Tick(now) is { } profile)
        {
            Take(profile, now);
        }
    }

    internal void OnLinkInUse(int link)
    {
        if (IsUnderstood)
        {
            _ = host.Machine.SendProfileKnown(link, (ulong)(_context.Profiles.Find(host.Remote)?.Version ?? 0));
        }
    }

    internal void OnAsked(int link, ulong known)
    {
        var own = _context.Profiles.Own;
        if (known == (ulong)own.Version || !IsUnderstood)
        {
            return;
        }

        var now = _context.SteadyClock.GetUtcNow();
        if (now < _pausedUntil || !_answers.TryTake(now))
        {
            // The link may last for days, and the other side asks once on each.
            SendAt(_answers.Next ?? now);
        }
        else if (own.Version > 0)
        {
            _ = host.Machine.SendProfile(ProfileRules.ToFrame(own), link);
        }
        else
        {
            // This side has lost its profile, as after a restore, and its contacts must not show it forever.
            _ = SendEmptyAsync();
        }
    }

    /// <summary>
    /// Called when a link ended because nothing arrived, although it had a profile to carry. It may have ended because
    /// of that, and the next one must not.
    /// </summary>
    internal void OnLinkDied()
    {
        _pausedUntil = _context.SteadyClock.GetUtcNow() + DeadLinkPause;
        _sendAt = _sendAt < _pausedUntil ? _pausedUntil : _sendAt;
    }

    /// <summary>Checks a profile, and keeps it until it is released; it replaces one that waits.</summary>
    /// <returns>Whether <see cref="OnReceived"/> must follow.</returns>
    internal bool OnArrived(SessionEffect.ProfileReceived received)
    {
        var frame = received.Profile;
        var profile = ProfileRules.Read(frame, out var problem);
        if (problem != ProfileProblem.None && _warnings.TryTake(_context.SteadyClock.GetUtcNow()))
        {
            LogBadProfile(problem, frame.Picture.Length);
        }

        var last = (_arrived ?? _intake.Waiting)?.Version ?? _context.Profiles.Find(host.Remote)?.Version ?? 0;
        if (profile is null || (!received.IsCurrent && profile.Version <= last))
        {
            return false;
        }

        var isFirst = _arrived is null;
        _arrived = profile;
        return isFirst;
    }

    internal void OnReceived()
    {
        var now = _context.SteadyClock.GetUtcNow();
        if (_arrived is { } profile && host.Machine.IsContact && _intake.Offer(profile, now) is { } taken)
        {
            Take(taken, now);
        }

        _arrived = null;
    }

    internal void OnContactRemoved()
    {
        _arrived = null;
        _sendAt = null;
        _intake.Clear();
        _context.Profiles.Forget(host.Remote);
    }

    private void SendAt(DateTimeOffset time)
    {
        _sendAt ??= time < _pausedUntil ? _pausedUntil : time;
        _context.Timers.Signal();
    }

    // Saving waits for the store, so it must not happen under the lock.
    private async Task SendEmptyAsync()
    {
        try
        {
            await Task.Run(_context.Profiles.AllotVersion);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next link asks again.
            LogNotSaved(exception);
        }

        Send();
    }

    private void Take(PeerProfile profile, DateTimeOffset now)
    {
        var before = _context.Profiles.Find(host.Remote);
        if (profile.Version != before?.Version)
        {
            var taken = _context.Profiles.Take(host.Remote, profile, isKept: !host.Contact.IsEphemeral);
            var isRenamed = taken.DisplayName != before?.DisplayName && _renames.TryTake(now);
            host.Publish(new PeerEvent.ProfileChanged(host.Machine.RemoteName!.Value, taken, isRenamed));
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "A contact sent a profile that breaks the rules: {Problem}. Its picture of {Bytes} bytes was ignored, and with "
            + "a bad version all of it."
    )]
    private partial void LogBadProfile(ProfileProblem problem, int bytes);

    [LoggerMessage(LogLevel.Warning, "The new version of this peer's profile could not be saved.")]
    private partial void LogNotSaved(Exception exception);
}
