using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using P2PChat.Node.Backup;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Node.Storage.Import;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Tests.Node.Storage;

/// <summary>The first start after an older program, which kept contacts, prekeys and settings in files.</summary>
public sealed class FileImportTests : IDisposable
{
    private const int VersionBefore = 7;

    private static readonly Username Bob = Username.Parse("bob");
    private static readonly PeerId BobsKey = PeerId.FromHash([7, .. new byte[PeerId.Size - 1]]);
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Files_are_imported_and_deleted()
    {
        MakeOldStore();
        var other = PeerId.FromHash([8, .. new byte[PeerId.Size - 1]]);
        Write(
            ContactsFile.FileName,
            $$$$"""
            {"version":2,"ownSequence":7,"peers":{"bob":{"peerId":"{{{{BobsKey}}}}","sequence":3,"nickname":"Bobby",
            "verified":true,"otherKeys":["{{{{other}}}}"]},
            "carol":{"peerId":null,"sequence":0,"blocked":true,"stranger":true}}
              }
            """
        );
        Write(PrekeyFile.FileName, PrekeysJson());
        Write(SettingsFile.FileName, """{"chosen":{"typing":"off"}}""");

        // Twice: from the files, then from the tables.
        for (var start = 0; start < 2; start++)
        {
            using var store = new OpenedStore(_temp.Path);
            Assert.All(FileImport.FileNames, name => Assert.False(File.Exists(PathOf(name))));
            using var contacts = store.LoadContacts();
            Assert.Equivalent(
                new Contact(Bob, BobsKey, "Bobby", VerifiedBy.Comparison, Blocked: false) { OtherKeys = [other] },
                contacts.Find(Bob)
            );
            Assert.True(contacts.IsBlocked(Username.Parse("carol")));
            Assert.False(contacts.NoteSequence(Bob, 2, DateTimeOffset.UtcNow));
            Assert.Equal(8UL, contacts.NextOwnSequence(DateTimeOffset.UnixEpoch));
            using var prekeys = store.LoadPrekeys(new FakeTimeProvider(Now));
            Assert.Equal(42UL, prekeys.Current()!.Id);
            Assert.False(store.LoadPreferences().Typing);
            contacts.Flush();
            store.Store.Writer.Call(connection =>
                connection.Run("UPDATE meta SET value = x'0000000000000007' WHERE key = 'own_sequence'")
            );
        }
    }

    [Fact]
    public void Contacts_of_the_first_version_are_imported()
    {
        Write(
            ContactsFile.FileName,
            $$$$"""{"ownSequence":7,"peers":{"bob":{"peerId":"{{{{BobsKey}}}}","sequence":3}}}"""
        );

        using var store = new OpenedStore(_temp.Path);
        using var contacts = store.LoadContacts();

        Assert.Equal([new Contact(Bob, BobsKey, null, VerifiedBy.None, Blocked: false)], contacts.List());
        Assert.True(contacts.IsKnown(Bob, BobsKey));
    }

    [Fact]
    public void Block_without_a_key_is_imported_and_can_be_ended()
    {
        Write(
            ContactsFile.FileName,
            """{"version":2,"ownSequence":7,"peers":{"bob":{"peerId":null,"sequence":3,"blocked":true}}}"""
        );

        using var store = new OpenedStore(_temp.Path);
        using var contacts = store.LoadContacts();

        Assert.True(contacts.IsBlocked(Bob));
        Assert.True(contacts.Unblock(Bob));
        Assert.False(contacts.IsBlocked(Bob));
    }

    [Fact]
    public void Files_left_by_a_crash_after_the_import_are_only_deleted()
    {
        new OpenedStore(_temp.Path).Dispose();
        Write(
            ContactsFile.FileName,
            $$$$"""{"ownSequence":7,"peers":{"bob":{"peerId":"{{{{BobsKey}}}}","sequence":3}}}"""
        );

        using var store = new OpenedStore(_temp.Path);
        using var contacts = store.LoadContacts();

        Assert.Empty(contacts.List());
        Assert.False(File.Exists(PathOf(ContactsFile.FileName)));
    }

    [Fact]
    public void Accepted_peer_that_a_crash_left_unpinned_is_pinned()
    {
        MakeOldStore(
            """
            INSERT INTO peers (peer_id, username, accepted, epoch) VALUES ($bob, 'bob', 1, 1000);
            INSERT INTO peers (peer_id, username, accepted, ephemeral, epoch)
              VALUES (randomblob(32), 'carol', 1, 1, 1000);
            """
        );

        using var store = new OpenedStore(_temp.Path);
        using var contacts = store.LoadContacts();

        Assert.Equal([new Contact(Bob, BobsKey, null, VerifiedBy.None, Blocked: false)], contacts.List());
    }

    [Fact]
    public async Task Blocked_contact_that_a_crash_left_accepted_is_removed()
    {
        MakeOldStore(
            "INSERT INTO peers (peer_id, username, accepted, epoch, capability) VALUES ($bob, 'bob', 1, 1000, x'05')"
        );
        Write(
            ContactsFile.FileName,
            $$$$"""
            {"version":2,"ownSequence":7,"peers":{"bob":{"peerId":"{{{{BobsKey}}}}","sequence":3,"blocked":true}}}
            """
        );

        using var store = new OpenedStore(_temp.Path);

        Assert.Null(store.Store.Conversations.AcceptedName(BobsKey));
        Assert.Empty(store.Store.Capabilities.Granted());
        Assert.Equal([5], Assert.Single(await store.Store.Capabilities.RevokedAsync()));
    }

    [Theory]
    [InlineData("contacts.json", "")]
    [InlineData("contacts.json", "null")]
    [InlineData("contacts.json", "{}")]
    [InlineData("contacts.json", """{"ownSequence":1,"peers":null}""")]
    [InlineData("contacts.json", """{"ownSequence":1,"peers":{"bob":{"peerId":"nobody","sequence":1}}}""")]
    [InlineData("contacts.json", """{"ownSequence":1,"peers":{"bob":null}}""")]
    [InlineData(
        "contacts.json",
        """{"ownSequence":1,"peers":{"bob":{"peerId":null,"sequence":1,"otherKeys":[null]}}}"""
    )]
    [InlineData("contacts.json", """{"version":3,"ownSequence":7,"peers":{}}""")]
    [InlineData("prekeys.json", "")]
    [InlineData("prekeys.json", "{}")]
    [InlineData("prekeys.json", """{"prekeys":[null]}""")]
    [InlineData("prekeys.json", """{"prekeys":[{"id":1,"created":"2030-01-01T00:00:00+00:00","privateKey":"AAAA"}]}""")]
    [InlineData("prekeys.json", """{"prekeys":[{"id":1,"created":"2030-01-01T00:00:00+00:00","privateKey":"?"}]}""")]
    [InlineData("settings.json", "{")]
    [InlineData("settings.json", "{}")]
    [InlineData("settings.json", """{"chosen":{"typing":null}}""")]
    [InlineData("settings.json", """{"chosen":{"typing":"sometimes"}}""")]
    [InlineData("settings.json", """{"chosen":{"sounds":"on"}}""")]
    public void Damaged_file_is_refused_and_nothing_is_imported(string name, string content)
    {
        Write(PrekeyFile.FileName, PrekeysJson());
        Write(name, content);

        var refusal = Assert.Throws<PeerStartException>(() => new OpenedStore(_temp.Path));
        Assert.Contains(PathOf(name), refusal.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(PathOf(name)));

        File.Delete(PathOf(name));
        using var store = new OpenedStore(_temp.Path);
        Assert.Equal(name != PrekeyFile.FileName, store.Store.Prekeys.Load().Count == 1);
    }

    [Fact]
    public void Backup_of_an_older_program_is_imported_after_a_restore()
    {
        var file = PathOf("old.backup");
        WriteOldBackup(file);
        var restored = PathOf("restored");

        _ = BackupRestorer.Restore(file, restored, "passphrase", TimeProvider.System);
        Assert.True(File.Exists(Path.Combine(restored, ContactsFile.FileName)));

        using var store = new OpenedStore(restored);
        using var contacts = store.LoadContacts();
        Assert.Equal(BobsKey, contacts.Find(Bob)?.PeerId);
        Assert.Equal(42UL, store.Store.Prekeys.Load().Single().Id);
        Assert.False(File.Exists(Path.Combine(restored, ContactsFile.FileName)));
    }

    [Fact]
    public async Task Accepted_peer_is_pinned_in_the_same_transaction_unless_ephemeral()
    {
        var ephemeral = PeerId.FromHash([9, .. new byte[PeerId.Size - 1]]);
        using (var store = new OpenedStore(_temp.Path))
        {
            foreach (var (name, key) in new[] { ("bob", BobsKey), ("carol", ephemeral) })
            {
                var committed = new TaskCompletionSource();
                var writer = new ConversationWriter(
                    store.Store.Writer,
                    key,
                    epoch: 1000,
                    _ => committed.TrySetResult(),
                    failure => committed.TrySetException(failure)
                )
                {
                    IsEphemeral = key == ephemeral,
                };
                _ = writer.Add(new Change.Accepted(Username.Parse(name)), key: null);
                await committed.Task.WaitAsync(PeerUnderTest.Soon);
            }
        }

        using var again = new OpenedStore(_temp.Path);
        using var contacts = again.LoadContacts();
        Assert.Equal([new Contact(Bob, BobsKey, null, VerifiedBy.None, Blocked: false)], contacts.List());
    }

    private string PathOf(string name) => Path.Combine(_temp.Path, name);

    private void Write(string name, string content) => File.WriteAllText(PathOf(name), content);

    private static string PrekeysJson()
    {
        using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var text = Convert.ToBase64String(key.ExportPkcs8PrivateKey());
        return $$"""
            {"prekeys":[{"id":42,"created":"2030-01-01T00:00:00+00:00","replacedAt":null,"privateKey":"{{text}}"}]}
            """;
    }

    private void MakeOldStore(string rows = "")
    {
        using var directory = DataDirectory.Open(_temp.Path);
        using var identity = PeerIdentity.Open(directory);
        using var connection = new SqliteConnection($"Data Source={PathOf(StoreFile.FileName)};Pooling=False");
        connection.Open();
        StoreSchema.Execute(connection, $"PRAGMA application_id = {StoreSchema.ApplicationId};");
        StoreSchema.Migrate(connection, 0, VersionBefore);
        _ = connection.Run(
            "INSERT INTO meta VALUES ('identity', $self);" + rows,
            ("$self", identity.PeerId.Bytes.ToArray()),
            ("$bob", BobsKey.Bytes.ToArray())
        );
    }

    private static void WriteOldBackup(string file)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var kdf = new PassphraseKdf(1024, 1, 1, new byte[PassphraseKdf.SaltSize]);
        var (sealing, check) = kdf.Derive("passphrase");
        var header = BackupHeader.Create(kdf, BackupHeader.DefaultChunk, check);
        using var output = new FileStream(file, FileMode.CreateNew);
        output.Write(header.Bytes);
        using var writer = new SealingWriter(output, sealing, header.Bytes, header.Chunk);
        var self = PeerId.FromPublicKey(key.ExportSubjectPublicKeyInfo()).ToString();
        Add(BackupArchive.ManifestName, new BackupManifest("alice", self, Now).ToUtf8());
        Add(PeerIdentity.FileName, key.ExportPkcs8PrivateKeyPem());
        Add(
            ContactsFile.FileName,
            $$$$"""{"ownSequence":7,"peers":{"bob":{"peerId":"{{{{BobsKey}}}}","sequence":3}}}"""
        );
        Add(PrekeyFile.FileName, PrekeysJson());
        BackupArchive.WriteEnd(writer);

        void Add(string name, object content) =>
            BackupArchive.Write(
                writer,
                name,
                new MemoryStream(content as byte[] ?? System.Text.Encoding.UTF8.GetBytes((string)content))
            );
    }
}
