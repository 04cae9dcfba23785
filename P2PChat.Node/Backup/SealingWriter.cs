using System.Security.Cryptography;

namespace P2PChat.Node.Backup;

/// <summary>
/// Encrypts in chunks of one size with AES-256-GCM. The result is unreadable until <see cref="Finish"/>.
/// </summary>
/// <param name="associated">The associated data of each chunk.</param>
internal sealed class SealingWriter(Stream output, byte[] key, byte[] associated, int chunk) : IDisposable
{
    private readonly AesGcm _cipher = new(key, ChunkNonce.TagSize);
    private readonly byte[] _plain = new byte[chunk];
    private readonly byte[] _sealed = new byte[chunk + ChunkNonce.TagSize];
    private int _used;
    private uint _number;

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
        Span<byte> nonce = stackalloc byte[ChunkNonce.Size];
        ChunkNonce.Write(nonce, _number, isLast);
        _cipher.Encrypt(
            nonce,
            _plain.AsSpan(0, _used),
            _sealed.AsSpan(0, _used),
            _sealed.AsSpan(_used, ChunkNonce.TagSize),
            associated
        );
        output.Write(_sealed.AsSpan(0, _used + ChunkNonce.TagSize));
        _number = checked(_number + 1);
        _used = 0;
    }
}
