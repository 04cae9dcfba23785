using P2PChat.Node.Model;
using P2PChat.Peer.Api;

namespace P2PChat.Peer.Cli;

/// <summary>Reads the files of pictures.</summary>
internal static class PictureReader
{
    /// <returns>At most one byte more than a picture may have; null if the file cannot be read.</returns>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = File.OpenRead(file);
            return await PictureRequest.ReadAsync(stream, cancellationToken);
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
