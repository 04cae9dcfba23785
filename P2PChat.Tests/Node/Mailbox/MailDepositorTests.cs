using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Mailbox;
using P2PChat.Node.Model;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Mailbox;

/// <summary>When mail for a contact who is offline is deposited.</summary>
public sealed class MailDepositorTests(MailPeers peers) : IClassFixture<MailPeers>
{
    // Shorter than the time after which the loop checks without a signal.
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(20)]
    [InlineData(-20)]
    public async Task Clock_jump_does_not_change_when_mail_is_due(int days)
    {
        var (clock, longest) = (new SettableClock(), TimeSpan.FromMinutes(1));
        await using var alice = await peers.StartAsync(
            $"writer{days + 20}",
            peers.NewData(),
            options => (options.Reconnect, options.DepositAfter) = (false, longest),
            clock
        );
        var bob = await peers.StartAsync($"away{days + 20}", peers.NewData());
        await MailPeers.ConnectAsync(alice, bob);
        var name = bob.Name;
        await bob.DisposeAsync();
        _ = await alice.Expect<PeerEvent.Disconnected>();
        _ = alice.Messages.Send(name, "not yet");
        var depositor = alice.Services.GetRequiredService<MailDepositor>();
        await Eventually.True(() => depositor.UntilDue() <= longest, PeerUnderTest.Soon, "mail is due");

        clock.PutForward(TimeSpan.FromDays(days));

        Assert.InRange(depositor.UntilDue(), TimeSpan.FromTicks(1), longest);
    }

    [Fact]
    public async Task Mail_of_an_earlier_process_is_deposited_soon_after_the_start()
    {
        var data = peers.NewData();
        await using (var alice = await peers.StartAsync("leaver", data, options => options.Reconnect = false))
        {
            var bob = await peers.StartAsync("absent", peers.NewData());
            await MailPeers.ConnectAsync(alice, bob);
            var name = bob.Name;
            await bob.DisposeAsync();
            _ = await alice.Expect<PeerEvent.Disconnected>();
            await peers.Directory.StopAsync();
            _ = alice.Messages.Send(name, "still here");
        }

        await peers.Directory.StartAsync();
        await using var again = await peers.StartAsync("leaver", data, options => options.Reconnect = false);

        _ = await again.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Sent).WaitAsync(AtOnce);
    }
}
