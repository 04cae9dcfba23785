using System.Security.Cryptography;

namespace P2PChat.Node.Backup;

/// <summary>Seals what is written in pieces of one size, AES-256-GCM each. Without <see cref="Finish"/> nothing can be read.</summary>
/// <param name="associated">What is authenticated with each piece.</param>
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
            // A full piece waits until there is more: only then is it known not to be the last.
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
