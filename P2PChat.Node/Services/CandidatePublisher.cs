using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Paths.Stun;
using P2PChat.Node.Storage;

namespace P2PChat.Node.Services;

/// <summary>Registers this peer again when the endpoints that it gives to others change.</summary>
internal sealed class CandidatePublisher(
    LocalCandidates candidates,
    ReflexiveAddresses reflexive,
    Preferences preferences,
    DirectoryRegistration registration
) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        preferences.Changed += registration.RegisterSoon;
        reflexive.Changed += OnReflexiveChanged;
        OnReflexiveChanged();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        reflexive.Changed -= OnReflexiveChanged;
        preferences.Changed -= registration.RegisterSoon;
        return Task.CompletedTask;
    }

    private void OnReflexiveChanged()
    {
        if (candidates.SetReflexive(reflexive.Current))
        {
            registration.RegisterSoon();
        }
    }
}
