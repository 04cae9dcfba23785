using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Crypto;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Records;
using P2PChat.Tests.Node.Storage;
using P2PChat.Tests.Protocol.Envelopes;

namespace P2PChat.Tests.Node.Identity;

public sealed class PrekeyRingTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly EnvelopeMaker _sender = new();
    private readonly EnvelopeMaker _self = new();
    private readonly FakePrekeyStore _store = new();

    public void Dispose()
    {
        _sender.Dispose();
        _self.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public void Prekey_survives_a_restart()
    {
        Prekey first;
        using (var store = new OpenedStore(_temp.Path))
        using (var ring = store.LoadPrekeys(_time))
        {
            first = ring.Current()!;
        }

        using var again = new OpenedStore(_temp.Path);
        using var loaded = again.LoadPrekeys(_time);

        Assert.Equal(first, loaded.Current());
        Assert.True(P256Point.IsOnCurve(first.PublicKey.Span));
        AssertOpens(loaded, Seal(first));
    }

    [Fact]
    public void Prekey_is_replaced_each_week()
    {
        using var ring = Load();
        Assert.True(ring.IsRotationDue);
        var first = ring.Current()!;
        Assert.False(ring.IsRotationDue);
        _time.Advance(TimeSpan.FromDays(7) - TimeSpan.FromSeconds(1));
        Assert.Equal(first, ring.Current());

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(ring.IsRotationDue);
        var second = ring.Current()!;
        Assert.True(second.Id > first.Id);
        Assert.NotEqual(first.PublicKey, second.PublicKey);
        Assert.False(ring.IsRotationDue);
    }

    [Fact]
    public void Old_prekey_opens_mail_for_15_days_after_it_was_replaced()
    {
        using var ring = Load();
        var first = ring.Current()!;
        ring.Published(first.Id, _time.GetUtcNow());
        var mail = Seal(first);

        // Offline for long: no newer one was published, so senders kept using it.
        _time.Advance(TimeSpan.FromDays(40));
        var second = ring.Current()!;
        ring.Published(second.Id, _time.GetUtcNow());
        _time.Advance(TimeSpan.FromDays(15) - TimeSpan.FromSeconds(1));
        ring.Published(second.Id, _time.GetUtcNow());
        AssertOpens(ring, mail);
        using (var restarted = Load())
        {
            AssertOpens(restarted, mail);
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        ring.Published(second.Id, _time.GetUtcNow());
        AssertDoesNotOpen(ring, mail);
        AssertOpens(ring, Seal(second));
        using var after = Load();
        AssertDoesNotOpen(after, mail);
    }

    [Fact]
    public void Unpublished_prekey_replaces_nothing()
    {
        using var ring = Load();
        var first = ring.Current()!;
        ring.Published(first.Id, _time.GetUtcNow());
        for (var week = 0; week < 5; week++)
        {
            _time.Advance(TimeSpan.FromDays(8));
            Assert.NotEqual(first, ring.Current());
        }

        AssertOpens(ring, Seal(first));
    }

    [Fact]
    public void Clock_jump_while_publishing_deletes_no_private_half()
    {
        using var ring = Load();
        var first = ring.Current()!;
        var mail = Seal(first);
        _time.Advance(TimeSpan.FromDays(8));
        var (second, signedAt) = (ring.Current()!, _time.GetUtcNow());

        _time.Advance(TimeSpan.FromDays(20));
        ring.Published(second.Id, signedAt);
        ring.Published(second.Id, signedAt);

        AssertOpens(ring, mail);
    }

    [Fact]
    public void Prekey_from_a_clock_far_ahead_is_replaced()
    {
        var ahead = new SettableClock();
        ahead.PutForward(TimeSpan.FromDays(400));
        Prekey first;
        using (var ring = new PrekeyRing(_store, ahead, NullLogger<PrekeyRing>.Instance))
        {
            first = ring.Current()!;
        }

        using var right = new PrekeyRing(_store, TimeProvider.System, NullLogger<PrekeyRing>.Instance);
        Assert.True(right.IsRotationDue);
        Assert.Equal(first.Id + 1, right.Current()!.Id);
    }

    [Fact]
    public void Unsaved_prekey_is_not_published()
    {
        using var ring = Load();
        var first = ring.Current()!;
        _time.Advance(TimeSpan.FromDays(8));
        _store.IsFailing = true;

        Assert.Equal(first, ring.Current());
        Assert.True(ring.IsRotationDue);
        _store.IsFailing = false;
        Assert.NotEqual(first, ring.Current());
    }

    [Fact]
    public void Failed_deletion_is_repeated_at_the_next_publication()
    {
        using var ring = Load();
        var first = ring.Current()!;
        _time.Advance(TimeSpan.FromDays(8));
        var second = ring.Current()!;
        ring.Published(second.Id, _time.GetUtcNow());
        _time.Advance(PrekeyRing.KeptAfter);
        _store.IsFailing = true;
        ring.Published(second.Id, _time.GetUtcNow());
        Assert.Contains(_store.Saved, prekey => prekey.Id == first.Id);

        _store.IsFailing = false;
        ring.Published(second.Id, _time.GetUtcNow());
        Assert.DoesNotContain(_store.Saved, prekey => prekey.Id == first.Id);
    }

    [Fact]
    public void Prekey_replaced_in_the_year_9999_does_not_block_the_next()
    {
        using (var ring = Load())
        {
            _ = ring.Current();
        }

        var replacedAt = new DateTimeOffset(9999, 12, 31, 23, 0, 0, TimeSpan.Zero);
        _store.Saved = [.. _store.Saved.Select(prekey => prekey with { ReplacedAt = replacedAt })];
        _time.Advance(TimeSpan.FromDays(8));

        using var again = Load();
        again.Published(again.Current()!.Id, _time.GetUtcNow());
        Assert.Contains(_store.Saved, prekey => prekey.ReplacedAt == replacedAt);
        Assert.Contains(_store.Saved, prekey => prekey.ReplacedAt is null);
    }

    [Fact]
    public void Damaged_prekey_is_refused()
    {
        using var store = new OpenedStore(_temp.Path);
        store.Store.Prekeys.Save([new StoredPrekey(1, _time.GetUtcNow(), null, [1, 2, 3])]);

        Assert.Throws<PeerStartException>(() => store.LoadPrekeys(_time));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Expired_prekey_is_nowhere_on_disk(bool isReading)
    {
        using var store = new OpenedStore(_temp.Path);
        using var ring = store.LoadPrekeys(_time);
        var first = ring.Current()!;
        var secret = SecretOf(store.Store.Prekeys.Load().Single());
        Assert.True(IsOnDisk(secret));
        _time.Advance(TimeSpan.FromDays(8));
        var second = ring.Current()!;
        ring.Published(second.Id, _time.GetUtcNow());
        _time.Advance(PrekeyRing.KeptAfter);

        using (var reader = isReading ? new SnapshotReader(_temp.Path) : null)
        {
            ring.Published(second.Id, _time.GetUtcNow());
            Assert.Equal(isReading, IsOnDisk(secret));
        }

        ring.Published(second.Id, _time.GetUtcNow());
        Assert.False(IsOnDisk(secret));
        Assert.True(IsOnDisk(SecretOf(store.Store.Prekeys.Load().Single())));
        Assert.NotEqual(first.Id, second.Id);
    }

    private static byte[] SecretOf(StoredPrekey prekey)
    {
        using var key = System.Security.Cryptography.ECDiffieHellman.Create();
        key.ImportPkcs8PrivateKey(prekey.PrivateKey, out _);
        return key.ExportParameters(includePrivateParameters: true).D!;
    }

    private bool IsOnDisk(byte[] secret) =>
        Directory
            .EnumerateFiles(_temp.Path, "peer.db*")
            .Any(path =>
            {
                using var file = new FileStream(
                    path,
                    FileMode.Open,
                    FileAccess.Read,
                    FileShare.ReadWrite | FileShare.Delete
                );
                var bytes = new byte[file.Length];
                file.ReadExactly(bytes);
                return bytes.AsSpan().IndexOf(secret) >= 0;
            });

    private PrekeyRing Load() => new(_store, _time, NullLogger<PrekeyRing>.Instance);

    private byte[] Seal(Prekey prekey) =>
        Envelope.Seal([EnvelopeMaker.Message("hello")], _sender.Key, _self.PeerId, prekey);

    private void AssertOpens(PrekeyRing ring, byte[] envelope) =>
        Assert.Equal(_sender.PeerId, ring.Open(envelope, _self.PeerId).Sender);

    private void AssertDoesNotOpen(PrekeyRing ring, byte[] envelope) =>
        Assert.Equal(
            EnvelopeError.UnknownPrekey,
            Assert.Throws<EnvelopeException>(() => ring.Open(envelope, _self.PeerId)).Error
        );

    /// <summary>Holds a snapshot of the database, so that the log cannot be emptied.</summary>
    private sealed class SnapshotReader : IDisposable
    {
        private readonly Microsoft.Data.Sqlite.SqliteConnection _connection;

        public SnapshotReader(string directory)
        {
            _connection = new($"Data Source={Path.Combine(directory, StoreFile.FileName)};Pooling=False");
            _connection.Open();
            StoreSchema.Execute(_connection, "BEGIN");
            _ = _connection.Scalar("SELECT count(*) FROM prekeys");
        }

        public void Dispose() => _connection.Dispose();
    }

    private sealed class FakePrekeyStore : IPrekeyStore
    {
        public IReadOnlyList<StoredPrekey> Saved { get; set; } = [];

        public bool IsFailing { get; set; }

        public IReadOnlyList<StoredPrekey> Load() => Saved;

        public void Save(IReadOnlyCollection<StoredPrekey> prekeys) =>
            Saved = IsFailing ? throw new IOException() : [.. prekeys];

        public PeerStartException Damaged(Exception cause) => new("damaged", cause);
    }
}
