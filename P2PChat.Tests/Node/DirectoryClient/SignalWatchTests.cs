using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.DirectoryClient;
using P2PChat.Protocol.Envelopes;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node.Mailbox;

namespace P2PChat.Tests.Node.DirectoryClient;

/// <summary>The one reader of a peer's signal stream.</summary>
public sealed class SignalWatchTests : IAsyncLifetime, IDisposable
{
    private readonly TempDirectory _data = new();
    private readonly RestartableDirectory _directory = new();
    private PeerUnderTest _alice = null!;
    private PeerUnderTest _bob = null!;

    public async Task InitializeAsync()
    {
        await _directory.StartAsync();
        _alice = await PeerUnderTest.StartAsync(
            _directory,
            "alice",
            options => (options.Ephemeral, options.Data) = (false, _data.Path),
            mail: false
        );
        _bob = await PeerUnderTest.StartAsync(_directory, "bob");
    }

    public async Task DisposeAsync()
    {
        await _bob.DisposeAsync();
        await _alice.DisposeAsync();
        await _directory.DisposeAsync();
    }

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Mail_is_signalled_after_a_restart_and_while_nobody_reads()
    {
        await LeaveMailAsync();
        var signals = _alice.Services.GetRequiredService<SignalWatch>();
        Assert.True(await signals.Mail.ReadAsync().AsTask().WaitAsync(PeerUnderTest.Soon));

        await _directory.StopAsync();
        await Eventually.True(() => !signals.IsOpen, PeerUnderTest.Soon, "the stream has ended");
        await _directory.StartAsync();
        await Eventually.True(() => signals.IsOpen, PeerUnderTest.Soon, "the stream is open again");
        await LeaveMailAsync();
        await LeaveMailAsync();

        // Read late: the signal waits.
        await Eventually.True(() => signals.Mail.Count == 1, PeerUnderTest.Soon, "there is a signal");
        Assert.True(signals.Mail.TryRead(out _));
    }

    [Fact]
    public async Task Stream_is_opened_again_at_once_after_a_registration()
    {
        var signals = _alice.Services.GetRequiredService<SignalWatch>();
        await Eventually.True(() => signals.IsOpen, PeerUnderTest.Soon, "the stream is open");
        using var counts = new MailboxCounts(_directory);

        await _alice.Services.GetRequiredService<Registrar>().RegisterAgainAsync(default);

        await Eventually.True(
            () => counts.StreamsOpened == 1 && signals.IsOpen,
            TimeSpan.FromSeconds(5),
            "the stream is open with the new token, before the directory has looked at the old one"
        );
    }

    private async Task LeaveMailAsync()
    {
        var capability = MailboxCapability.New();
        await ClientOf(_alice).GrantAsync(MailboxCapability.HashOf(capability), default);
        _ = await ClientOf(_bob).DepositAsync(_alice.Name, capability, [1], default);
    }

    private static MailboxClient ClientOf(PeerUnderTest peer) => peer.Services.GetRequiredService<MailboxClient>();
}
