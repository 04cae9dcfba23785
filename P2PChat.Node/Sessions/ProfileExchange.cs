using P2PChat.Node.Model;
using P2PChat.Protocol.Profiles;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Exchanges profiles on the open link: each side says which profile of the other it has, and is sent the present one
/// if that is another. Guarded by the session's lock.
/// </summary>
internal sealed partial class ProfileExchange(SessionHost host)
{
    // A peer that asks without end must not make this one send 64 KiB each time.
    private const int MaxAnswers = 6;

    /// <summary>Takes the place of the profiles that wait to be released.</summary>
    internal static readonly SessionEffect Arrival = new SessionEffect.ProfileReceived(new Profile());

    private readonly SessionContext _context = host.Context;
    private readonly ILogger _logger = host.Context.Logger;
    private readonly ProfileIntake _intake = new();
    private readonly RateWindow _answers = new(MaxAnswers, ProfileIntake.Window);
    private readonly RateWindow _warnings = new(max: 1, ProfileIntake.Window);
    private PeerProfile? _arrived;

    /// <summary>When <see cref="Tick"/> has something to do; null if never.</summary>
    internal DateTimeOffset? Deadline => _intake.Deadline;

    private bool IsUnderstood =>
        !host.Lifecycle.IsRetired
        && host.Machine is { IsConnected: true, IsContact: true } machine
        && machine.Features.HasFlag(PeerFeatures.Profile);

    /// <summary>Sends this side's profile on the open link, if there is one.</summary>
    public void Send()
    {
        lock (host.StateLock)
        {
            if (IsUnderstood)
            {
                _ = host.Machine.SendProfile(ProfileRules.ToFrame(_context.Profiles.Own));
                host.Drain();
            }
        }
    }

    /// <summary>Takes the profile that waits, once it may be taken.</summary>
    internal void Tick(DateTimeOffset now)
    {
        if (_intake.Tick(now) is { } profile)
        {
            Take(profile);
        }
    }

    internal void OnLinkInUse()
    {
        if (IsUnderstood)
        {
            _ = host.Machine.SendProfileKnown((ulong)(_context.Profiles.Find(host.Remote)?.Version ?? 0));
        }
    }

    internal void OnAsked(ulong known)
    {
        var own = _context.Profiles.Own;
        if (
            own.Version > 0
            && known != (ulong)own.Version
            && IsUnderstood
            && _answers.TryTake(_context.SteadyClock.GetUtcNow())
        )
        {
            _ = host.Machine.SendProfile(ProfileRules.ToFrame(own));
        }
    }

    /// <summary>Checks a profile, and keeps it until it is released; it replaces one that waits.</summary>
    /// <returns>Whether <see cref="OnReceived"/> must follow.</returns>
    internal bool OnArrived(Profile frame)
    {
        var profile = ProfileRules.Read(frame, out var problem);
        if (problem != ProfileProblem.None && _warnings.TryTake(_context.SteadyClock.GetUtcNow()))
        {
            LogBadProfile(problem, frame.Picture.Length);
        }

        var isFirst = _arrived is null && profile is not null;
        _arrived = profile ?? _arrived;
        return isFirst;
    }

    internal void OnReceived()
    {
        if (
            _arrived is { } profile
            && host.Machine.IsContact
            && _intake.Offer(profile, _context.SteadyClock.GetUtcNow()) is { } taken
        )
        {
            Take(taken);
        }

        _arrived = null;
    }

    internal void OnContactRemoved()
    {
        _intake.Clear();
        _context.Profiles.Forget(host.Remote);
    }

    private void Take(PeerProfile profile)
    {
        var before = _context.Profiles.Find(host.Remote);
        if (profile.Version != before?.Version)
        {
            var taken = _context.Profiles.Take(host.Remote, profile, isKept: !host.Contact.IsEphemeral);
            var isRenamed = taken.DisplayName != before?.DisplayName;
            host.Publish(new PeerEvent.ProfileChanged(host.Machine.RemoteName!.Value, taken, isRenamed));
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "A contact sent a profile that breaks the rules: {Problem}. Its picture has {Bytes} bytes and was dropped."
    )]
    private partial void LogBadProfile(ProfileProblem problem, int bytes);
}
