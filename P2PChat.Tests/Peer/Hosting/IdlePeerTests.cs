using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Peer.Hosting;
using P2PChat.ServiceDefaults;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Cli;

namespace P2PChat.Tests.Peer.Hosting;

/// <summary>
/// An idle peer does not wake up. The process is measured for two seconds, or <c>P2PCHAT_IDLE_SECONDS</c>
/// (<c>./test.sh --long</c>: 60, with the strict bound).
/// </summary>
public sealed class IdlePeerTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    private static readonly int Seconds = int.Parse(
        Environment.GetEnvironmentVariable("P2PCHAT_IDLE_SECONDS") is { Length: > 0 } text ? text : "2",
        CultureInfo.InvariantCulture
    );

    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Registered_peer_without_links_has_no_short_timer()
    {
        using var data = new TempDirectory();
        var clock = new TimerRecorder();
        await using var alice = await PeerUnderTest.StartAsync(
            directory,
            "anna",
            options => (options.Ephemeral, options.Data, options.Reconnect) = (false, data.Path, true),
            timeProvider: clock
        );

        await SleepsAsync(clock);
    }

    [Fact]
    public async Task Peer_with_an_idle_link_has_no_short_timer()
    {
        using var data = new TempDirectory();
        var clock = new TimerRecorder();
        await using var alice = await PeerUnderTest.StartAsync(
            directory,
            "alice",
            options => (options.Ephemeral, options.Data, options.Reconnect) = (false, data.Path, true),
            timeProvider: clock
        );
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        await bob.ConnectAsync(alice);
        _ = alice.Messages.Send(bob.Name, "hello");
        _ = await bob.Expect<PeerEvent.MessageReceived>();

        await SleepsAsync(clock);
    }

    [Fact]
    public async Task Idle_process_rarely_wakes_up()
    {
        using var data = new TempDirectory();
        await using var program = PeerProgram.Start(
            "idle",
            "--discovery",
            directory.Address,
            "--data",
            data.Path,
            "--no-console",
            "--advertise",
            "127.0.0.1:9"
        );
        await program.PrintsAsync("Registered with the directory");
        var isLong = Seconds >= 30;
        // Background compilation after the start must finish first, which takes minutes in an idle peer.
        await Task.Delay(TimeSpan.FromSeconds(isLong ? 150 : 1));

        var (wakes, processor) = await program.MeasureAsync(TimeSpan.FromSeconds(Seconds));

        Assert.True(wakes < (isLong ? 5 : 60), $"{wakes:0.0} wake-ups per second");
        Assert.True(!isLong || processor < 0.005, $"{processor:0.0000} of a processor");
    }

    // A replaced handler is polled every 10 s until it is garbage-collected, which takes long in an idle process.
    [Fact]
    public void Directory_client_handler_is_never_replaced()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        _ = builder.AddServiceDefaults().AddPeer(new PeerOptions { Username = "idle", Ephemeral = true });
        using var host = builder.Build();

        var options = host
            .Services.GetRequiredService<IOptionsMonitor<HttpClientFactoryOptions>>()
            .Get(DirectoryHttpClient.HttpClientName);

        Assert.Equal(Timeout.InfiniteTimeSpan, options.HandlerLifetime);
    }

    private static Task SleepsAsync(TimerRecorder clock) =>
        Eventually.True(
            () => clock.Waits.All(wait => wait >= Short),
            PeerUnderTest.Soon,
            "no timer fires within a second"
        );
}
