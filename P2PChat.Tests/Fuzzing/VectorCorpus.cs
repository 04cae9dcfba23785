using System.Text;
using System.Text.Json;
using P2PChat.Discovery.Events;
using P2PChat.Protocol.Records;
using P2PChat.Tests.Protocol.Envelopes;
using P2PChat.Tests.Protocol.Identity;
using P2PChat.Tests.Vectors;

namespace P2PChat.Tests.Fuzzing;

/// <summary>The valid and invalid inputs of docs/vectors, as seeds.</summary>
internal static class VectorCorpus
{
    private static readonly IReadOnlyList<SignedRecord> AllRecords =
    [
        .. VectorFile
            .Read<VectorTests.Records>("records.json")
            .Valid.Select(vector => new SignedRecord(
                Convert.FromHexString(vector.Record),
                Convert.FromHexString(vector.Signature),
                Convert.FromHexString(vector.PublicKey)
            )),
    ];

    public static IReadOnlyList<byte[]> Frames()
    {
        var vectors = VectorFile.Read<VectorTests.FrameVectors>("frames.json");
        return
        [
            .. vectors
                .Valid.Concat(vectors.Newer)
                .Concat(vectors.Invalid)
                .Select(vector => Convert.FromHexString(vector.Hex))
                .Where(frame => frame.Length > 4),
        ];
    }

    /// <summary>Contents of messages, valid and not.</summary>
    public static IReadOnlyList<byte[]> Contents()
    {
        var vectors = VectorFile.Read<ContentVectorTests.Vectors>("content.json");
        return [.. vectors.Contents.Concat(vectors.Plain).Select(vector => Convert.FromHexString(vector.Hex))];
    }

    /// <summary>Valid events of rooms.</summary>
    public static IReadOnlyList<byte[]> RoomEvents() =>
        [
            .. VectorFile
                .Read<RoomVectorTests.Vectors>("rooms.json")
                .Events.Select(vector => Convert.FromHexString(vector.Hex)),
        ];

    /// <summary>The bodies of the frames of rooms, without the length.</summary>
    public static IReadOnlyList<byte[]> RoomSignals() =>
        [
            .. VectorFile
                .Read<RoomVectorTests.Vectors>("rooms.json")
                .Signals.Select(vector => Convert.FromHexString(vector.Hex)[4..]),
        ];

    /// <summary>Texts of messages.</summary>
    public static IReadOnlyList<byte[]> Texts()
    {
        var vectors = VectorFile.Read<ContentVectorTests.Vectors>("content.json");
        return Texts([
            .. vectors.Texts.Select(vector => vector.Of),
            .. vectors.Emoji.Valid,
            .. vectors.Emoji.Invalid,
            "a" + new string('\u0301', 200),
        ]);
    }

    /// <summary>Valid records.</summary>
    public static IReadOnlyList<SignedRecord> Records() => AllRecords;

    public static EnvelopeVectorTests.EnvelopeVectors Envelopes { get; } =
        VectorFile.Read<EnvelopeVectorTests.EnvelopeVectors>("envelopes.json");

    public static IReadOnlyList<byte[]> Usernames()
    {
        var vectors = VectorFile.Read<VectorTests.Usernames>("usernames.json");
        return Texts(
            vectors.Valid.Select(vector => vector.Text).Concat(vectors.Invalid.Select(vector => vector.Value))
        );
    }

    public static IReadOnlyList<byte[]> PeerIds()
    {
        var vectors = VectorFile.Read<VectorTests.PeerIds>("peer-ids.json");
        return Texts(
            vectors.Valid.Select(vector => vector.PeerId).Concat(vectors.InvalidText.Select(vector => vector.Value))
        );
    }

    /// <summary>Invite links and the contents of their QR codes, valid and not.</summary>
    public static IReadOnlyList<byte[]> Links()
    {
        var vectors = VectorFile.Read<InviteVectorTests.InviteVectors>("invites.json");
        return Texts(
            vectors
                .Valid.SelectMany(vector => new[] { vector.Link, vector.Qr ?? vector.Link })
                .Concat(vectors.Invalid.Select(vector => vector.Link))
        );
    }

    public static IReadOnlyList<byte[]> SafetyNumbers() =>
        Texts(
            VectorFile
                .Read<List<SafetyNumberTests.Vector>>("safety-numbers.json")
                .SelectMany(vector => new[] { vector.Digits, vector.Digits.Replace(" ", "-") })
        );

    public static IReadOnlyList<byte[]> EventIds() =>
        Texts(
            new[]
            {
                new EventPosition(new long[16]),
                new EventPosition(Enumerable.Range(0, 16).Select(shard => 1_800_000_000_000_000L + shard * 1_000)),
                new EventPosition(Enumerable.Range(0, 16).Select(shard => shard == 3 ? long.MaxValue : shard)),
            }.Select(position => position.ToString())
        );

    /// <summary>Registration bodies in JSON.</summary>
    public static IReadOnlyList<byte[]> Bodies() =>
        [
            .. Records()
                .Select(record =>
                    JsonSerializer.SerializeToUtf8Bytes(Discovery.TestIdentity.Body(record), JsonSerializerOptions.Web)
                ),
        ];

    private static IReadOnlyList<byte[]> Texts(IEnumerable<string> texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}
