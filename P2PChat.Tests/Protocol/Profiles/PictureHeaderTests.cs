using System.Text;
using P2PChat.Protocol.Profiles;
using static P2PChat.Tests.Infrastructure.TestPictures;

namespace P2PChat.Tests.Protocol.Profiles;

/// <summary>What the headers of pictures say, and which files are not pictures.</summary>
public sealed class PictureHeaderTests
{
    [Fact]
    public void Each_format_is_known_by_its_bytes()
    {
        Assert.Equal(new PictureHeader(PictureFormat.Png, 1, 1, false), PictureHeader.Read(RealPng));
        Assert.Equal(new PictureHeader(PictureFormat.Png, 300, 200, false), PictureHeader.Read(Png(300, 200)));
        Assert.Equal(new PictureHeader(PictureFormat.Jpeg, 300, 200, false), PictureHeader.Read(Jpeg(300, 200)));
        foreach (
            var file in new[]
            {
                WebP(Lossy(300, 200)),
                WebP(Lossless(300, 200)),
                WebP(Extended(300, 200), ("ALPH", [1]), Lossy(300, 200)),
            }
        )
        {
            Assert.Equal(new PictureHeader(PictureFormat.WebP, 300, 200, false), PictureHeader.Read(file));
        }

        Assert.Equal(
            [("image/png", "png"), ("image/jpeg", "jpg"), ("image/webp", "webp")],
            new[] { RealPng, Jpeg(1, 1), WebP(Lossy(1, 1)) }
                .Select(file => PictureHeader.Read(file)!)
                .Select(header => (header.MediaType, header.Extension))
        );
    }

    [Fact]
    public void Jpeg_of_several_scans_is_read_to_its_end()
    {
        byte[] progressive =
        [
            .. Jpeg(8, 8)[..^2],
            .. (byte[])[0xff, 0x00, 0xff, 0xd3, 1, 0xff, 0xff],
            .. Segment(0xc4, [0, 1, 2])[1..],
            .. Segment(0xda, [1, 1, 0, 0, 63, 0]),
            .. (byte[])[7, 0xff, 0xd9],
        ];

        Assert.Equal(new PictureHeader(PictureFormat.Jpeg, 8, 8, false), PictureHeader.Read(progressive));
        byte[] late = [.. Jpeg(8, 8)[..^2], .. Segment(0xe1, "Exif\0\0GPS"u8.ToArray()), 0xff, 0xd9];
        Assert.True(PictureHeader.Read(late)!.HasMetadata);
    }

    [Fact]
    public void Everything_but_pixels_and_colors_is_metadata()
    {
        Assert.All(
            [
                Jpeg(1, 1, (0xe1, "Exif\0\0GPS"u8.ToArray())),
                Jpeg(1, 1, (0xfe, "a comment"u8.ToArray())),
                Jpeg(1, 1, (0xe2, "MPF\0"u8.ToArray())),
                Jpeg(1, 1, (0xeb, "JP"u8.ToArray())),
                Jpeg(1, 1, (0xec, "Ducky"u8.ToArray())),
                Jpeg(1, 1, (0xe0, [.. "JFIF\0"u8, 1, 1, 0, 0, 1, 0, 1, 1, 1, 9, 9, 9])),
                Png(1, 1, ("eXIf", [1])),
                Png(1, 1, ("tEXt", [1])),
                Png(1, 1, ("caBX", [1])),
                Png(1, 1, ("tIME", [1])),
                Png(1, 1, ("prVt", [1])),
                WebP(Extended(1, 1), Lossy(1, 1), ("EXIF", [1])),
                WebP(Extended(1, 1), Lossy(1, 1), ("C2PA", [1])),
                WebP(Extended(1, 1), Lossy(1, 1), ("what", [1])),
            ],
            file => Assert.True(PictureHeader.Read(file)!.HasMetadata)
        );
        Assert.All(
            [
                Jpeg(1, 1, (0xe0, [.. "JFIF\0"u8, 1, 1, 0, 0, 1, 0, 1, 0, 0]), (0xdb, [1]), (0xdd, [0, 1])),
                Jpeg(1, 1, (0xe2, [.. "ICC_PROFILE\0"u8, 1, 1]), (0xee, [.. "Adobe"u8, 0, 100, 0, 0, 0, 0, 1])),
                Png(1, 1, ("sRGB", [0]), ("gAMA", [1]), ("pHYs", [1]), ("tRNS", [1])),
                WebP(Extended(1, 1), ("ICCP", [1]), ("ALPH", [1]), Lossy(1, 1)),
            ],
            file => Assert.False(PictureHeader.Read(file)!.HasMetadata)
        );
    }

    [Fact]
    public void Other_files_are_rejected()
    {
        byte[][] files =
        [
            [],
            "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"u8.ToArray(),
            "GIF89a\u0001\0\u0001\0"u8.ToArray(),
            "<html>"u8.ToArray(),
            RealPng[..8],
            RealPng[..^1],
            [.. RealPng, .. "<script>"u8],
            Png(0, 5),
            Png(-1, 5),
            Png(1, 1, ("acTL", [0])),
            Png(1, 1, ("IHDR", new byte[13])),
            Jpeg(0, 5),
            Jpeg(5, 5)[..^1],
            [.. Jpeg(5, 5), 0],
            [.. Jpeg(5, 5), .. "<html>"u8, 0xff, 0xd9],
            [.. Jpeg(5, 5), .. Jpeg(6, 6)],
            [.. Jpeg(5, 5)[..^2], .. Segment(0xc0, [8, 0, 9, 0, 9, 1, 1, 0x11, 0]), 0xff, 0xd9],
            [.. Jpeg(5, 5)[..^2], 0xff, 0x01, 0xff, 0xd9],
            [.. Jpeg(5, 5)[..2], .. Segment(0xc0, [8, 0, 9, 0, 9, 1, 1, 0x11, 0]), 0xff, 0xd9],
            Jpeg(5, 5, (0xc0, [8, 0, 9, 0, 9, 1, 1, 0x11, 0])),
            [0xff, 0xd8, 0xff, 0xd9],
            WebP(),
            WebP(("EXIF", [1])),
            WebP(Extended(1, 1, flags: 2), Lossy(1, 1)),
            WebP(Extended(1, 1), ("ANIM", [0]), Lossy(1, 1)),
            WebP(Extended(9, 9), Lossy(1, 1)),
            WebP(Lossy(1, 1), Lossy(1, 1)),
            WebP(Lossy(0, 1)),
            [.. WebP(Lossy(1, 1)), 0],
        ];

        Assert.All(files, file => Assert.Null(PictureHeader.Read(file)));
    }

    [Fact]
    public void Truncated_picture_is_rejected() =>
        Assert.All([Png(9, 9), Jpeg(9, 9), WebP(Extended(9, 9), Lossless(9, 9))], file =>
            Assert.All(Enumerable.Range(0, file.Length), length =>
                Assert.Null(PictureHeader.Read(file.AsSpan(0, length)))
            )
        );

    [Fact]
    public void Size_and_dimensions_are_limited()
    {
        Assert.Equal(ProfileProblem.None, ProfileRules.Check(PngOfSize(ProfileRules.MaxPictureBytes)));
        Assert.Equal(ProfileProblem.PictureSize, ProfileRules.Check(PngOfSize(ProfileRules.MaxPictureBytes + 1)));
        Assert.Equal(ProfileProblem.None, ProfileRules.Check(Png(512, 512)));
        Assert.Equal(ProfileProblem.PictureDimensions, ProfileRules.Check(Png(513, 1)));
        Assert.Equal(ProfileProblem.PictureDimensions, ProfileRules.Check(Jpeg(1, 65_535)));
        Assert.Equal(ProfileProblem.PictureFormat, ProfileRules.Check(Encoding.ASCII.GetBytes("<svg/>")));
    }
}
