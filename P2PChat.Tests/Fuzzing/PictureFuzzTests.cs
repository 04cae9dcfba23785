using P2PChat.Protocol.Profiles;
using static P2PChat.Tests.Infrastructure.TestPictures;

namespace P2PChat.Tests.Fuzzing;

/// <summary>The header of any bytes is read without an exception, and within their bounds.</summary>
public sealed class PictureFuzzTests
{
    [Fact]
    public void Fuzzed_pictures_are_read_or_refused() =>
        Fuzzer.Run(
            share: 5,
            Form.Bytes,
            [
                RealPng,
                Png(256, 256, ("tEXt", [1, 2])),
                Jpeg(256, 256, (0xe1, "Exif\0\0"u8.ToArray())),
                WebP(Lossy(256, 256)),
                WebP(Lossless(256, 256)),
                WebP(Extended(256, 256), ("ALPH", [1]), Lossy(256, 256), ("EXIF", [1])),
            ],
            input =>
            {
                var header = PictureHeader.Read(input);
                Assert.True(header is null or { Width: > 0, Height: > 0 });
                Assert.Equal(
                    header is null && input.Length > 0,
                    ProfileRules.Check(input) == ProfileProblem.PictureFormat
                );
                return header is not null;
            }
        );
}
