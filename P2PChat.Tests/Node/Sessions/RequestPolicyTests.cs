using System.Security.Cryptography;
using Microsoft.Extensions.Time.Testing;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Node.Sessions;

public sealed class RequestPolicyTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly PeerId _stranger = NewPeer();
    private readonly RequestPolicy _policy;

    public RequestPolicyTests() =>
        _policy = new RequestPolicy(new PeerOptions(), new Preferences(null, new PeerOptions()), _clock);

    [Fact]
    public void Who_takes_requests_back_and_asks_again_is_told_of_three_times_a_minute()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(RequestDecision.Prompt, AskAndWithdraw(_stranger));
        }

        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(RequestDecision.Busy, AskAndWithdraw(_stranger));
        }

        Assert.Equal(RequestDecision.Prompt, AskAndWithdraw(NewPeer()));

        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(RequestDecision.Prompt, AskAndWithdraw(_stranger));
    }

    [Fact]
    public void Whom_the_person_has_rejected_is_not_told_of_again_for_a_minute()
    {
        Assert.Equal(RequestDecision.Prompt, AskAndWithdraw(_stranger));
        _policy.OnRejected(_stranger);
        Assert.Equal(RequestDecision.Busy, AskAndWithdraw(_stranger));
        Assert.Equal(RequestDecision.Prompt, AskAndWithdraw(NewPeer()));

        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(RequestDecision.Prompt, AskAndWithdraw(_stranger));
    }

    [Fact]
    public void Strangers_of_many_keys_are_told_of_sixty_times_a_minute()
    {
        for (var i = 0; i < 60; i++)
        {
            Assert.Equal(RequestDecision.Prompt, AskAndWithdraw(NewPeer()));
        }

        Assert.Equal(RequestDecision.Busy, AskAndWithdraw(NewPeer()));
        Assert.Equal(RequestDecision.Accept, _policy.Decide(_stranger, isKnown: true));

        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(RequestDecision.Prompt, AskAndWithdraw(NewPeer()));
    }

    private RequestDecision AskAndWithdraw(PeerId remote)
    {
        var answer = _policy.Decide(remote, isKnown: false);
        if (answer == RequestDecision.Prompt)
        {
            _policy.ReleaseSlot();
        }

        return answer;
    }

    private static PeerId NewPeer()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return PeerId.FromPublicKey(key.ExportSubjectPublicKeyInfo());
    }
}
