using System.Net;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.DirectoryClient;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Paths;
using P2PChat.Tests.Discovery;
using P2PChat.Tests.Discovery.Relay.Sessions;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.DirectoryClient;

/// <summary>A peer that asks another for a path, through a directory.</summary>
public sealed class PathSessionClientTests
{
    [Fact]
    public async Task Ephemeral_peer_asks_for_a_path_and_gets_the_answer()
    {
        await using var directory = await DirectoryFixture.StartAsync("Directory:Paths:SessionsPerPair=1");
        await using var alice = await PeerUnderTest.StartUnregisteredAsync(directory.Address.ToString(), "alice");
        var (client, watch) = (Get<PathSessionClient>(alice), Get<SignalWatch>(alice));
        await Eventually.True(() => watch.IsOpen, PeerUnderTest.Soon, "the signal stream is open");
        Assert.Equal(IPAddress.Loopback, Get<DirectoryRegistration>(alice).ObservedAddress);
        using var bob = new TestIdentity("bob");
        var name = Username.Parse("bob");
        await AssertFailsAsync(DirectoryFailure.UnknownPeer, () => OpenAsync(bob.PeerId));
        var token = (await directory.RegisterAsync(bob)).LeaseToken;
        Assert.Equal(IPAddress.Loopback, (await alice.Lookup.FindAsync(name, default)).ObservedAddress);
        await AssertFailsAsync(DirectoryFailure.OtherKey, () => OpenAsync(alice.Id));
        await using var toBob = await SignalReader.OpenAsync(directory, "bob", token, paths: true);

        using var path = await OpenAsync(bob.PeerId);
        var signal = await toBob.NextSessionAsync();
        var signed = signal.Request.ToSigned();
        var request = signed.VerifyRequest(DateTimeOffset.UtcNow);
        Assert.Equal((alice.Id, "alice", true), (signed.Signer, request.From, signal.Relay));
        Assert.Equal(PathFixture.Candidate, Assert.Single(request.Candidates));
        await directory.SendSignalAsync(
            signal.SessionId,
            signal.Token,
            PathFixture.AnswerBody(PathFixture.Answer(bob, signed, PathFixture.Candidate))
        );
        var answer = await path.AnswerAsync(default).WaitAsync(PeerUnderTest.Soon);
        Assert.Equal(PathFixture.Candidate, Assert.Single(answer.Candidates));
        Assert.Equal(IPAddress.Loopback, answer.ObservedAddress);
        await client.StartAsync(path, 2, default);
        Assert.Equal(PathFixture.StartBody(2), (await toBob.NextPathAsync()).Signal);

        var full = await AssertFailsAsync(DirectoryFailure.TooManySessions, () => OpenAsync(bob.PeerId));
        Assert.Equal(TimeSpan.FromSeconds(60), full.RetryAfter);
        await client.StartAsync(path, 3, default);
        await client.StartAsync(path, 3, default);
        await AssertFailsAsync(DirectoryFailure.Refused, () => client.StartAsync(path, 3, default));
        (await directory.UnregisterAsync(bob)).Dispose();
        await AssertFailsAsync(DirectoryFailure.PeerOffline, () => OpenAsync(bob.PeerId));

        Task<OpenedPath> OpenAsync(PeerId peerId) =>
            client.OpenAsync(name, peerId, [PathFixture.Candidate], withoutRelay: false, isTest: false, default);
    }

    [Fact]
    public async Task Peer_answers_a_session_once()
    {
        await using var directory = await DirectoryFixture.StartAsync();
        await using var bob = await PeerUnderTest.StartUnregisteredAsync(directory.Address.ToString(), "bob");
        await Eventually.True(() => Get<SignalWatch>(bob).IsOpen, PeerUnderTest.Soon, "the signal stream is open");
        // The test reads the signals instead of the peer.
        await Get<SignalWatch>(bob).StopAsync(default);
        using var alice = new TestIdentity("alice");
        var token = (await directory.RegisterAsync(alice)).LeaseToken;
        var bobToken = Get<DirectoryRegistration>(bob).LeaseToken!;
        await using var toAlice = await SignalReader.OpenAsync(directory, "alice", token, paths: true);
        await using var toBob = await SignalReader.OpenAsync(directory, "bob", bobToken, paths: true);
        var request = await directory.RequestAsync(alice, alice, request =>
            (request.To, request.ToPeerId) = ("bob", ByteString.CopyFrom(bob.Id.Bytes))
        );
        var session = await directory.StartSessionAsync(token, request);
        using var path = new IncomingPath(
            await toBob.NextSessionAsync(),
            request,
            request.VerifyRequest(DateTimeOffset.UtcNow)
        );
        var client = Get<PathSessionClient>(bob);

        await client.AnswerAsync(path, [PathFixture.Candidate], default);

        var received = await toAlice.NextPathAsync();
        Assert.Equal(session.SessionId, received.SessionId);
        var answer = received.Signal.Answer.ToSigned();
        Assert.Equal(bob.Id, answer.Signer);
        Assert.Equal(PathFixture.Candidate, Assert.Single(answer.VerifyAnswer(request).Candidates));
        await AssertFailsAsync(DirectoryFailure.Refused, () => client.AnswerAsync(path, [], default));
        await directory.DisposeAsync();
        await AssertFailsAsync(DirectoryFailure.Unreachable, () => client.AnswerAsync(path, [], default));
    }

    private static T Get<T>(PeerUnderTest peer)
        where T : notnull => peer.Services.GetRequiredService<T>();

    private static async Task<DirectoryException> AssertFailsAsync(DirectoryFailure failure, Func<Task> call)
    {
        var exception = await Assert.ThrowsAsync<DirectoryException>(call);
        Assert.Equal(failure, exception.Failure);
        return exception;
    }
}
