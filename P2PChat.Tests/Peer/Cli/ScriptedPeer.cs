using P2PChat.Client;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>A peer whose answers the test chooses. Operations that no test needs throw.</summary>
internal sealed class ScriptedPeer : IPeer
{
    public IRooms Rooms => throw new NotSupportedException();

    public Guid MessageId { get; } = Guid.NewGuid();

    public SendRoute Route { get; set; } = SendRoute.Link;

    /// <summary>Runs before a send returns.</summary>
    public Action BeforeSent { get; set; } = () => { };

    /// <summary>Thrown by requests, answers, sends and exports; null if they succeed.</summary>
    public Exception? Refusal { get; set; }

    public List<BackupRequest> Backups { get; } = [];

    /// <summary>The invite links that were used.</summary>
    public List<string> Links { get; } = [];

    public int Deletions { get; private set; }

    public IReadOnlyList<FileItem> Files { get; set; } = [];

    /// <summary>The files that were accepted, and whether they are this user's.</summary>
    public List<(Guid Id, bool Yours)> Accepted { get; } = [];

    public Task<DoctorResponse> DoctorAsync(string? username, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public async Task<ConnectResponse> ConnectAsync(string username, CancellationToken cancellationToken)
    {
        await RunAsync();
        return new ConnectResponse(username);
    }

    public Task<ConnectResponse> ConnectByInviteAsync(string link, CancellationToken cancellationToken)
    {
        Links.Add(link);
        return Task.FromResult(new ConnectResponse("alice", JoinOutcome.Waiting));
    }

    public Task<InviteItem> CreateInviteAsync(
        InviteRequest invite,
        string? idempotencyKey,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();

    public Task<InvitesResponse> ListInvitesAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task RevokeInviteAsync(string id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task AcceptAsync(string username, CancellationToken cancellationToken) => RunAsync();

    public Task RejectAsync(string username, CancellationToken cancellationToken) => RunAsync();

    public Task DisconnectAsync(string username, CancellationToken cancellationToken) => RunAsync();

    public async Task<SendResponse> SendAsync(
        string username,
        string text,
        string? idempotencyKey,
        CancellationToken cancellationToken
    )
    {
        await RunAsync();
        BeforeSent();
        return new SendResponse(MessageId, Route);
    }

    public Task BackUpAsync(BackupRequest backup, CancellationToken cancellationToken)
    {
        Backups.Add(backup);
        return Task.CompletedTask;
    }

    public Task<VerifyResponse> VerifyAsync(string username, string digits, CancellationToken cancellationToken) =>
        Task.FromResult(new VerifyResponse(digits == "the same"));

    public Task<WebLinkResponse> CreateWebLinkAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new WebLinkResponse("http://alice.localhost:1/login?code=c", DateTimeOffset.UnixEpoch));

    public Task DeleteMessageAsync(string username, Guid id, bool? yours, CancellationToken cancellationToken)
    {
        Deletions++;
        return Task.CompletedTask;
    }

    public Task<DeletedResponse> DeleteMessagesAsync(string username, CancellationToken cancellationToken)
    {
        Deletions++;
        return Task.FromResult(new DeletedResponse(12));
    }

    public Task<StatusResponse> GetStatusAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<PeersResponse> ListPeersAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<RequestsResponse> ListRequestsAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<ContactsResponse> ListContactsAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new ContactsResponse([]));

    public Task<TrustResponse> TrustAsync(string username, string? peerId, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task SetNicknameAsync(string username, string? nickname, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task BlockAsync(string username, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task UnblockAsync(string username, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<SafetyResponse> GetSafetyAsync(string username, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<ProfileResponse> GetProfileAsync(CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task SetDisplayNameAsync(string? displayName, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task SetPictureAsync(ReadOnlyMemory<byte>? picture, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task<PictureFile?> GetPictureAsync(string? username = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task<SettingsResponse> ListSettingsAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task SetAsync(string name, string? value, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task SetPresenceAsync(bool away, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<SendResponse> ReplyAsync(
        string username,
        Guid replyTo,
        string text,
        string? idempotencyKey,
        bool? yours,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();

    public Task<MessageItem> ReactAsync(
        string username,
        Guid id,
        string? emoji,
        bool? yours,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();

    public Task<MessageItem> EditMessageAsync(
        string username,
        Guid id,
        string text,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();

    public Task<FilesResponse> ListFilesAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new FilesResponse(Files));

    public Task<FileItem> OfferFileAsync(
        string username,
        string path,
        string? mediaType,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();

    public Task<UploadResponse> UploadFileAsync(string name, Stream content, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task DeleteUploadAsync(Guid id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<FileItem> OfferUploadAsync(
        string username,
        Guid upload,
        string? mediaType,
        byte[]? preview,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();

    public Task DownloadFileAsync(string username, Guid id, Stream output, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<FileItem> AcceptFileAsync(string username, Guid id, bool? yours, CancellationToken cancellationToken)
    {
        Accepted.Add((id, yours == true));
        return Task.FromResult(Files.First(file => file.Id == id));
    }

    public Task<FileItem> PauseFileAsync(string username, Guid id, bool? yours, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<FileItem> CancelFileAsync(string username, Guid id, bool? yours, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<SavedFileResponse> SaveFileAsync(
        string username,
        Guid id,
        string path,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();

    public Task<MessageInfoResponse> GetMessageAsync(
        string username,
        Guid id,
        bool? yours,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();

    public Task DeleteMessageForEveryoneAsync(string username, Guid id, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<MessagesResponse> GetMessagesAsync(
        string username,
        int limit,
        Guid? after,
        Guid? before,
        bool? yours,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();

    public Task<SearchResponse> SearchAsync(
        string words,
        int limit,
        long? before,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();

    public async Task ExportAsync(string username, Stream output, CancellationToken cancellationToken)
    {
        await output.WriteAsync("{}\n"u8.ToArray(), cancellationToken);
        await RunAsync();
    }

    public Task MarkReadAsync(string username, Guid? upTo, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<ConversationsResponse> ListConversationsAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<ConversationItem> MarkConversationAsync(
        string username,
        MarksRequest marks,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();

    public Task<TimerResponse> GetTimerAsync(string username, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<TimerResponse> SetTimerAsync(string username, long seconds, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task SetTypingAsync(string username, bool active, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<TraceResponse> TraceAsync(string username, string text, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IAsyncEnumerable<ApiEvent>> ListenAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    private Task RunAsync() => Refusal is null ? Task.CompletedTask : Task.FromException(Refusal);
}
