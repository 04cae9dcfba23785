using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Discovery.Files;
using P2PChat.Discovery.Http;
using P2PChat.Node.DirectoryClient;
using P2PChat.Peer.Api;
using P2PChat.Protocol.Crypto;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Fuzzing;

/// <summary>Files that a directory stores: sealed files, the headers of uploads and downloads, and ranges.</summary>
public sealed class StoredFileFuzzTests
{
    private const string Capability = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    private const string Digest = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";
    private const int MaxBytes = 1000;

    [Fact]
    public void Fuzzed_upload_heads_are_read_or_rejected() =>
        Fuzzer.Run(
            share: 2,
            Form.Text,
            [
                Head("alice", "00112233445566778899aabbccddeeff", Capability, "application/octet-stream", "21", Digest),
                Head(
                    "a_b-c",
                    "ffffffffffffffffffffffffffffffff",
                    Capability,
                    "application/octet-stream",
                    "1000",
                    Digest
                ),
            ],
            input =>
            {
                var lines = Encoding.UTF8.GetString(input).Split('\n');
                var context = new DefaultHttpContext();
                var headers = context.Request.Headers;
                headers["X-P2PChat-Capability"] = lines.ElementAtOrDefault(2);
                headers.ContentType = lines.ElementAtOrDefault(3);
                headers.ContentLength = long.TryParse(lines.ElementAtOrDefault(4), out var size) ? size : null;
                headers["Content-Digest"] = lines.ElementAtOrDefault(5);
                try
                {
                    var (name, file) = UploadHead.Read(context, lines[0], lines.ElementAtOrDefault(1) ?? "", MaxBytes);
                    Assert.Matches(@"^[a-z0-9_-]{1,32}\z", name.Value);
                    // The id becomes part of a path.
                    Assert.Matches(@"^[0-9a-f]{32}\z", file.Id);
                    Assert.InRange(file.Size, 1, MaxBytes);
                    return true;
                }
                catch (ProblemException exception)
                {
                    Assert.InRange(exception.Problem.Status!.Value, 400, 499);
                    return false;
                }
            }
        );

    [Fact]
    public void Fuzzed_digests_are_read_or_ignored() =>
        Fuzzer.Run(
            share: 1,
            Form.Text,
            [Encoding.UTF8.GetBytes(Digest), Encoding.UTF8.GetBytes("md5=:AAAA:, " + Digest)],
            input =>
            {
                if (ContentDigest.Read(Encoding.UTF8.GetString(input)) is not { } read)
                {
                    return false;
                }

                Assert.Equal(SHA256.HashSizeInBytes, Convert.FromBase64String(read).Length);
                Assert.Equal(read, ContentDigest.Read(ContentDigest.Write(read)));
                return true;
            }
        );

    [Fact]
    public void Sealed_files_are_opened_only_if_they_are_unchanged() =>
        Fuzzer.RunHistories(share: 0.1, steps: 1, (random, _) =>
        {
            const int Chunk = SealedFile.ChunkSize + 16;
            var plain = new byte[random.Next(3) * SealedFile.ChunkSize + random.Next(3) * random.Next(100)];
            random.NextBytes(plain);
            var key = SealedFile.NewKey();
            using var output = new MemoryStream();
            var info = SealedFile.SealAsync(new MemoryStream(plain), output, key, default).GetAwaiter().GetResult();
            var original = output.ToArray();
            Assert.Equal(info.Size, original.Length);
            Assert.Equal(plain.Length, SealedFile.PlainSizeOf(info.Size));
            List<byte[]> chunks = [.. original.Chunk(Chunk)];
            var (at, other) = (random.Next(chunks.Count), random.Next(chunks.Count));
            switch (random.Next(7))
            {
                case 0:
                    chunks[at][random.Next(chunks[at].Length)] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    chunks[at] = chunks[at][..random.Next(chunks[at].Length)];
                    break;
                case 2:
                    chunks.RemoveAt(at);
                    break;
                case 3:
                    chunks.Insert(at, chunks[other]);
                    break;
                case 4:
                    (chunks[at], chunks[other]) = (chunks[other], chunks[at]);
                    break;
                case 5:
                    chunks.Add(new byte[random.Next(40)]);
                    break;
                default:
                    key[random.Next(key.Length)] ^= (byte)random.Next(2);
                    break;
            }

            using var changed = new MemoryStream([.. chunks.SelectMany(chunk => chunk)]);
            using var opened = new MemoryStream();
            try
            {
                var size = SealedFile.OpenAsync(changed, opened, key, default).GetAwaiter().GetResult();
                Assert.Equal(original, changed.ToArray());
                Assert.Equal(plain, opened.ToArray());
                Assert.Equal(plain.Length, size);
            }
            catch (SealedFileException)
            {
                // What was written is the beginning of the file.
                Assert.Equal(plain[..(int)opened.Length], opened.ToArray());
            }
        });

    [Fact]
    public void Lying_downloads_are_read_within_limits_or_rejected() =>
        Fuzzer.RunHistories(share: 1, steps: 10, (random, steps) =>
        {
            var file = new byte[16 + random.Next(200)];
            random.NextBytes(file);
            var info = new SealedFileInfo(file.Length, SHA256.HashData(file));
            using var output = new MemoryStream();
            var download = new FileDownload(output, info, progress: null, TimeProvider.System);
            for (var step = 0; step < steps; step++)
            {
                try
                {
                    if (!download.PrepareAsync(CancellationToken.None).GetAwaiter().GetResult())
                    {
                        Assert.Equal(file, output.ToArray());
                        return;
                    }

                    using var response = Response(random, file, (int)output.Length);
                    download.ReadAsync(response, CancellationToken.None).GetAwaiter().GetResult();
                }
                catch (DirectoryException)
                {
                    // The next step continues, as the client does.
                }

                Assert.InRange(output.Length, 0, file.Length);
            }
        });

    [Fact]
    public void Fuzzed_ranges_are_answered_with_that_part_or_all()
    {
        var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        var content = Enumerable.Range(0, 100).Select(i => (byte)i).ToArray();
        string[] seeds = ["bytes=0-9", "bytes=5-", "bytes=-7", "bytes=99-99", "bytes=0-0,2-3", "lines=0-9"];
        Fuzzer.Run(share: 1, Form.Text, seeds.Select(Encoding.UTF8.GetBytes), input =>
        {
            using var body = new MemoryStream();
            var context = new DefaultHttpContext { RequestServices = services };
            context.Request.Method = "GET";
            context.Request.Headers.Range = Encoding.UTF8.GetString(input);
            context.Response.Body = body;
            var response = FileResponses.Send(context, "attachment", "a", "image/png", new MemoryStream(content));
            response.ExecuteAsync(context).GetAwaiter().GetResult();
            switch (context.Response.StatusCode)
            {
                case StatusCodes.Status200OK:
                    Assert.Equal(content, body.ToArray());
                    return false;
                case StatusCodes.Status206PartialContent:
                    Assert.StartsWith("bytes=", Encoding.UTF8.GetString(input), StringComparison.OrdinalIgnoreCase);
                    var range = ContentRangeHeaderValue.Parse(context.Response.Headers.ContentRange.ToString());
                    Assert.Equal(content[(int)range.From!..((int)range.To! + 1)], body.ToArray());
                    return true;
                default:
                    Assert.Equal(StatusCodes.Status416RangeNotSatisfiable, context.Response.StatusCode);
                    Assert.Equal(0, body.Length);
                    return false;
            }
        });
    }

    private static byte[] Head(params string[] lines) => Encoding.UTF8.GetBytes(string.Join('\n', lines));

    private static HttpResponseMessage Response(Random random, byte[] file, int from)
    {
        var start = random.Next(4) == 0 ? random.Next(file.Length) : from;
        var isPart = random.Next(2) == 0;
        var bytes = isPart ? file[start..] : file;
        bytes = random.Next(4) switch
        {
            0 => bytes[..random.Next(bytes.Length + 1)],
            1 => [.. bytes, .. new byte[random.Next(100)]],
            _ => bytes,
        };
        var response = new HttpResponseMessage(isPart ? HttpStatusCode.PartialContent : HttpStatusCode.OK)
        {
            Content = new StreamContent(new MemoryStream(bytes)),
        };
        var size = (file.Length + random.Next(8) / 7).ToString(CultureInfo.InvariantCulture);
        response.Content.Headers.TryAddWithoutValidation(
            "Content-Range",
            random.Next(8) switch
            {
                0 => $"lines {start}-{file.Length - 1}/{size}",
                1 => $"bytes {start}-{long.MaxValue}/*",
                2 => "bytes */*",
                3 => "bytes 9-1/" + size,
                _ => $"bytes {start}-{file.Length - 1}/{size}",
            }
        );
        var digest = Convert.ToBase64String(random.Next(8) == 0 ? new byte[32] : SHA256.HashData(file));
        response.Headers.TryAddWithoutValidation(
            ContentDigest.ReprHeader,
            random.Next(8) == 0 ? digest : ContentDigest.Write(digest)
        );
        return response;
    }
}
