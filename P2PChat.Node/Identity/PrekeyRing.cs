using System.Security.Cryptography;
using System.Text.Json;
using Google.Protobuf;
using P2PChat.Node.Model;
using P2PChat.Protocol.Crypto;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;

namespace P2PChat.Node.Identity;

/// <summary>
/// The keys that mail for this peer is encrypted to. There is a new one each week, and the private half of an old one is
/// deleted once no mail to it can be under way: who finds this directory later cannot read what was recorded before.
/// Thread-safe.
/// </summary>
internal sealed partial class PrekeyRing : IDisposable
{
    internal const string FileName = "prekeys.json";

    /// <summary>How old the published one may become.</summary>
    public static readonly TimeSpan RotateAfter = TimeSpan.FromDays(7);

    /// <summary>
    /// How long one is kept after its last publication, which lasts until a newer one is published: as long as mail waits,
    /// and a day for clocks and for mail that was sealed just before.
    /// </summary>
    public static readonly TimeSpan KeptAfter = TimeSpan.FromDays(15);

    private readonly Lock _gate = new();
    private readonly DataDirectory? _directory;
    private readonly TimeProvider _clock;
    private readonly ILogger<PrekeyRing> _logger;
    private readonly List<Held> _held = [];
    private readonly SaveState _state;

    /// <param name="directory">Null to keep all in memory.</param>
    /// <exception cref="PeerStartException">The file is damaged or cannot be read.</exception>
    public PrekeyRing(DataDirectory? directory, TimeProvider clock, ILogger<PrekeyRing> logger)
    {
        _directory = directory;
        _clock = clock;
        _logger = logger;
        _state = new SaveState(clock);
        if (directory?.Read(FileName) is { } json)
        {
            Load(json, Path.Combine(directory.FullPath, FileName));
        }
    }

    private sealed record Held(ulong Id, DateTimeOffset Created, DateTimeOffset? ReplacedAt, ECDiffieHellman Key);

    /// <summary>Whether a record with a newer one should be published.</summary>
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
    /// What belongs into a record that is signed now. Its private half is on the disk before anybody can encrypt to it.
    /// </summary>
    /// <returns>Null where none could be saved, ever.</returns>
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

    /// <summary>The directory has taken a record with this one: the time of those before it begins to run out.</summary>
    /// <param name="now">When the record was signed, on which the directory and this peer agree within 5 minutes.</param>
    public void Published(ulong id, DateTimeOffset now)
    {
        lock (_gate)
        {
            var changed = false;
            for (var i = 0; i < _held.Count; i++)
            {
                if (_held[i].Id >= id || _held[i].ReplacedAt is not null)
                {
                    continue;
                }

                _held[i] = _held[i] with { ReplacedAt = now };
                changed = true;
            }

            foreach (var held in _held.Where(held => now - held.ReplacedAt >= KeptAfter).ToList())
            {
                _held.Remove(held);
                held.Key.Dispose();
                changed = true;
            }

            if (changed)
            {
                _ = TrySave();
            }
        }
    }

    /// <inheritdoc cref="Envelope.Open"/>
    public OpenedEnvelope Open(ReadOnlyMemory<byte> envelope, PeerId self)
    {
        // Within the lock, or a rotation might dispose of the key meanwhile.
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

    // One that was made by a clock far ahead would otherwise stay until that time has come.
    private bool IsOld(Held held) =>
        _clock.GetUtcNow() is var now
        && (now - held.Created >= RotateAfter || held.Created - now > SignedRecord.ClockSkew);

    private void Rotate()
    {
        var now = _clock.GetUtcNow();
        var id = Math.Max(_held.Count == 0 ? 1 : _held[^1].Id + 1, (ulong)Math.Max(1, now.ToUnixTimeMilliseconds()));
        _held.Add(new Held(id, now, null, ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256)));
        if (TrySave())
        {
            return;
        }
        // What might be gone after a restart is not published: the one before serves until the disk does.
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
        if (_directory is null)
        {
            return true;
        }

        var content = new PrekeyFile([
            .. _held.Select(held => new PrekeyEntry(
                held.Id,
                held.Created,
                held.ReplacedAt,
                Convert.ToBase64String(held.Key.ExportPkcs8PrivateKey())
            )),
        ]);
        try
        {
            _directory.Write(FileName, JsonSerializer.Serialize(content, PrekeyJson.Default.PrekeyFile));
            if (_state.Saved())
            {
                LogSaved();
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (_state.Failed())
            {
                LogNotSaved(SaveState.WhyNot(e));
            }

            return false;
        }
    }

    private void Load(string json, string file)
    {
        try
        {
            var content = JsonSerializer.Deserialize(json, PrekeyJson.Default.PrekeyFile)
                ?? throw new JsonException("The file is empty.");
            if (content.Prekeys.Contains(null!))
            {
                throw new JsonException("A prekey is null.");
            }

            foreach (var entry in content.Prekeys.OrderBy(entry => entry.Id))
            {
                _held.Add(new Held(entry.Id, entry.Created, entry.ReplacedAt, LoadKey(entry.PrivateKey)));
            }
        }
        catch (Exception e) when (e is JsonException or FormatException or CryptographicException)
        {
            // To go on without it would make mail that waits unreadable, in silence.
            Dispose();
            throw new PeerStartException(
                $"{file} is damaged: restore it from a backup, or move it away; mail that waits for this peer can then not be read until it is sent again.",
                e
            );
        }
    }

    private static ECDiffieHellman LoadKey(string privateKey)
    {
        var key = ECDiffieHellman.Create();
        try
        {
            key.ImportPkcs8PrivateKey(Convert.FromBase64String(privateKey), out _);
            if (!P256Point.IsOnCurve(P256Point.Export(key)))
            {
                throw new CryptographicException("The key is none of P-256.");
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
        "The prekeys cannot be saved ({Error}): free some space or mend the data directory, or mail to this peer will be encrypted to ever older keys."
    )]
    private partial void LogNotSaved(string error);

    [LoggerMessage(LogLevel.Warning, "The prekeys can be saved again.")]
    private partial void LogSaved();
}
