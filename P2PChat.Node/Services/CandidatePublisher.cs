using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Links;
using P2PChat.Node.Paths;
using P2PChat.Node.Paths.Stun;

namespace P2PChat.Node.Services;

/// <summary>
/// Registers this peer again when the endpoints that it gives to others change, and looks for better paths when the
/// user no longer hides them.
/// </summary>
internal sealed class CandidatePublisher(
    LocalCandidates candidates,
    ReflexiveAddresses reflexive,
    DirectAccess direct,
    PathUpgrades upgrades,
    DirectoryRegistration registration
) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        direct.Changed += OnDirectChanged;
        reflexive.Changed += OnReflexiveChanged;
        OnReflexiveChanged();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        reflexive.Changed -= OnReflexiveChanged;
        direct.Changed -= OnDirectChanged;
        return Task.CompletedTask;
    }

    private void OnDirectChanged()
    {
        registration.RegisterSoon();
        if (direct.IsAllowed)
        {
            upgrades.AddressChanged();
        }
    }

    private void OnReflexiveChanged()
    {
        if (candidates.SetReflexive(reflexive.Current))
        {
            registration.RegisterSoon();
        }
    }
}
