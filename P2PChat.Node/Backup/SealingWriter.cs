using System.Security.Cryptography;
using P2PChat.Protocol.Crypto;

namespace P2PChat.Node.Backup;

/// <summary>
/// Encrypts in chunks of one size with AES-256-GCM. The result is unreadable until <see cref="Finish"/>.
/// </summary>
/// <param name="associated">The associated data of each chunk.</param>
internal sealed class SealingWriter(Stream output, byte[] key, byte[] associated, int chunk) : IDisposable
{
    private readonly ChunkCipher _cipher = new(key, associated);
    private readonly byte[] _plain = new byte[chunk];
    private readonly byte[] _sealed = new byte[chunk + ChunkCipher.TagSize];
    private int _used;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            // A full chunk waits for more input, because it may be the last.
            if (_used == chunk)
            {
                Seal(isLast: false);
            }

            var taken = Math.Min(chunk - _used, bytes.Length);
            bytes[..taken].CopyTo(_plain.AsSpan(_used));
            _used += taken;
            bytes = bytes[taken..];
        }
    }

    public void Finish() => Seal(isLast: true);

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_plain);
        _cipher.Dispose();
    }

    private void Seal(bool isLast)
    {
        _cipher.Seal(_plain.AsSpan(0, _used), _sealed, isLast);
        output.Write(_sealed.AsSpan(0, _used + ChunkCipher.TagSize));
        _used = 0;
    }
}
