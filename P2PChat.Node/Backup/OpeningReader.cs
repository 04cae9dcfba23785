using System.Security.Cryptography;
using P2PChat.Protocol.Crypto;

namespace P2PChat.Node.Backup;

/// <summary>Decrypts what a <see cref="SealingWriter"/> wrote. It returns authenticated bytes only.</summary>
/// <exception cref="BackupException">From each read: a chunk was changed, or the last one is missing.</exception>
internal sealed class OpeningReader(Stream input, byte[] key, byte[] associated, int chunk) : IDisposable
{
    private readonly ChunkCipher _cipher = new(key, associated);
    private readonly byte[] _plain = new byte[chunk];

    // One byte more than a chunk, which shows whether another follows.
    private readonly byte[] _sealed = new byte[chunk + ChunkCipher.TagSize + 1];
    private int _ahead;
    private int _start;
    private int _end;
    private bool _isLast;

    /// <summary>Whether everything has been read.</summary>
    public bool IsAtEnd
    {
        get
        {
            if (_start == _end && !_isLast)
            {
                Open();
            }

            return _start == _end;
        }
    }

    /// <summary>Fills the whole span.</summary>
    public void Read(Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (IsAtEnd)
            {
                throw new BackupException(BackupError.Damaged);
            }

            var taken = Math.Min(_end - _start, bytes.Length);
            _plain.AsSpan(_start, taken).CopyTo(bytes);
            _start += taken;
            bytes = bytes[taken..];
        }
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_plain);
        _cipher.Dispose();
    }

    private void Open()
    {
        var whole = _sealed.Length - 1;
        var read =
            _ahead + input.ReadAtLeast(_sealed.AsSpan(_ahead), _sealed.Length - _ahead, throwOnEndOfStream: false);
        _isLast = read <= whole;
        var length = Math.Min(read, whole) - ChunkCipher.TagSize;
        if (length <= 0 || !_cipher.TryOpen(_sealed.AsSpan(0, length + ChunkCipher.TagSize), _plain, _isLast))
        {
            throw new BackupException(BackupError.Damaged);
        }

        (_start, _end) = (0, length);
        _ahead = _isLast ? 0 : 1;
        _sealed[0] = _sealed[whole];
    }
}
