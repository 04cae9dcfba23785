using P2PChat.Node.Backup;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Tests.Node.Backup;

namespace P2PChat.Tests.Fuzzing;

/// <summary>Any bytes are either read as a valid backup or rejected by the documented exception.</summary>
public sealed class BackupFuzzTests
{
    private static readonly byte[] File = Convert.FromHexString(BackupVectorTests.All.File);
    private static readonly byte[] Key = Convert.FromHexString(BackupVectorTests.All.Key);

    [Fact]
    public void Fuzzed_headers_are_read_or_rejected() => Fuzzer.Run(share: 2, Form.Bytes, [File[..80]], input =>
        {
            try
            {
                using var stream = new MemoryStream(input);
                var header = BackupHeader.Read(stream);
                Assert.InRange(header.Kdf.MemoryKiB, 1024, 256 * 1024);
                Assert.InRange((long)header.Kdf.Passes * header.Kdf.Lanes, 1, 160);
                Assert.Equal(input[..header.Bytes.Length], header.Bytes);
                return true;
            }
            catch (BackupException)
            {
                return false;
            }
        });

    [Fact]
    public void Fuzzed_files_are_read_or_rejected() => Fuzzer.Run(share: 2, Form.Bytes, [File], input =>
        {
            using var stream = new MemoryStream(input);
            BackupHeader header;
            try
            {
                header = BackupHeader.Read(stream);
            }
            catch (BackupException)
            {
                return false;
            }

            // Uses a fixed key instead of deriving it, so that the code after decryption is reached.
            using var reader = new OpeningReader(stream, Key, header.Bytes, header.Chunk);
            try
            {
                BackupArchive.Read(reader, _ => new MemoryStream());
                Assert.Equal(File, input);
            }
            catch (BackupException)
            {
                Assert.NotEqual(File, input);
            }

            return true;
        });

    [Fact]
    public void Fuzzed_archives_with_the_right_key_are_read_or_rejected() =>
        Fuzzer.Run(share: 2, Form.Bytes, [Plain()], input =>
        {
            using var file = new MemoryStream();
            using (var writer = new SealingWriter(file, Key, [], 1024))
            {
                writer.Write(input);
                writer.Finish();
            }

            file.Position = 0;
            using var reader = new OpeningReader(file, Key, [], 1024);
            var names = new List<string>();
            try
            {
                BackupArchive.Read(reader, name =>
                {
                    names.Add(name);
                    return new MemoryStream();
                });
                Assert.Equal("backup.json", names[0]);
                Assert.Contains("identity.pem", names);
                Assert.All(names.Skip(1), name => Assert.Contains(name, BackupArchive.Files));
                return true;
            }
            catch (BackupException)
            {
                return false;
            }
        });

    [Fact]
    public void Fuzzed_manifests_with_the_right_key_are_read_or_rejected() =>
        Fuzzer.Run(
            share: 2,
            Form.Json,
            [
                new BackupManifest(
                    "alice",
                    PeerId.FromHash(new byte[PeerId.Size]).ToString(),
                    DateTimeOffset.UnixEpoch
                ).ToUtf8(),
            ],
            input =>
            {
                try
                {
                    var manifest = BackupManifest.Parse(input);
                    Assert.True(Username.TryParse(manifest.Username, out _));
                    Assert.True(PeerId.TryParse(manifest.PeerId, out _));
                    // The next epochs must be above its time.
                    Assert.InRange(Epochs.LastOf(manifest.CreatedAt), 1UL, Epochs.Highest - 1);
                    return true;
                }
                catch (BackupException)
                {
                    return false;
                }
            }
        );

    private static byte[] Plain()
    {
        using var input = new MemoryStream(File);
        var header = BackupHeader.Read(input);
        using var reader = new OpeningReader(input, Key, header.Bytes, header.Chunk);
        var plain = new List<byte>();
        var one = new byte[1];
        while (!reader.IsAtEnd)
        {
            reader.Read(one);
            plain.Add(one[0]);
        }

        return [.. plain];
    }
}
