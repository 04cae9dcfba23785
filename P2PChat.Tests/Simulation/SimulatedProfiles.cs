using P2PChat.Protocol.Profiles;
using P2PChat.Protocol.Sessions;

namespace P2PChat.Tests.Simulation;

/// <summary>
/// The exchange of profiles in one session, as in docs/protocol.md, section 22: each side says which profile of the
/// other it has, and is sent the present one.
/// </summary>
internal sealed class SimulatedProfiles(Simulation world, SimulatedSession session)
{
    private readonly ProfileIntake _intake = new();
    private PeerProfile? _arrived;

    /// <summary>The version of the other side's profile that is shown, or soon will be; 0 if none.</summary>
    public long Last => (_arrived ?? _intake.Waiting)?.Version ?? Taken;

    private long Taken => session.Owner.Profiles.GetValueOrDefault(session.Remote.Label);

    public bool IsUnderstood =>
        session.Machine is { IsConnected: true, IsContact: true } machine
        && machine.Features.HasFlag(PeerFeatures.Profile)
        && session.Owner.Handshake.Features.HasFlag(PeerFeatures.Profile);

    /// <summary>The user has changed this side's profile.</summary>
    public void Send()
    {
        if (IsUnderstood)
        {
            _ = session.Machine.SendProfile(ProfileRules.ToFrame(session.Owner.Profile));
            session.Apply();
        }
    }

    /// <summary>Takes an effect before it waits for the store.</summary>
    /// <returns>Whether to execute it after that.</returns>
    public bool Arrived(SessionEffect effect)
    {
        if (effect is not SessionEffect.ProfileReceived received)
        {
            return true;
        }

        var profile = ProfileRules.Read(received.Profile, out _)!;
        if (!received.IsCurrent && profile.Version <= Last)
        {
            return false;
        }

        var isFirst = _arrived is null;
        _arrived = profile;
        return isFirst;
    }

    public void CarryOut(SessionEffect effect)
    {
        switch (effect)
        {
            case SessionEffect.LinkInUse used when IsUnderstood:
                _ = session.Machine.SendProfileKnown(used.Link, (ulong)Taken);
                break;
            case SessionEffect.ProfileAsked asked when IsUnderstood:
                if (asked.Known != (ulong)session.Owner.Profile.Version && session.Owner.Profile.Version > 0)
                {
                    _ = session.Machine.SendProfile(ProfileRules.ToFrame(session.Owner.Profile), asked.Link);
                }

                break;
            case SessionEffect.ProfileReceived:
                if (_arrived is { } profile && session.Machine.IsContact)
                {
                    Take(_intake.Offer(profile, world.Now));
                }

                _arrived = null;
                break;
            default:
                break;
        }
    }

    public void Tick() => Take(_intake.Tick(world.Now));

    public void Forget()
    {
        _arrived = null;
        _intake.Clear();
        _ = session.Owner.Profiles.Remove(session.Remote.Label);
    }

    private void Take(PeerProfile? profile)
    {
        if (profile is not null)
        {
            session.Owner.Profiles[session.Remote.Label] = profile.Version;
        }
    }
}
