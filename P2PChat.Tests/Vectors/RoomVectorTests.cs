using System.Buffers;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;
using P2PChat.Protocol.Rooms;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Vectors;

/// <summary>Tests rooms with docs/vectors/rooms.json.</summary>
public sealed class RoomVectorTests
{
    public sealed record Vectors(
        IReadOnlyList<EventVector> Events,
        IReadOnlyList<InvalidVector> Invalid,
        IReadOnlyList<RoomVector> Rooms,
        IReadOnlyList<ProofVector> Proofs,
        IReadOnlyList<SignalVector> Signals
    );

    /// <param name="Hex">A SignedEvent.</param>
    public sealed record EventVector(
        string Name,
        string Hex,
        string Id,
        string Room,
        string Author,
        int Kind,
        string? Previous,
        IReadOnlyList<string> Parents,
        IReadOnlyList<string> Heads,
        string? Subject,
        int Role,
        IReadOnlyList<string> Seen,
        string? Body
    );

    public sealed record InvalidVector(string Name, string Hex, string Error);

    /// <param name="Events">In any order.</param>
    /// <param name="Messages">In their order, once nothing waits for other messages any longer.</param>
    /// <param name="Refused">Ids of the events that are refused.</param>
    public sealed record RoomVector(
        string Name,
        string Room,
        IReadOnlyList<string> Events,
        string Owner,
        IReadOnlyList<MemberVector> Members,
        IReadOnlyList<MessageVector> Messages,
        IReadOnlyList<string>? Refused = null
    );

    public sealed record MemberVector(string PeerId, bool HasJoined, int Role);

    public sealed record MessageVector(string Id, bool Counts);

    public sealed record ProofVector(string Secret, string Room, string Moderator, string Joiner, string Proof);

    /// <param name="Hex">A frame.</param>
    /// <param name="Kind">Null if it is ignored.</param>
    public sealed record SignalVector(
        string Name,
        string Hex,
        string? Kind,
        string? Room,
        IReadOnlyList<string>? Ids = null,
        IReadOnlyList<string>? Known = null,
        string? Event = null,
        bool Active = false,
        string? InviteId = null,
        string? Proof = null,
        int State = 0
    );

    public static TheoryData<string> Rooms => [.. Read().Rooms.Select(vector => vector.Name)];

    [Fact]
    public void Events_match_the_vectors() => Assert.All(Read().Events, vector =>
        {
            var read = RoomEvent.Verify(Convert.FromHexString(vector.Hex));

            Assert.Equal((vector.Id, vector.Room), ($"{read.Id}", $"{read.Room}"));
            Assert.Equal((vector.Author, vector.Kind), (Hex(read.Author), (int)read.Kind));
            Assert.Equal((vector.Previous, vector.Role), (read.Previous?.ToString(), (int)read.Role));
            Assert.Equal(vector.Subject, read.Subject == default ? null : Hex(read.Subject));
            Assert.Equal(vector.Parents, read.Parents.Select(id => $"{id}"));
            Assert.Equal(vector.Heads, read.Heads.Select(id => $"{id}"));
            Assert.Equal(vector.Seen, read.Seen.Select(id => $"{id}"));
            Assert.Equal(vector.Body, read.Body is { } body ? Convert.ToHexStringLower(body.Span) : null);
            Assert.Equal(vector.Hex, Convert.ToHexStringLower(read.ToBytes()));
        });

    [Fact]
    public void Invalid_events_fail_as_in_the_vectors() =>
        Assert.All(Read().Invalid, vector =>
            Assert.Equal(
                vector.Error,
                $"{Assert.Throws<RoomException>(() => RoomEvent.Verify(Convert.FromHexString(vector.Hex))).Refusal}"
            )
        );

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Room_matches_the_vector_from_any_order_of_arrival(string name)
    {
        var vector = Read().Rooms.Single(vector => vector.Name == name);
        var events = vector.Events.Select(hex => RoomEvent.Verify(Convert.FromHexString(hex))).ToArray();
        for (var seed = 0; seed < 10; seed++)
        {
            var log = new RoomLog(new RoomEventId(Convert.FromHexString(vector.Room)));
            var added = events.Select(roomEvent => log.Add(roomEvent)).ToList();
            added.AddRange(events.Select(roomEvent => log.Release(roomEvent.Id)));

            Assert.Equal(
                (vector.Refused ?? []).Order(),
                added.SelectMany(addition => addition.Refused).Select(one => $"{one.Event.Id}").Order()
            );
            Assert.Equal(vector.Owner, Hex(log.State.Owner));
            Assert.Equal(
                vector.Members.OrderBy(member => member.PeerId),
                log.State.Members.Values.Select(member => new MemberVector(
                        Hex(member.Id),
                        member.HasJoined,
                        (int)member.Role
                    ))
                    .OrderBy(member => member.PeerId)
            );
            Assert.Equal(
                vector.Messages,
                log.Order.Select(id => new MessageVector($"{id}", log.StatusOf(id) == MessageStatus.Counts))
            );
            new Random(seed).Shuffle(events);
        }
    }

    [Fact]
    public void Proofs_match_the_vectors() =>
        Assert.All(Read().Proofs, vector =>
            Assert.Equal(
                vector.Proof,
                Convert.ToHexStringLower(
                    RoomInviteProof.Compute(
                        new InviteSecret(Convert.FromHexString(vector.Secret)),
                        new RoomEventId(Convert.FromHexString(vector.Room)),
                        PeerId.FromHash(Convert.FromHexString(vector.Moderator)),
                        PeerId.FromHash(Convert.FromHexString(vector.Joiner))
                    )
                )
            )
        );

    [Fact]
    public void Signals_match_the_vectors() => Assert.All(Read().Signals, vector =>
        {
            var buffer = new ReadOnlySequence<byte>(Convert.FromHexString(vector.Hex));
            Assert.True(FrameCodec.TryRead(ref buffer, out var frame));
            var read = RoomSignal.TryParse(frame);

            Assert.Equal(vector.Kind is null, read is null);
            if (read is not null)
            {
                AssertIs(vector, read);
                // What this version writes, it reads as the same.
                AssertIs(vector, RoomSignal.TryParse(read.ToFrame()));
            }
        });

    private static void AssertIs(SignalVector vector, RoomSignal? read)
    {
        var empty = vector with { Ids = null, Known = null, Event = null, Active = false, InviteId = null };
        empty = empty with { Proof = null, State = 0 };
        var described = read switch
        {
            RoomSignal.Heads heads => empty with { Kind = "heads", Ids = Hex(heads.Ids) },
            RoomSignal.Question question => empty with
            {
                Kind = "question",
                Ids = Hex(question.Ids),
                Known = Hex(question.Known),
            },
            RoomSignal.Unavailable missing => empty with { Kind = "unavailable", Ids = Hex(missing.Ids) },
            RoomSignal.Read seen => empty with { Kind = "read", Event = $"{seen.Event}" },
            RoomSignal.Typing typing => empty with { Kind = "typing", Active = typing.Active },
            RoomSignal.LinkProof shown => empty with
            {
                Kind = "linkProof",
                InviteId = Convert.ToHexStringLower(shown.InviteId.Span),
                Proof = Convert.ToHexStringLower(shown.Proof.Span),
            },
            RoomSignal.LinkStatus status => empty with
            {
                Kind = "linkStatus",
                InviteId = Convert.ToHexStringLower(status.InviteId.Span),
                State = (int)status.State,
            },
            _ => throw new InvalidOperationException("The signal's kind is unknown."),
        };
        Assert.Equal(vector.Ids ?? [], described.Ids ?? []);
        Assert.Equal(vector.Known ?? [], described.Known ?? []);
        Assert.Equal(
            vector with
            {
                Ids = null,
                Known = null,
            },
            described with
            {
                Room = $"{read.Room}",
                Ids = null,
                Known = null,
            }
        );
    }

    private static IReadOnlyList<string> Hex(IReadOnlyList<RoomEventId> ids) => [.. ids.Select(id => $"{id}")];

    private static string Hex(PeerId peer) => Convert.ToHexStringLower(peer.Bytes);

    private static Vectors Read() => VectorFile.Read<Vectors>("rooms.json");
}
