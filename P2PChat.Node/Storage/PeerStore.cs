using Microsoft.Data.Sqlite;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage.Import;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using SQLitePCL;

namespace P2PChat.Node.Storage;

/// <summary>
/// The peer's database. One thread writes; each reader has its own connection and sees committed rows. Thread-safe.
/// </summary>
internal sealed class PeerStore : IDisposable
{
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(30);

    private readonly StoreDatabase _database;

    private PeerStore(StoreDatabase database, Username self, TimeProvider timeProvider, ILogger logger)
    {
        _database = database;
        Writer = new StoreWriter(database, self, Gathering, timeProvider, logger);
        Conversations = new ConversationTable(database, Writer, logger);
        Messages = new MessageTable(database, self);
        Details = new MessageDetails(database, self);
        Overview = new StoredOverview(database);
        Capabilities = new CapabilityTable(database, Writer);
        Keys = new IdempotencyTable(database);
        Meta = new MetaTable(database, Writer);
        Contacts = new ContactTable(database, Writer);
        Prekeys = new PrekeyTable(database, Writer);
        Settings = new SettingTable(database, Writer);
        Invites = new InviteTable(database, Writer);
        MailRequests = new MailRequestTable(database, Writer);
        Joined = new JoinedTable(database, Writer);
        Marks = new ChatMarkTable(database, Writer);
        Rooms = new RoomTable(database, Writer);
        Disappearing = new DisappearingTable(database, Writer, self);
        Profiles = new ProfileTable(database, Writer);
        Transfers = new TransferTable(database, Writer);
        StaleTransfers = new StaleTransferTable(database, Writer);
        Received = new ReceivedFileTable(database, Writer);
        Copies = new CopyTable(database, Writer);
    }

    /// <summary>Whether its content is lost when the process ends.</summary>
    public bool IsTemporary => _database.IsTemporary;

    /// <summary>
    /// Whether a temporary store has lost work that nobody waited for. From then on callers wait for all work.
    /// </summary>
    public bool HasLostWrites => IsTemporary && Writer.HasFailed;

    public StoreWriter Writer { get; }

    public ConversationTable Conversations { get; }

    public MessageTable Messages { get; }

    public MessageDetails Details { get; }

    public StoredOverview Overview { get; }

    public CapabilityTable Capabilities { get; }

    public IdempotencyTable Keys { get; }

    public MetaTable Meta { get; }

    public ContactTable Contacts { get; }

    public PrekeyTable Prekeys { get; }

    public SettingTable Settings { get; }

    public InviteTable Invites { get; }

    public MailRequestTable MailRequests { get; }

    public JoinedTable Joined { get; }

    public ChatMarkTable Marks { get; }

    public RoomTable Rooms { get; }

    public DisappearingTable Disappearing { get; }

    public ProfileTable Profiles { get; }

    public CopyTable Copies { get; }

    public TransferTable Transfers { get; }

    public StaleTransferTable StaleTransfers { get; }

    public ReceivedFileTable Received { get; }

    /// <param name="directory">Null for a store in memory.</param>
    /// <param name="timeProvider">
    /// The clock of the times at which messages are delivered; null for the system's.
    /// </param>
    /// <exception cref="PeerStartException">
    /// The file is damaged, newer, another peer's, or cannot be written.
    /// </exception>
    public static PeerStore Open(
        DataDirectory? directory,
        PeerIdentity identity,
        Username self,
        ILogger<PeerStore> logger,
        TimeProvider? timeProvider = null
    )
    {
        StoreDatabase database = directory is null
            ? new StoreMemory(identity.PeerId)
            : StoreFile.Open(directory.FullPath, identity.PeerId);
        try
        {
            if (directory is not null)
            {
                FileImport.Run(database, directory);
            }

            return new PeerStore(database, self, timeProvider ?? TimeProvider.System, logger);
        }
        catch (SqliteException exception)
        {
            throw new PeerStartException(StoreException.Of(exception).Message, exception);
        }
    }

    /// <summary>
    /// Returns the messages once all waiting work of conversations is written. It does not wait for what is saved by a
    /// call to the writer, such as the state of a transfer or a copy: await that call.
    /// </summary>
    public MessageTable AfterFlush()
    {
        Writer.Settle(FlushTimeout);
        return Messages;
    }

    /// <summary>Returns the overview once all waiting work is written. Only a temporary store may be behind.</summary>
    public StoredOverview OverviewAfterFlush()
    {
        if (IsTemporary)
        {
            Writer.Settle(FlushTimeout);
        }

        return Overview;
    }

    /// <summary>
    /// Returns the messages after indexing. After an upgrade, indexing a long history may take longer than a search
    /// waits, and older messages are not found until then.
    /// </summary>
    public MessageTable AfterIndexing()
    {
        WaitForIndex();
        return Messages;
    }

    /// <summary>The same for the texts of rooms.</summary>
    public RoomTable RoomsAfterIndexing()
    {
        WaitForIndex();
        return Rooms;
    }

    /// <inheritdoc cref="MessageTable.Delete"/>
    /// <exception cref="StoreException">The messages cannot be deleted.</exception>
    public async Task<int> DeleteAsync(Username with, Guid? id, bool? isOurs = null)
    {
        var deleted = 0;
        await Writer.CallAsync(connection =>
        {
            deleted = MessageTable.Delete(connection, with, id, isOurs);
            Writer.MessagesMayBegin = true;
            ChatMarkTable.AfterDelete(connection, with);
        });
        return deleted;
    }

    /// <summary>Finds the messages that the other side has lost, after all waiting work is written.</summary>
    /// <param name="after">Older messages are not sent again.</param>
    /// <exception cref="StoreException">The messages cannot be read.</exception>
    public async Task<StoredRecall> RecallAsync(PeerId remote, SessionEffect.Recall asked, DateTimeOffset after)
    {
        StoredRecall? found = null;
        await Writer.CallAsync(connection => found = StoredRecall.Find(connection, remote, asked, after));
        return found!;
    }

    /// <summary>Copies the committed data to a new file. Writes continue meanwhile.</summary>
    /// <exception cref="StoreException">The store cannot be read, or the disk is full.</exception>
    /// <exception cref="IOException">The file cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be created.</exception>
    public Task CopyAsync(string path, CancellationToken cancellationToken) =>
        Task.Run(
            () =>
            {
                // SQLite accepts an empty file as a new database, and this one has its owner's rights.
                new FileStream(path, DataDirectory.Options(FileMode.CreateNew)).Dispose();
                _ = _database.ReadOutsideTransaction(connection =>
                {
                    try
                    {
                        return connection.Run("VACUUM INTO $path", ("$path", path));
                    }
                    catch (SqliteException exception) when (exception.SqliteErrorCode == raw.SQLITE_FULL)
                    {
                        throw StoreException.Of(exception);
                    }
                });
            },
            cancellationToken
        );

    public void Dispose()
    {
        Writer.Dispose();
        _database.Dispose();
    }

    private void WaitForIndex()
    {
        try
        {
            using var timeout = new CancellationTokenSource();
            if (!Writer.IndexWordsAsync(timeout.Token).Wait(FlushTimeout))
            {
                timeout.Cancel();
            }
        }
        catch (AggregateException exception) when (exception.InnerException is StoreException)
        {
            // A search works on a full disk too, without the newest messages.
        }
    }
}
