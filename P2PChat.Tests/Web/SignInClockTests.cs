using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Peer.Api;
using P2PChat.Peer.Web.SignIn;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Web;

/// <summary>Sign-in links and sessions expire on time, even if the clock is changed.</summary>
public sealed class SignInClockTests : IDisposable
{
    private readonly SettableClock _clock = new();
    private readonly TempDirectory _temp = new();
    private readonly PeerOptions _options = new() { Username = "alice", WebAddress = new Uri("https://alice.example") };

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Link_expires_even_if_the_clock_is_set_back()
    {
        using var identity = PeerIdentity.Create();
        var links = new SignInLinks(new PageAddress(_options, identity, null!), _options, _clock);
        var (kept, late) = (Code(links.Create()), Code(links.Create()));

        _clock.PutForward(TimeSpan.FromDays(-20));
        Assert.True(links.TryUse(kept));
        _clock.LetPass(_options.SignInLinkLifetime);
        Assert.False(links.IsValid(late));
        Assert.False(links.TryUse(late));
    }

    [Fact]
    public void Session_expires_even_if_the_clock_is_set_back()
    {
        using var data = DataDirectory.Open(_temp.Path);
        var sessions = Open(data);
        var (_, secret) = sessions.Begin("browser");

        _clock.LetPass(_options.BrowserSessionLifetime);
        _clock.PutForward(TimeSpan.FromMinutes(-4) - _options.BrowserSessionLifetime);

        Assert.Null(sessions.Find(secret));
    }

    [Fact]
    public void Session_from_a_fast_clock_ends_once_the_clock_is_right()
    {
        using var data = DataDirectory.Open(_temp.Path);
        _clock.PutForward(TimeSpan.FromDays(400));
        var (_, secret) = Open(data).Begin("browser");
        Assert.NotNull(Open(data).Find(secret));

        _clock.PutForward(TimeSpan.FromDays(-400));

        Assert.Null(Open(data).Find(secret));
        Assert.Empty(Open(data).All);
    }

    [Theory]
    [InlineData("""{"sessions":[null]}""")]
    [InlineData(
        """
            {"sessions":[{"hash":"x","browser":"y",
            "signedInAt":"2020-01-01T00:00:00Z","expiresAt":"9999-12-31T23:00:00Z"}]}
            """
    )]
    public void Malformed_sessions_do_not_stop_the_peer(string content)
    {
        using var data = DataDirectory.Open(_temp.Path);
        data.Write("browser-sessions.json", content);

        var sessions = Open(data);

        foreach (var session in sessions.All)
        {
            sessions.OnEnd(session, () => { }).Dispose();
        }

        Assert.NotNull(sessions.Find(sessions.Begin("browser").Secret));
    }

    private BrowserSessions Open(DataDirectory data) =>
        new(data, _options, _clock, NullLogger<BrowserSessions>.Instance);

    private static string Code(SignInLink link) => link.Url.Query["?code=".Length..];
}
