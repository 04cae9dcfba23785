using P2PChat.Discovery.Mailboxes;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Discovery.Mailboxes;

public sealed class SignalListenerTests
{
    private static readonly Username Name = Username.Parse("alice");

    [Fact]
    public void Full_listener_drops_the_oldest_signal_and_keeps_mail()
    {
        var listener = new SignalListener(Name, buffer: 2, takesPaths: true);
        listener.NotifyMail();
        foreach (var number in new byte[] { 1, 2, 3 })
        {
            listener.Notify(new PeerSignal(Name, "path", new[] { number }));
        }

        Assert.True(listener.Waiting.TryRead(out _));
        Assert.False(listener.Waiting.TryRead(out _));
        Assert.True(listener.TakeMail());
        Assert.False(listener.TakeMail());
        var kept = new List<byte>();
        while (listener.TryTake(out var signal))
        {
            kept.Add(signal.Data.Span[0]);
        }

        Assert.Equal([2, 3], kept);
    }

    [Fact]
    public void Listener_without_paths_gets_no_path_signals()
    {
        var listener = new SignalListener(Name, buffer: 2, takesPaths: false);

        listener.Notify(new PeerSignal(Name, "path", new byte[] { 1 }));

        Assert.False(listener.Waiting.TryRead(out _));
        Assert.False(listener.TryTake(out _));
    }
}
