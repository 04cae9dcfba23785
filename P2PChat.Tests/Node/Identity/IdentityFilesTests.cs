using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Node.Storage;

namespace P2PChat.Tests.Node.Identity;

public sealed class IdentityFilesTests : IDisposable
{
    private static readonly Username Bob = Username.Parse("bob");

    private readonly TempDirectory _temp = new();

    private string Data => Path.Combine(_temp.Path, "peers", "alice");

    [Fact]
    public void Key_survives_a_restart()
    {
        PeerId first;
        using (var data = DataDirectory.Open(Data))
        using (var identity = PeerIdentity.Open(data))
        {
            first = identity.PeerId;
        }

        using var again = DataDirectory.Open(Data);
        using var same = PeerIdentity.Open(again);
        Assert.Equal(first, same.PeerId);
    }

    [Fact]
    public void Files_are_readable_by_their_owner_only()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var data = DataDirectory.Open(Data);
        using var identity = PeerIdentity.Open(data);
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Data)
        );
        foreach (var file in Directory.GetFiles(Data))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public void Directory_in_use_is_refused()
    {
        using (DataDirectory.Open(Data))
        {
            var refusal = Assert.Throws<PeerStartException>(() => DataDirectory.Open(Data));
            Assert.StartsWith($"Another peer runs on {Data}", refusal.Message, StringComparison.Ordinal);
        }

        DataDirectory.Open(Data).Dispose();
    }

    [Fact]
    public void Unwritable_directory_is_reported()
    {
        var file = Path.Combine(_temp.Path, "file");
        File.WriteAllText(file, "");
        var refusal = Assert.Throws<PeerStartException>(() => DataDirectory.Open(Path.Combine(file, "below")));
        Assert.Contains(
            "cannot be written. Name another directory with --data",
            refusal.Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a key")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    [InlineData(
        "-----BEGIN PUBLIC "
            + "KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfY"
            + "Et6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n-----END "
            + "PUBLIC KEY-----\n"
    )]
    public void Damaged_key_is_refused_and_left_unchanged(string content)
    {
        using var data = DataDirectory.Open(Data);
        var file = Path.Combine(Data, "identity.pem");
        File.WriteAllText(file, content);

        var refusal = Assert.Throws<PeerStartException>(() => PeerIdentity.Open(data));
        Assert.Contains("Restore it from a backup, or move it away", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(file));
    }

    [Fact]
    public void Pins_and_sequences_survive_a_restart()
    {
        using var identity = PeerIdentity.Create();
        using var other = PeerIdentity.Create();
        var now = DateTimeOffset.UtcNow;
        ulong last;
        using (var store = new OpenedStore(Data))
        using (var contacts = store.LoadContacts())
        {
            contacts.Remember(Bob, identity.PeerId);
            Assert.True(contacts.NoteSequence(Bob, 7, DateTimeOffset.UtcNow));
            last = contacts.NextOwnSequence(now);
        }

        using var again = new OpenedStore(Data);
        using var loaded = again.LoadContacts();
        Assert.Equal(PinCheck.Same, loaded.Check(Bob, identity.PeerId));
        Assert.Equal(PinCheck.Changed, loaded.Check(Bob, other.PeerId));
        Assert.False(loaded.NoteSequence(Bob, 6, DateTimeOffset.UtcNow));
        Assert.True(loaded.NoteSequence(Bob, 7, DateTimeOffset.UtcNow));
        Assert.Equal(last + 1, loaded.NextOwnSequence(now.AddMinutes(-1)));
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 1)]
    [InlineData((ulong)long.MaxValue)]
    [InlineData(1_900_000_000_000UL)]
    public void Sequence_that_no_directory_accepts_is_ignored(ulong claimed)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);
        var contacts = Load();

        Assert.Equal(1_800_000_000_000UL, contacts.NextOwnSequence(now, claimed));
        Assert.Equal(1_800_000_000_001UL, contacts.NextOwnSequence(now));
        Assert.Equal(1_800_000_240_001UL, contacts.NextOwnSequence(now, 1_800_000_240_000));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    public void Own_sequence_from_a_clock_days_ahead_is_ignored(int days)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);
        using (var store = new OpenedStore(Data))
        using (var contacts = store.LoadContacts())
        {
            _ = contacts.NextOwnSequence(now.AddDays(days));
        }

        using var again = new OpenedStore(Data);
        using var loaded = again.LoadContacts();
        Assert.Equal(1_800_000_000_000UL, loaded.NextOwnSequence(now));
        Assert.Equal(1_800_000_000_001UL, loaded.NextOwnSequence(now));
    }

    [Fact]
    public void Own_sequence_never_exceeds_what_a_directory_accepts()
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);
        using var contacts = Load();
        Assert.Equal(1_800_000_300_000UL, contacts.NextOwnSequence(now.AddMinutes(5)));
        Assert.Equal(1_800_000_000_000UL, contacts.NextOwnSequence(now));
    }

    [Fact]
    public void Sequence_in_the_future_is_neither_kept_nor_enforced()
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);
        using var identity = PeerIdentity.Create();
        using var contacts = Load();
        foreach (var isContact in new[] { false, true })
        {
            if (isContact)
            {
                contacts.Remember(Bob, identity.PeerId);
            }

            Assert.True(contacts.NoteSequence(Bob, 1_800_000_300_001, now));
            Assert.True(contacts.NoteSequence(Bob, 1_800_000_000_000, now));
            Assert.False(contacts.NoteSequence(Bob, 1_799_999_999_999, now));
        }

        // Noted while the reader's own clock was ahead.
        Assert.True(contacts.NoteSequence(Bob, 1_800_086_400_000, now.AddDays(1)));
        Assert.True(contacts.NoteSequence(Bob, 1_800_000_000_000, now));
        Assert.False(contacts.NoteSequence(Bob, 1_799_999_999_999, now));
    }

    [Fact]
    public void Pin_is_not_changed_by_a_later_connection()
    {
        using var first = PeerIdentity.Create();
        using var second = PeerIdentity.Create();
        var contacts = Load();
        contacts.Remember(Bob, first.PeerId);
        contacts.Remember(Bob, second.PeerId);
        Assert.Equal(PinCheck.Same, contacts.Check(Bob, first.PeerId));
    }

    [Fact]
    public void Older_record_of_a_stranger_is_refused()
    {
        var contacts = Load();
        Assert.True(contacts.NoteSequence(Bob, 7, DateTimeOffset.UtcNow));
        Assert.True(contacts.NoteSequence(Bob, 7, DateTimeOffset.UtcNow));
        Assert.False(contacts.NoteSequence(Bob, 6, DateTimeOffset.UtcNow));
    }

    [Fact]
    public async Task Peer_does_not_start_on_a_directory_or_port_in_use()
    {
        using var first = PeerUnderTest.Build("http://127.0.0.1:1", "alice", options =>
            (options.Ephemeral, options.Data) = (false, Data)
        );
        await first.StartAsync();
        var port = (
            (P2PChat.Node.Links.PeerListener)first.Services.GetService(typeof(P2PChat.Node.Links.PeerListener))!
        ).Port;

        using var sameData = PeerUnderTest.Build("http://127.0.0.1:1", "alice", options =>
            (options.Ephemeral, options.Data) = (false, Data)
        );
        Assert.Contains(
            "Another peer runs on",
            (await Assert.ThrowsAsync<PeerStartException>(() => sameData.StartAsync())).Message,
            StringComparison.Ordinal
        );
        using var samePort = PeerUnderTest.Build("http://127.0.0.1:1", "bob", options => options.Port = port);
        Assert.Contains(
            $"Port {port}",
            (await Assert.ThrowsAsync<PeerStartException>(() => samePort.StartAsync())).Message,
            StringComparison.Ordinal
        );
        await first.StopAsync();
    }

    public void Dispose() => _temp.Dispose();

    private static Contacts Load() => new(null, NullLogger<Contacts>.Instance);
}
