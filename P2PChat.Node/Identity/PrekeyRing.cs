using System.Security.Cryptography;
using Google.Protobuf;
using P2PChat.Node.Model;
using P2PChat.Protocol.Crypto;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;

namespace P2PChat.Node.Identity;

/// <summary>
/// The keys that mail for this peer is encrypted to. A new one is made each week. The private half of an old one is
/// deleted once no mail to it can be in transit, so that recorded mail cannot be read after a later theft. Thread-safe.
/// </summary>
internal sealed partial class PrekeyRing : IDisposable
{
    /// <summary>The age at which the published prekey is replaced.</summary>
    public static readonly TimeSpan RotateAfter = TimeSpan.FromDays(7);

    /// <summary>
    /// How long a prekey is kept after a newer one was published: as long as mail waits, plus a day for clock
    /// differences and for mail that was sealed just before.
    /// </summary>
    public static readonly TimeSpan KeptAfter = TimeSpan.FromDays(15);

    private readonly Lock _gate = new();
    private readonly IPrekeyStore? _store;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<PrekeyRing> _logger;
    private readonly List<Held> _held = [];
    private readonly SaveState _state;

    // Guarded by _gate.
    private bool _isUnsaved;

    /// <param name="store">Null to keep the prekeys in memory only.</param>
    /// <exception cref="PeerStartException">What is stored is damaged or cannot be read.</exception>
    public PrekeyRing(IPrekeyStore? store, TimeProvider timeProvider, ILogger<PrekeyRing> logger)
    {
        _store = store;
        _timeProvider = timeProvider;
        _logger = logger;
        _state = new SaveState(timeProvider);
        foreach (var stored in store?.Load() ?? [])
        {
            try
            {
                _held.Add(new Held(stored.Id, stored.Created, stored.ReplacedAt, LoadKey(stored.PrivateKey)));
            }
            catch (CryptographicException exception)
            {
                // Without it, waiting mail would become unreadable unnoticed.
                Dispose();
                throw store!.Damaged(exception);
            }
        }
    }

    private sealed record Held(ulong Id, DateTimeOffset Created, DateTimeOffset? ReplacedAt, ECDiffieHellman Key);

    /// <summary>Whether a record with a new prekey should be published.</summary>
    public bool IsRotationDue
    {
        get
        {
            lock (_gate)
            {
                return _held.Count == 0 || IsOld(_held[^1]);
            }
        }
    }

    /// <summary>
    /// Gets the prekey for a record that is signed now. Its private half is on disk before anyone can encrypt to it.
    /// </summary>
    /// <returns>Null if none could be saved yet.</returns>
    public Prekey? Current()
    {
        lock (_gate)
        {
            if (_held.Count == 0 || IsOld(_held[^1]))
            {
                Rotate();
            }

            return _held.Count == 0 ? null : Publish(_held[^1]);
        }
    }

    /// <summary>Records that the directory has accepted a record with this prekey, so that older ones expire.</summary>
    /// <param name="now">
    /// When the record was signed; the directory and this peer agree on that within 5 minutes.
    /// </param>
    public void Published(ulong id, DateTimeOffset now)
    {
        lock (_gate)
        {
            for (var i = 0; i < _held.Count; i++)
            {
                if (_held[i].Id < id && _held[i].ReplacedAt is null)
                {
                    _held[i] = _held[i] with { ReplacedAt = now };
                    _isUnsaved = true;
                }
            }

            foreach (var held in _held.Where(held => now - held.ReplacedAt >= KeptAfter).ToList())
            {
                _held.Remove(held);
                held.Key.Dispose();
                _isUnsaved = true;
            }

            if (_isUnsaved)
            {
                _ = TrySave();
            }
        }
    }

    /// <inheritdoc cref="Envelope.Open"/>
    public OpenedEnvelope Open(ReadOnlyMemory<byte> envelope, PeerId self)
    {
        // Under the lock, because a rotation may dispose of the key.
        lock (_gate)
        {
            return Envelope.Open(envelope, self, id => _held.Find(held => held.Id == id)?.Key);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var held in _held)
            {
                held.Key.Dispose();
            }

            _held.Clear();
        }
    }

    // A prekey from a clock far ahead would otherwise stay until that time.
    private bool IsOld(Held held) =>
        _timeProvider.GetUtcNow() is var now
        && (now - held.Created >= RotateAfter || held.Created - now > SignedRecord.ClockSkew);

    private void Rotate()
    {
        var now = _timeProvider.GetUtcNow();
        var id = Math.Max(_held.Count == 0 ? 1 : _held[^1].Id + 1, (ulong)Math.Max(1, now.ToUnixTimeMilliseconds()));
        _held.Add(new Held(id, now, null, ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256)));
        if (TrySave())
        {
            return;
        }

        // It may be lost in a restart, so do not publish it. The previous one serves until saving works.
        _held[^1].Key.Dispose();
        _held.RemoveAt(_held.Count - 1);
    }

    private static Prekey Publish(Held held) =>
        new()
        {
            Id = held.Id,
            PublicKey = ByteString.CopyFrom(P256Point.Export(held.Key)),
            Created = held.Created.ToUnixTimeMilliseconds(),
        };

    private bool TrySave()
    {
        _isUnsaved = true;
        try
        {
            _store?.Save([
                .. _held.Select(held => new StoredPrekey(
                    held.Id,
                    held.Created,
                    held.ReplacedAt,
                    held.Key.ExportPkcs8PrivateKey()
                )),
            ]);
            _isUnsaved = false;
            if (_state.Saved())
            {
                LogSaved();
            }

            return true;
        }
        catch (IOException exception)
        {
            if (_state.Failed())
            {
                LogNotSaved(SaveState.FailureReason(exception));
            }

            return false;
        }
    }

    private static ECDiffieHellman LoadKey(byte[] privateKey)
    {
        var key = ECDiffieHellman.Create();
        try
        {
            key.ImportPkcs8PrivateKey(privateKey, out _);
            if (!P256Point.IsOnCurve(P256Point.Export(key)))
            {
                throw new CryptographicException("The key is not a P-256 key.");
            }

            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The prekeys cannot be saved ({Error}), so mail to this peer is encrypted to an old key. Free some "
            + "space or check the disk."
    )]
    private partial void LogNotSaved(string error);

    [LoggerMessage(LogLevel.Warning, "The prekeys can be saved again.")]
    private partial void LogSaved();
}
