using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;

namespace P2PChat.Node.Mailbox;

/// <summary>
/// Opens this peer's request box while the settings let strangers ask or be accepted: its record says so.
/// </summary>
internal sealed class RequestBoxOpener(
    OwnRecord record,
    Preferences preferences,
    RequestPolicy policy,
    DirectoryRegistration registration
) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        record.TakesRequests = IsOpen;
        preferences.Changed += OnChanged;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        preferences.Changed -= OnChanged;
        return Task.CompletedTask;
    }

    private bool IsOpen => policy.DecideByMail() != RequestDecision.Reject;

    private void OnChanged()
    {
        if (record.TakesRequests == IsOpen)
        {
            return;
        }

        record.TakesRequests = IsOpen;
        registration.RegisterSoon();
    }
}
