using System.Buffers;
using P2PChat.Node.Model;
using P2PChat.Protocol.Profiles;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Vectors;

/// <summary>Tests profiles with docs/vectors/profiles.json.</summary>
public sealed class ProfileVectorTests
{
    public sealed record Vectors(
        IReadOnlyList<FrameVector> Frames,
        IReadOnlyList<KnownVector> Known,
        IReadOnlyList<PictureVector> Pictures,
        IReadOnlyList<NameVector> Names
    );

    public sealed record FrameVector(
        string Name,
        string Hex,
        ulong Version,
        string DisplayName,
        string Picture,
        bool Taken,
        bool PictureTaken
    );

    public sealed record KnownVector(string Name, string Hex, ulong Version);

    public sealed record PictureVector(
        string Name,
        string Hex,
        string? Format,
        int Width = 0,
        int Height = 0,
        bool Metadata = false
    );

    public sealed record NameVector(string Sent, string? Shown);

    [Fact]
    public void Frames_match_the_vectors() => Assert.All(Read().Frames, vector =>
        {
            var profile = Parse(vector.Hex).Profile;
            Assert.Equal(
                (vector.Version, vector.DisplayName, vector.Picture),
                (profile.Version, profile.DisplayName, Convert.ToHexStringLower(profile.Picture.Span))
            );
            var taken = ProfileRules.Read(profile, out _);
            Assert.Equal(vector.Taken, taken is not null);
            Assert.Equal(vector.PictureTaken, taken is { Picture.IsEmpty: false });
            if (vector.Taken && vector.PictureTaken)
            {
                Assert.Equal(profile, ProfileRules.ToFrame(taken!));
            }
        });

    [Fact]
    public void Known_versions_match_the_vectors() =>
        Assert.All(Read().Known, vector => Assert.Equal(vector.Version, Parse(vector.Hex).ProfileKnown.Version));

    [Fact]
    public void Pictures_match_the_vectors() =>
        Assert.All(Read().Pictures, vector =>
            Assert.Equal(
                vector.Format is null
                    ? null
                    : new PictureHeader(
                        Enum.Parse<PictureFormat>(vector.Format, ignoreCase: true),
                        vector.Width,
                        vector.Height,
                        vector.Metadata
                    ),
                PictureHeader.Read(Convert.FromHexString(vector.Hex))
            )
        );

    [Fact]
    public void Names_match_the_vectors() =>
        Assert.All(Read().Names, vector => Assert.Equal(vector.Shown, DisplayNames.Clean(vector.Sent)));

    private static Frame Parse(string hex)
    {
        var buffer = new ReadOnlySequence<byte>(Convert.FromHexString(hex));
        Assert.True(FrameCodec.TryRead(ref buffer, out var frame));
        Assert.True(buffer.IsEmpty);
        return frame;
    }

    private static Vectors Read() => VectorFile.Read<Vectors>("profiles.json");
}
