using System.Buffers;
using System.Text.Json;
using Google.Protobuf;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Protocol.Sessions;

namespace P2PChat.Tests.Vectors;

/// <summary>Tests the protocol with docs/vectors, which other implementations share.</summary>
public class VectorTests
{
    public sealed record PeerIds(
        IReadOnlyList<PeerIdVector> Valid,
        IReadOnlyList<Refused> InvalidText,
        IReadOnlyList<Refused> InvalidKey
    );

    public sealed record PeerIdVector(string PublicKey, string Hash, string PeerId, string Short);

    public sealed record Refused(string Value, string Why);

    public sealed record Usernames(IReadOnlyList<UsernameVector> Valid, IReadOnlyList<Refused> Invalid);

    public sealed record UsernameVector(string Text, string Username);

    public sealed record Records(IReadOnlyList<RecordVector> Valid, IReadOnlyList<RecordVector> Invalid);

    public sealed record RecordVector(
        string Name,
        long Now,
        string Record,
        string Signature,
        string PublicKey,
        string? Error,
        JsonElement? Content,
        string? PeerId
    );

    public sealed record FrameVectors(
        IReadOnlyList<FrameVector> Valid,
        IReadOnlyList<FrameVector> Newer,
        IReadOnlyList<FrameVector> Invalid
    );

    public sealed record FrameVector(string Name, string Hex, JsonElement? Content, string? Error);

    public sealed record HandshakeVector(
        string Name,
        string Self,
        string? Dials,
        IReadOnlyList<TranscriptStep> Steps,
        ulong Number = 0,
        string? Request = null,
        string? Tls = null,
        string Path = "direct",
        IReadOnlyList<string>? Features = null
    );

    public sealed record ConversationVector(string Name, ulong Epoch, IReadOnlyList<TranscriptStep> Steps);

    public sealed record SessionVector(
        string Name,
        string Self,
        string SelfName,
        string Remote,
        ulong Epoch,
        IReadOnlyList<TranscriptStep> Steps
    );

    public sealed record WholeSession(SessionSide Alice, SessionSide Bob, IReadOnlyList<SessionStep> Steps);

    public sealed record SessionSide(string Name, string PeerId, ulong Epoch);

    /// <summary>An event on one side, or a frame that arrives from the other.</summary>
    public sealed record SessionStep(
        int At,
        string? Side,
        string? Event,
        string? Argument,
        string? From,
        string? Frame,
        string? Hex
    );

    public static TheoryData<string> Handshakes =>
        [.. VectorFile.Read<List<HandshakeVector>>("handshakes.json").Select(vector => vector.Name)];

    public static TheoryData<string> Conversations =>
        [.. VectorFile.Read<List<ConversationVector>>("conversations.json").Select(vector => vector.Name)];

    public static TheoryData<string> Mails =>
        [.. VectorFile.Read<List<ConversationVector>>("mail.json").Select(vector => vector.Name)];

    public static TheoryData<string> TwoLinks =>
        [.. VectorFile.Read<List<SessionVector>>("two-links.json").Select(vector => vector.Name)];

    [Fact]
    public void Peer_ids_match_the_vectors()
    {
        foreach (var vector in VectorFile.Read<PeerIds>("peer-ids.json").Valid)
        {
            var key = Convert.FromHexString(vector.PublicKey);
            Assert.True(IdentityKey.IsWellFormed(key));
            var peerId = PeerId.FromPublicKey(key);
            Assert.Equal(vector.Hash, Convert.ToHexStringLower(peerId.Bytes));
            Assert.Equal(vector.PeerId, peerId.ToString());
            Assert.Equal(vector.Short, peerId.Short);
            Assert.Equal(
                peerId,
                PeerId.Parse(vector.PeerId.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant())
            );
        }
    }

    [Fact]
    public void Invalid_peer_ids_and_keys_are_rejected()
    {
        var vectors = VectorFile.Read<PeerIds>("peer-ids.json");
        Assert.All(vectors.InvalidText, vector => Assert.False(PeerId.TryParse(vector.Value, out _), vector.Why));
        Assert.All(vectors.InvalidKey, vector =>
            Assert.False(IdentityKey.IsWellFormed(Convert.FromHexString(vector.Value)), vector.Why)
        );
    }

    [Fact]
    public void Usernames_match_the_vectors()
    {
        var vectors = VectorFile.Read<Usernames>("usernames.json");
        Assert.All(vectors.Valid, vector => Assert.Equal(vector.Username, Username.Parse(vector.Text).Value));
        Assert.All(vectors.Invalid, vector => Assert.False(Username.TryParse(vector.Value, out _), vector.Why));
    }

    [Fact]
    public void Records_verify_as_in_the_vectors()
    {
        foreach (var vector in VectorFile.Read<Records>("records.json").Valid)
        {
            var verified = Verify(vector);
            Assert.Equal(vector.PeerId, verified.PeerId.ToString());
            var known = PeerRecord.Parser.WithDiscardUnknownFields(true).ParseFrom(verified.Content.ToByteArray());
            Assert.Equal(JsonParser.Default.Parse<PeerRecord>(vector.Content!.Value.GetRawText()), known);
        }
    }

    [Fact]
    public void Invalid_records_fail_as_in_the_vectors()
    {
        foreach (var vector in VectorFile.Read<Records>("records.json").Invalid)
        {
            var refused = Record.Exception(() => Verify(vector));
            Assert.Equal(
                (vector.Name, vector.Error),
                (vector.Name, Assert.IsType<RecordException>(refused).Error.ToString())
            );
        }
    }

    [Fact]
    public void Frames_match_the_vectors()
    {
        foreach (var vector in VectorFile.Read<FrameVectors>("frames.json").Valid)
        {
            var expected = JsonParser.Default.Parse<Frame>(vector.Content!.Value.GetRawText());
            Assert.Equal((vector.Name, vector.Hex), (vector.Name, Transcript.Hex(expected)));
            var buffer = new ReadOnlySequence<byte>(Convert.FromHexString(vector.Hex));
            Assert.True(FrameCodec.TryRead(ref buffer, out var frame));
            Assert.Equal(expected, frame);
            Assert.True(buffer.IsEmpty);
        }
    }

    [Fact]
    public void Unknown_parts_of_newer_frames_are_ignored()
    {
        foreach (var vector in VectorFile.Read<FrameVectors>("frames.json").Newer)
        {
            var buffer = new ReadOnlySequence<byte>(Convert.FromHexString(vector.Hex));
            Assert.True(FrameCodec.TryRead(ref buffer, out var frame), vector.Name);
            var known = Frame.Parser.WithDiscardUnknownFields(true).ParseFrom(frame.ToByteArray());
            Assert.Equal(
                (vector.Name, JsonParser.Default.Parse<Frame>(vector.Content!.Value.GetRawText())),
                (vector.Name, known)
            );
            Assert.True(buffer.IsEmpty);
        }
    }

    [Fact]
    public void Invalid_frames_fail_as_in_the_vectors()
    {
        foreach (var vector in VectorFile.Read<FrameVectors>("frames.json").Invalid)
        {
            Assert.Equal((vector.Name, vector.Error), (vector.Name, ErrorOf(Convert.FromHexString(vector.Hex))));
        }
    }

    [Theory]
    [MemberData(nameof(Handshakes))]
    public void Handshake_matches_the_vector(string name)
    {
        var vector = VectorFile.Read<List<HandshakeVector>>("handshakes.json").Single(vector => vector.Name == name);
        AssertSteps(
            vector.Steps,
            Transcript.RunHandshake(
                vector.Self,
                vector.Dials,
                Transcript.OriginOf(
                    vector.Tls ?? (vector.Dials is null ? "server" : "client"),
                    vector.Path,
                    isRequester: vector.Dials is not null
                ),
                vector.Number,
                vector.Request is { } request ? Transcript.FrameOf(request).Request : null,
                FeatureNames.Parse(vector.Features ?? []),
                vector.Steps
            )
        );
    }

    [Theory]
    [MemberData(nameof(Conversations))]
    public void Conversation_matches_the_vector(string name)
    {
        var vector = VectorFile
            .Read<List<ConversationVector>>("conversations.json")
            .Single(vector => vector.Name == name);
        AssertSteps(vector.Steps, Transcript.RunConversation(vector.Epoch, vector.Steps));
    }

    [Theory]
    [MemberData(nameof(Mails))]
    public void Mail_matches_the_vector(string name)
    {
        var vector = VectorFile.Read<List<ConversationVector>>("mail.json").Single(vector => vector.Name == name);
        AssertSteps(vector.Steps, Transcript.RunConversation(vector.Epoch, vector.Steps));
    }

    [Theory]
    [MemberData(nameof(TwoLinks))]
    public void Two_links_match_the_vector(string name)
    {
        var vector = VectorFile.Read<List<SessionVector>>("two-links.json").Single(vector => vector.Name == name);
        var machine = NewSession(vector.SelfName, vector.Self, vector.Remote, vector.Epoch);
        AssertSteps(vector.Steps, Transcript.RunSession(machine, vector.Steps));
    }

    [Fact]
    public void Whole_session_matches_the_vector()
    {
        var vector = VectorFile.Read<WholeSession>("session.json");
        var (alice, bob) = (vector.Alice, vector.Bob);
        var machines = new Dictionary<string, PeerSession>
        {
            ["alice"] = NewSession(alice.Name, alice.PeerId, bob.PeerId, alice.Epoch),
            ["bob"] = NewSession(bob.Name, bob.PeerId, alice.PeerId, bob.Epoch),
        };
        var onTheirWay = machines.Keys.ToDictionary(name => name, _ => new Queue<Frame>());
        foreach (var step in vector.Steps)
        {
            var (now, sender) = (Transcript.Start.AddMilliseconds(step.At), step.From);
            var at =
                sender is null ? step.Side!
                : sender == "alice" ? "bob"
                : "alice";
            if (sender is null)
            {
                var argument = step.Event switch
                {
                    "dials" => "bob",
                    "name-checked" => "confirmed",
                    _ => step.Argument,
                };
                Transcript.Run(machines[at], step.Event, argument, link: 1, frame: null, now);
            }
            else
            {
                var frame = onTheirWay[sender].Dequeue();
                Assert.Equal(
                    (step.Frame, step.Hex),
                    (frame.BodyCase.ToString().ToLowerInvariant(), Transcript.Hex(frame))
                );
                if (frame.BodyCase == Frame.BodyOneofCase.Close)
                {
                    machines[at].LinkDown(1, frame.Close.Reason, byRemote: true);
                }
                else
                {
                    machines[at].Receive(1, Transcript.FrameOf(step.Hex!), now);
                }
            }

            foreach (var effect in machines[at].TakeEffects())
            {
                if (Transcript.Sent(effect) is var (_, frame))
                {
                    onTheirWay[at].Enqueue(frame);
                }
            }
        }

        Assert.All(onTheirWay.Values, Assert.Empty);
        Assert.All(machines.Values, machine => Assert.True(machine.IsIdle));
    }

    private static PeerSession NewSession(string self, string selfId, string remoteId, ulong epoch) =>
        new(
            PeerId.Parse(selfId),
            Username.Parse(self),
            PeerId.Parse(remoteId),
            new SessionSnapshot(null, new ConversationSnapshot(epoch)),
            new HandshakeOptions { Features = PeerFeatures.None },
            new ConversationOptions { Draw = _ => 0 }
        );

    private static void AssertSteps(IReadOnlyList<TranscriptStep> expected, IEnumerable<TranscriptStep> actual)
    {
        foreach (var (step, (one, other)) in expected.Zip(actual).Index())
        {
            Assert.Equal((step, string.Join(' ', one.Out)), (step, string.Join(' ', other.Out)));
            Assert.Equal((step, string.Join(", ", one.Tells)), (step, string.Join(", ", other.Tells)));
        }
    }

    private static VerifiedRecord Verify(RecordVector vector)
    {
        var signed = new SignedRecord(
            Convert.FromHexString(vector.Record),
            Convert.FromHexString(vector.Signature),
            Convert.FromHexString(vector.PublicKey)
        );
        var verified = signed.Verify();
        verified.CheckTime(DateTimeOffset.FromUnixTimeMilliseconds(vector.Now));
        return verified;
    }

    private static string ErrorOf(byte[] bytes)
    {
        var buffer = new ReadOnlySequence<byte>(bytes);
        try
        {
            return FrameCodec.TryRead(ref buffer, out _) ? "none" : "needs-more";
        }
        catch (FrameException)
        {
            return "bad-frame";
        }
    }
}
