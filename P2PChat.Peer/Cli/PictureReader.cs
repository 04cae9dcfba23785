using P2PChat.Node.Model;
using P2PChat.Protocol.Profiles;

namespace P2PChat.Peer.Cli;

/// <summary>Reads the files of pictures.</summary>
internal static class PictureReader
{
    /// <returns>At most one byte more than a picture may have; null if the file cannot be read.</returns>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            var buffer = new byte[ProfileRules.MaxPictureBytes + 1];
            await using var stream = File.OpenRead(file);
            var length = await stream.ReadAtLeastAsync(
                buffer,
                buffer.Length,
                throwOnEndOfStream: false,
                cancellationToken
            );
            return buffer.AsMemory(0, length);
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Says that a file cannot be read.</summary>
    public static string Problem(string file) =>
        $"{SafeText.Show(file)} cannot be read. Choose a file that you can read.";
}
