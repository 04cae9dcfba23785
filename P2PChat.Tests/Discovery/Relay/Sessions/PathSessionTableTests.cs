using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Relay.Sessions;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Paths;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Discovery.Relay.Sessions;

/// <summary>Tokens and their use for relay legs.</summary>
public sealed class PathSessionTableTests
{
    private static readonly PathParty Alice = new(Username.Parse("alice"), "ALICE", "192.0.2.1");
    private static readonly PathParty Bob = new(Username.Parse("bob"), "BOB", ObservedAddress: null);

    private readonly SettableClock _clock = new();
    private readonly PathSessionTable _table;

    public PathSessionTableTests() =>
        _table = new PathSessionTable(
            new ServiceCollection()
                .AddMetrics()
                .AddSingleton<DirectoryMetrics>()
                .BuildServiceProvider()
                .GetRequiredService<DirectoryMetrics>(),
            Options.Create(new DirectoryOptions()),
            _clock
        );

    [Fact]
    public void Each_side_opens_one_relay_leg()
    {
        var (session, callerText, calleeText) = Start();
        var (caller, callee) = (Token(callerText), Token(calleeText));

        Assert.Null(_table.OpenLeg("another", caller));
        Assert.Equal(new SessionSide(session, IsCaller: true), _table.OpenLeg(session.Id, caller));
        Assert.Null(_table.OpenLeg(session.Id, caller));
        var side = _table.OpenLeg(session.Id, callee)!;
        Assert.Equal((Bob, Alice), (side.Self, side.Other));
        Assert.Null(_table.OpenLeg(session.Id, callee));
        // Signals go on.
        Assert.NotNull(_table.Find(session.Id, caller));
    }

    [Fact]
    public void Token_expires_with_its_session_after_60_seconds()
    {
        var (session, text, _) = Start();
        var token = Token(text);
        Assert.InRange(session.ExpiresAt - _clock.GetUtcNow(), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60));

        // The wall clock does not matter.
        _clock.PutForward(TimeSpan.FromHours(1));
        _clock.LetPass(TimeSpan.FromSeconds(30));
        Assert.NotNull(_table.Find(session.Id, token));
        _clock.LetPass(TimeSpan.FromSeconds(30));
        Assert.Null(_table.Find(session.Id, token));
        Assert.Null(_table.OpenLeg(session.Id, token));
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public void Callers_of_one_address_leave_room_for_others()
    {
        for (var caller = 0; caller < 32; caller++)
        {
            _ = Start("192.0.2.0", $"caller{caller}");
        }

        var refused = Assert.Throws<ProblemException>(() => Start("192.0.2.0", "another"));
        Assert.Equal(ProblemTypes.TooManySessions, refused.Problem.Type);
        _ = Start("198.51.100.0", "another");

        _clock.LetPass(TimeSpan.FromSeconds(60));
        _ = Start("192.0.2.0", "another");
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a.b.c.d")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA.0123456789abcdef.AAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAA/.0123456789abcdef.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA.0123456789abcdeé.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void Malformed_token_is_not_parsed(string text) => Assert.False(PathToken.TryParse(text, out _));

    private (PathSession Session, string CallerToken, string CalleeToken) Start(
        string address = "192.0.2.0",
        string caller = "ALICE"
    ) =>
        _table.Start(
            Alice with
            {
                PeerId = caller,
            },
            Bob,
            address,
            new SignedPath(new byte[1], new byte[1], new byte[1])
        );

    private static PathToken Token(string text)
    {
        Assert.True(PathToken.TryParse(text, out var token));
        return token;
    }
}
