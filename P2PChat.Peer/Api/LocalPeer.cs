using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using static P2PChat.Peer.Api.ContractMapping;

namespace P2PChat.Peer.Api;

/// <summary>The peer in this process. Refusals are <see cref="PeerException"/>s.</summary>
internal sealed class LocalPeer(
    StatusService status,
    ConnectionService connections,
    MessageService messages,
    LocalConversations conversations,
    LocalFiles files,
    LocalRooms rooms,
    InviteService invites,
    ContactService contacts,
    LocalProfiles profiles,
    SettingsService settings,
    PresenceService presence,
    BackupService backups,
    ConversationTrace trace,
    DoctorService doctor,
    EventLog events,
    ISignInLinks links
) : IPeer
{
    public IRooms Rooms => rooms;

    public Task<StatusResponse> GetStatusAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(status.Current.ToContract());

    public async Task<PeersResponse> ListPeersAsync(CancellationToken cancellationToken = default) =>
        new([
            .. (await connections.ListPeersAsync(cancellationToken)).Select(peer => peer.ToContract(profiles.Of(peer))),
        ]);

    public Task<RequestsResponse> ListRequestsAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(new RequestsResponse([.. connections.Requests.Select(request => request.ToContract())]));

    public Task<WebLinkResponse> CreateWebLinkAsync(CancellationToken cancellationToken = default)
    {
        var link = links.Create();
        return Task.FromResult(new WebLinkResponse(link.Url.AbsoluteUri, link.ExpiresAt));
    }

    public async Task<ConnectResponse> ConnectAsync(string username, CancellationToken cancellationToken = default)
    {
        var name = ParseUsername(username);
        return new ConnectResponse(name.Value, WaitsUntil: await connections.ConnectAsync(name, cancellationToken));
    }

    public async Task<ConnectResponse> ConnectByInviteAsync(string link, CancellationToken cancellationToken = default)
    {
        var (parsed, outcome) = await invites.JoinAsync(link, cancellationToken);
        return new ConnectResponse(parsed.Inviter.Value, (Client.JoinOutcome)outcome, Room: parsed.Room?.ToString());
    }

    public async Task<InviteItem> CreateInviteAsync(
        InviteRequest invite,
        string? idempotencyKey = null,
        CancellationToken cancellationToken = default
    ) => (await invites.CreateAsync(invite.Uses, invite.Days, idempotencyKey)).ToContract();

    public Task<InvitesResponse> ListInvitesAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(new InvitesResponse([.. invites.All.Select(invite => invite.ToContract())]));

    public Task RevokeInviteAsync(string id, CancellationToken cancellationToken = default) => invites.RevokeAsync(id);

    public Task AcceptAsync(string username, CancellationToken cancellationToken = default) =>
        Run(() => connections.Accept(ParseUsername(username)));

    public Task RejectAsync(string username, CancellationToken cancellationToken = default) =>
        Run(() => connections.Reject(ParseUsername(username)));

    public Task DisconnectAsync(string username, CancellationToken cancellationToken = default) =>
        Run(() => connections.Disconnect(ParseUsername(username)));

    public async Task<DoctorResponse> DoctorAsync(
        string? username = null,
        CancellationToken cancellationToken = default
    ) => (await doctor.CheckAsync(username is null ? null : ParseUsername(username), cancellationToken)).ToContract();

    public Task<ContactsResponse> ListContactsAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(
            new ContactsResponse([
                .. contacts.All.Select(contact =>
                    contact.ToContract(connections.PathTo(contact.Name), profiles.Of(contact))
                ),
            ])
        );

    public Task<FilesResponse> ListFilesAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(files.List());

    public async Task<FileItem> OfferFileAsync(
        string username,
        string path,
        string? mediaType = null,
        CancellationToken cancellationToken = default
    ) => await files.OfferAsync(ParseUsername(username), path, mediaType, cancellationToken);

    public async Task<UploadResponse> UploadFileAsync(
        string name,
        Stream content,
        CancellationToken cancellationToken = default
    ) => await files.UploadAsync(name, content, cancellationToken);

    public Task DeleteUploadAsync(Guid id, CancellationToken cancellationToken = default) =>
        Run(() => files.RemoveUpload(id));

    public async Task<FileItem> OfferUploadAsync(
        string username,
        Guid upload,
        string? mediaType = null,
        byte[]? preview = null,
        CancellationToken cancellationToken = default
    ) => await files.OfferUploadAsync(ParseUsername(username), upload, mediaType, preview);

    public Task DownloadFileAsync(
        string username,
        Guid id,
        Stream output,
        CancellationToken cancellationToken = default
    ) => files.DownloadAsync(ParseUsername(username), id, output, cancellationToken);

    public Task<FileItem> AcceptFileAsync(string username, Guid id, bool? yours, CancellationToken cancellationToken) =>
        Task.FromResult(files.Accept(ParseUsername(username), id, yours));

    public Task<FileItem> PauseFileAsync(string username, Guid id, bool? yours, CancellationToken cancellationToken) =>
        Task.FromResult(files.Pause(ParseUsername(username), id, yours));

    public Task<FileItem> CancelFileAsync(string username, Guid id, bool? yours, CancellationToken cancellationToken) =>
        Task.FromResult(files.Cancel(ParseUsername(username), id, yours));

    public async Task<SavedFileResponse> SaveFileAsync(
        string username,
        Guid id,
        string path,
        CancellationToken cancellationToken = default
    ) => await files.SaveAsync(ParseUsername(username), id, path, cancellationToken);

    public Task<TrustResponse> TrustAsync(
        string username,
        string? peerId,
        CancellationToken cancellationToken = default
    )
    {
        var accepted = contacts.Trust(ParseUsername(username), peerId);
        return Task.FromResult(new TrustResponse(accepted.ToString(), contacts.SafetyDigits(accepted)));
    }

    public Task SetNicknameAsync(string username, string? nickname, CancellationToken cancellationToken = default) =>
        Run(() => contacts.SetNickname(ParseUsername(username), nickname));

    public Task BlockAsync(string username, CancellationToken cancellationToken = default) =>
        contacts.BlockAsync(ParseUsername(username), cancellationToken);

    public Task UnblockAsync(string username, CancellationToken cancellationToken = default) =>
        Run(() => contacts.Unblock(ParseUsername(username)));

    public Task<SafetyResponse> GetSafetyAsync(string username, CancellationToken cancellationToken = default) =>
        Task.FromResult(contacts.Safety(ParseUsername(username)).ToContract());

    public Task<VerifyResponse> VerifyAsync(
        string username,
        string digits,
        CancellationToken cancellationToken = default
    ) => Task.FromResult(new VerifyResponse(contacts.Verify(ParseUsername(username), digits)));

    public Task<ProfileResponse> GetProfileAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(profiles.Get());

    public Task SetDisplayNameAsync(string? displayName, CancellationToken cancellationToken = default) =>
        Run(() => profiles.SetName(displayName));

    public Task SetPictureAsync(ReadOnlyMemory<byte>? picture, CancellationToken cancellationToken = default) =>
        Run(() => profiles.SetPicture(picture));

    public Task<PictureFile?> GetPictureAsync(string? username = null, CancellationToken cancellationToken = default) =>
        Task.FromResult(profiles.GetPicture(username));

    public Task<SettingsResponse> ListSettingsAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(new SettingsResponse([.. settings.All.Select(setting => setting.ToContract())]));

    public Task SetAsync(string name, string? value, CancellationToken cancellationToken = default) =>
        Run(() => settings.Set(name, value));

    public Task SetPresenceAsync(bool away, CancellationToken cancellationToken = default) =>
        Run(() => presence.SetAway(away));

    public Task BackUpAsync(BackupRequest backup, CancellationToken cancellationToken = default) =>
        backups.BackUpAsync(backup.Path, backup.Passphrase, backup.Force, cancellationToken);

    public Task<SendResponse> SendAsync(
        string username,
        string text,
        string? idempotencyKey = null,
        CancellationToken cancellationToken = default
    ) => conversations.SendAsync(ParseUsername(username), name => messages.SendAsync(name, text, idempotencyKey));

    public Task<SendResponse> ReplyAsync(
        string username,
        Guid replyTo,
        string text,
        string? idempotencyKey = null,
        bool? yours = null,
        CancellationToken cancellationToken = default
    ) =>
        conversations.SendAsync(ParseUsername(username), name =>
            messages.ReplyAsync(name, text, replyTo, idempotencyKey, yours)
        );

    public async Task<MessageItem> ReactAsync(
        string username,
        Guid id,
        string? emoji,
        bool? yours = null,
        CancellationToken cancellationToken = default
    ) => (await messages.ReactAsync(ParseUsername(username), id, emoji, yours)).ToContract();

    public async Task<MessageItem> EditMessageAsync(
        string username,
        Guid id,
        string text,
        CancellationToken cancellationToken = default
    ) => (await messages.EditAsync(ParseUsername(username), id, text)).ToContract();

    public Task<MessageInfoResponse> GetMessageAsync(
        string username,
        Guid id,
        bool? yours = null,
        CancellationToken cancellationToken = default
    ) => Task.FromResult(messages.InfoOf(ParseUsername(username), id, yours).ToContract());

    public Task<MessagesResponse> GetMessagesAsync(
        string username,
        int limit = 50,
        Guid? after = null,
        Guid? before = null,
        bool? yours = null,
        CancellationToken cancellationToken = default
    ) => Task.FromResult(messages.Page(ParseUsername(username), after, before, limit, yours).ToContract());

    public Task<SearchResponse> SearchAsync(
        string words,
        int limit = 50,
        long? before = null,
        CancellationToken cancellationToken = default
    ) => Task.FromResult(rooms.SearchAll(messages, words, before, limit, cancellationToken));

    public Task ExportAsync(string username, Stream output, CancellationToken cancellationToken = default) =>
        MessageExport.WriteAsync(messages.Export(ParseUsername(username)), output, cancellationToken);

    public Task DeleteMessageAsync(
        string username,
        Guid id,
        bool? yours = null,
        CancellationToken cancellationToken = default
    ) => messages.DeleteAsync(ParseUsername(username), id, yours);

    public Task DeleteMessageForEveryoneAsync(
        string username,
        Guid id,
        CancellationToken cancellationToken = default
    ) => messages.RemoveForAllAsync(ParseUsername(username), id);

    public async Task<DeletedResponse> DeleteMessagesAsync(
        string username,
        CancellationToken cancellationToken = default
    ) => new(await messages.DeleteAsync(ParseUsername(username), id: null));

    public Task MarkReadAsync(string username, Guid? upTo = null, CancellationToken cancellationToken = default) =>
        Run(() => messages.MarkRead(ParseUsername(username), upTo));

    public Task<ConversationsResponse> ListConversationsAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(conversations.List());

    public Task<ConversationItem> MarkConversationAsync(
        string username,
        MarksRequest marks,
        CancellationToken cancellationToken = default
    ) => Task.FromResult(conversations.Mark(ParseUsername(username), marks));

    public Task<TimerResponse> GetTimerAsync(string username, CancellationToken cancellationToken = default) =>
        Task.FromResult(conversations.TimerOf(ParseUsername(username)));

    public Task<TimerResponse> SetTimerAsync(
        string username,
        long seconds,
        CancellationToken cancellationToken = default
    ) => conversations.SetTimerAsync(ParseUsername(username), seconds);

    public Task SetTypingAsync(string username, bool active, CancellationToken cancellationToken = default) =>
        Run(() => presence.SetTyping(ParseUsername(username), active));

    public async Task<TraceResponse> TraceAsync(
        string username,
        string text,
        CancellationToken cancellationToken = default
    ) => (await trace.RunAsync(ParseUsername(username), text, cancellationToken)).ToContract();

    public Task<IAsyncEnumerable<ApiEvent>> ListenAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(ReadEventsAsync(events.Last, cancellationToken));

    /// <summary>Reads all events since the process started.</summary>
    public IAsyncEnumerable<ApiEvent> ReadAllEventsAsync(CancellationToken cancellationToken) =>
        ReadEventsAsync(after: 0, cancellationToken);

    private IAsyncEnumerable<ApiEvent> ReadEventsAsync(long after, CancellationToken cancellationToken) =>
        events.ReadAsync(after, cancellationToken).Select(peerEvent => peerEvent?.ToContract() ?? new ApiEvent.Reset());

    private static Task Run(Action action)
    {
        action();
        return Task.CompletedTask;
    }
}
