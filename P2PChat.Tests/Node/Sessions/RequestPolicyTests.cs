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
    public void Repeated_requests_prompt_three_times_per_minute()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(RequestDecision.Prompt, RequestAndWithdraw(_stranger));
        }

        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(RequestDecision.Busy, RequestAndWithdraw(_stranger));
        }

        Assert.Equal(RequestDecision.Prompt, RequestAndWithdraw(NewPeer()));

        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(RequestDecision.Prompt, RequestAndWithdraw(_stranger));
    }

    [Fact]
    public void Stranger_is_limited_to_nine_path_sessions_per_minute()
    {
        for (var i = 0; i < 9; i++)
        {
            Assert.True(AskForPath(_stranger));
        }

        Assert.False(AskForPath(_stranger));
        Assert.True(AskForPath(NewPeer()));
        Assert.Equal(RequestDecision.Prompt, RequestAndWithdraw(_stranger));

        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(AskForPath(_stranger));
    }

    [Fact]
    public void Rejected_peer_is_suppressed_for_one_minute()
    {
        Assert.Equal(RequestDecision.Prompt, RequestAndWithdraw(_stranger));
        _policy.OnRejected(_stranger);
        Assert.Equal(RequestDecision.Busy, RequestAndWithdraw(_stranger));
        Assert.Equal(RequestDecision.Prompt, RequestAndWithdraw(NewPeer()));

        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(RequestDecision.Prompt, RequestAndWithdraw(_stranger));
    }

    [Fact]
    public void Strangers_prompt_sixty_times_per_minute_in_total()
    {
        for (var i = 0; i < 60; i++)
        {
            Assert.Equal(RequestDecision.Prompt, RequestAndWithdraw(NewPeer()));
        }

        Assert.Equal(RequestDecision.Busy, RequestAndWithdraw(NewPeer()));
        Assert.Equal(RequestDecision.Accept, _policy.Decide(_stranger, isKnown: true));

        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(RequestDecision.Prompt, RequestAndWithdraw(NewPeer()));
    }

    [Fact]
    public void Members_of_a_full_room_take_no_slots_of_strangers()
    {
        for (var i = 0; i < 99; i++)
        {
            Assert.True(_policy.TryTakeMemberSlot(NewPeer()));
        }

        Assert.True(AskForPath(_stranger));
        Assert.Equal(RequestDecision.Prompt, RequestAndWithdraw(_stranger));
    }

    [Fact]
    public void Member_is_limited_to_nine_path_sessions_per_minute()
    {
        for (var i = 0; i < 9; i++)
        {
            Assert.True(_policy.TryTakeMemberSlot(_stranger));
            _policy.ReleaseMemberSlot();
        }

        Assert.False(_policy.TryTakeMemberSlot(_stranger));
        Assert.True(_policy.TryTakeMemberSlot(NewPeer()));
    }

    private bool AskForPath(PeerId stranger)
    {
        var isAdmitted = _policy.TryTakePathSlot(stranger, isTest: false);
        if (isAdmitted)
        {
            _policy.ReleaseSlot();
        }

        return isAdmitted;
    }

    private RequestDecision RequestAndWithdraw(PeerId remote)
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
