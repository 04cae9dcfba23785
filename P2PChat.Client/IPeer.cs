namespace P2PChat.Client;

/// <summary>Operations on one peer, as its local API and its console offer them.</summary>
/// <remarks>
/// A refusal is an exception whose message is a sentence for the user: <see cref="PeerApiException"/> from a
/// <see cref="RemotePeer"/>. A peer in the same process throws its own exception.
/// </remarks>
public interface IPeer
{
    /// <summary>The peer's rooms.</summary>
    IRooms Rooms { get; }

    Task<StatusResponse> GetStatusAsync(CancellationToken cancellationToken = default);

    /// <summary>Lists the peers of the directory.</summary>
    Task<PeersResponse> ListPeersAsync(CancellationToken cancellationToken = default);

    /// <summary>Lists the requests that wait for an answer.</summary>
    Task<RequestsResponse> ListRequestsAsync(CancellationToken cancellationToken = default);

    /// <summary>Creates a link that signs one browser in to the peer's page.</summary>
    Task<WebLinkResponse> CreateWebLinkAsync(CancellationToken cancellationToken = default);

    /// <summary>Asks to connect. The outcome is an event.</summary>
    Task<ConnectResponse> ConnectAsync(string username, CancellationToken cancellationToken = default);

    /// <summary>
    /// Pins the key in an invite link as verified, makes the inviter a contact, and asks to connect. If that is not
    /// possible now, the peer tries again by itself.
    /// </summary>
    Task<ConnectResponse> ConnectByInviteAsync(string link, CancellationToken cancellationToken = default);

    /// <summary>Makes an invite.</summary>
    /// <param name="idempotencyKey">Another call with the same key returns the first call's invite.</param>
    Task<InviteItem> CreateInviteAsync(
        InviteRequest invite,
        string? idempotencyKey = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Lists this peer's invites, newest first.</summary>
    Task<InvitesResponse> ListInvitesAsync(CancellationToken cancellationToken = default);

    /// <summary>Revokes an invite. Peers that have joined by it stay contacts.</summary>
    Task RevokeInviteAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Accepts a request.</summary>
    Task AcceptAsync(string username, CancellationToken cancellationToken = default);

    /// <summary>Rejects a request.</summary>
    Task RejectAsync(string username, CancellationToken cancellationToken = default);

    /// <summary>Ends a connection, or withdraws a request.</summary>
    Task DisconnectAsync(string username, CancellationToken cancellationToken = default);

    Task<ContactsResponse> ListContactsAsync(CancellationToken cancellationToken = default);

    /// <summary>Pins a contact's new key instead of the old one.</summary>
    /// <param name="peerId">The key to accept, or at least its first seven characters; null if only one was
    /// shown.</param>
    Task<TrustResponse> TrustAsync(string username, string? peerId, CancellationToken cancellationToken = default);

    /// <param name="nickname">Null to remove it.</param>
    Task SetNicknameAsync(string username, string? nickname, CancellationToken cancellationToken = default);

    Task BlockAsync(string username, CancellationToken cancellationToken = default);

    Task UnblockAsync(string username, CancellationToken cancellationToken = default);

    /// <summary>Gets the safety number shared with a contact.</summary>
    Task<SafetyResponse> GetSafetyAsync(string username, CancellationToken cancellationToken = default);

    /// <summary>Compares a safety number, and marks the contact as verified if it matches.</summary>
    Task<VerifyResponse> VerifyAsync(string username, string digits, CancellationToken cancellationToken = default);

    /// <summary>Gets how this peer's user wants to be shown.</summary>
    Task<ProfileResponse> GetProfileAsync(CancellationToken cancellationToken = default);

    /// <summary>Changes the name that contacts see next to the username.</summary>
    /// <param name="displayName">Null to remove it.</param>
    Task SetDisplayNameAsync(string? displayName, CancellationToken cancellationToken = default);

    /// <summary>Changes the picture that contacts see.</summary>
    /// <param name="picture">
    /// A PNG, JPEG or WebP file of at most 64 KiB and 512 × 512 pixels, without metadata; null to remove the picture.
    /// </param>
    Task SetPictureAsync(ReadOnlyMemory<byte>? picture, CancellationToken cancellationToken = default);

    /// <summary>Gets a picture.</summary>
    /// <param name="username">Null for this user's own.</param>
    /// <returns>Null if that user has none.</returns>
    Task<PictureFile?> GetPictureAsync(string? username = null, CancellationToken cancellationToken = default);

    Task<SettingsResponse> ListSettingsAsync(CancellationToken cancellationToken = default);

    /// <param name="value">Null to restore the value that the peer was started with.</param>
    Task SetAsync(string name, string? value, CancellationToken cancellationToken = default);

    /// <summary>Tells connected peers that the user is away, or back.</summary>
    Task SetPresenceAsync(bool away, CancellationToken cancellationToken = default);

    /// <summary>Writes a backup to a file.</summary>
    Task BackUpAsync(BackupRequest backup, CancellationToken cancellationToken = default);

    /// <summary>Sends a message. It is stored when this returns, whether the peers are connected or not.</summary>
    /// <param name="idempotencyKey">Another call with the same key and text returns the first call's message.</param>
    Task<SendResponse> SendAsync(
        string username,
        string text,
        string? idempotencyKey = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Sends a reply to a message. Otherwise like <see cref="SendAsync"/>.</summary>
    /// <param name="replyTo">The id of the message to reply to, from either side.</param>
    /// <param name="idempotencyKey">See <see cref="SendAsync"/>.</param>
    /// <param name="yours">Whether this peer's user has sent that message; null for either.</param>
    Task<SendResponse> ReplyAsync(
        string username,
        Guid replyTo,
        string text,
        string? idempotencyKey = null,
        bool? yours = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>
    /// Sets this user's reaction to a message. It is stored when this returns, and sent like a message.
    /// </summary>
    /// <param name="emoji">One emoji; null to remove the reaction.</param>
    /// <param name="yours">Whether this peer's user has sent the message; null for either.</param>
    /// <returns>The message with its reactions.</returns>
    Task<MessageItem> ReactAsync(
        string username,
        Guid id,
        string? emoji,
        bool? yours = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>
    /// Replaces the text of a message that this peer sent in the last 48 hours. The other user can see the earlier
    /// versions.
    /// </summary>
    /// <param name="text">At most 65528 bytes of UTF-8, see <see cref="EditRequest"/>.</param>
    /// <returns>The edited message.</returns>
    Task<MessageItem> EditMessageAsync(
        string username,
        Guid id,
        string text,
        CancellationToken cancellationToken = default
    );

    /// <summary>Gets a message with its times, its earlier versions and its changes.</summary>
    /// <param name="yours">Whether this peer's user has sent it; null for either.</param>
    Task<MessageInfoResponse> GetMessageAsync(
        string username,
        Guid id,
        bool? yours = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Lists the newest files of both sides, newest first, with their progress.</summary>
    Task<FilesResponse> ListFilesAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Offers a file. It is sent once the other user has accepted, and must stay where it is until then.
    /// </summary>
    /// <param name="path">An absolute path on the peer's machine.</param>
    /// <param name="mediaType">Null for the one that the extension suggests.</param>
    Task<FileItem> OfferFileAsync(
        string username,
        string path,
        string? mediaType = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Sends a file to the peer, which keeps it on its disk to offer it.</summary>
    /// <param name="name">The name that the other user sees.</param>
    Task<UploadResponse> UploadFileAsync(string name, Stream content, CancellationToken cancellationToken = default);

    /// <summary>Deletes an upload that was not offered.</summary>
    Task DeleteUploadAsync(Guid id, CancellationToken cancellationToken = default);

    /// <summary>Offers a file that was uploaded.</summary>
    /// <param name="mediaType">Null for the one that the extension suggests.</param>
    /// <param name="preview">A small PNG, JPEG or WebP picture of it; null for none.</param>
    Task<FileItem> OfferUploadAsync(
        string username,
        Guid upload,
        string? mediaType = null,
        byte[]? preview = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Writes a received file to a stream.</summary>
    Task DownloadFileAsync(string username, Guid id, Stream output, CancellationToken cancellationToken = default);

    /// <summary>Accepts an offer, or resumes after a pause.</summary>
    /// <param name="yours">Whether this peer's user has offered it; null for either.</param>
    Task<FileItem> AcceptFileAsync(
        string username,
        Guid id,
        bool? yours = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Pauses a transfer.</summary>
    /// <param name="yours">Whether this peer's user has offered it; null for either.</param>
    Task<FileItem> PauseFileAsync(
        string username,
        Guid id,
        bool? yours = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Ends a transfer on both sides, or declines an offer.</summary>
    /// <param name="yours">Whether this peer's user has offered it; null for either.</param>
    Task<FileItem> CancelFileAsync(
        string username,
        Guid id,
        bool? yours = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Copies a received file.</summary>
    /// <param name="path">An absolute path on the peer's machine: a folder, or a file that does not exist yet.</param>
    Task<SavedFileResponse> SaveFileAsync(
        string username,
        Guid id,
        string path,
        CancellationToken cancellationToken = default
    );

    /// <summary>
    /// Gets messages, oldest first: the first ones after <paramref name="after"/>, the last ones before
    /// <paramref name="before"/>, or the newest.
    /// </summary>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="yours">Whether this peer's user has sent the message with that id; null for either.</param>
    Task<MessagesResponse> GetMessagesAsync(
        string username,
        int limit = 50,
        Guid? after = null,
        Guid? before = null,
        bool? yours = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Finds messages that contain all the words, newest first. The last word may be incomplete.</summary>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="before">The value from an earlier page; null for the newest.</param>
    Task<SearchResponse> SearchAsync(
        string words,
        int limit = 50,
        long? before = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Writes all messages with a peer, oldest first, as JSON lines.</summary>
    Task ExportAsync(string username, Stream output, CancellationToken cancellationToken = default);

    /// <summary>Deletes one message, on this side only.</summary>
    /// <param name="yours">Whether this peer's user has sent it; null for either.</param>
    Task DeleteMessageAsync(
        string username,
        Guid id,
        bool? yours = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Deletes a message that this peer sent, on both sides.</summary>
    Task DeleteMessageForEveryoneAsync(string username, Guid id, CancellationToken cancellationToken = default);

    /// <summary>Deletes all messages with a peer, on this side only.</summary>
    Task<DeletedResponse> DeleteMessagesAsync(string username, CancellationToken cancellationToken = default);

    /// <summary>Marks messages as read.</summary>
    /// <param name="upTo">The last message that was read; null for all that have been received.</param>
    Task MarkReadAsync(string username, Guid? upTo = null, CancellationToken cancellationToken = default);

    /// <summary>Lists the conversations, with their unread messages and marks.</summary>
    Task<ConversationsResponse> ListConversationsAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Pins, archives or mutes a conversation, or marks messages as unread, on this side only. What is null stays as it
    /// is.
    /// </summary>
    Task<ConversationItem> MarkConversationAsync(
        string username,
        MarksRequest marks,
        CancellationToken cancellationToken = default
    );

    /// <summary>Gets how long messages of a conversation stay before they disappear.</summary>
    Task<TimerResponse> GetTimerAsync(string username, CancellationToken cancellationToken = default);

    /// <summary>
    /// Sets how long new messages of both sides stay before they disappear. The other side is told. Screenshots, copies
    /// and backups remain.
    /// </summary>
    /// <param name="seconds">0 to turn it off; otherwise 300 (5 minutes) to 7,776,000 (90 days).</param>
    Task<TimerResponse> SetTimerAsync(string username, long seconds, CancellationToken cancellationToken = default);

    /// <summary>Tells a connected peer that the user started or stopped typing.</summary>
    Task SetTypingAsync(string username, bool active, CancellationToken cancellationToken = default);

    /// <summary>
    /// Registers again, connects again, sends a message and waits for its acknowledgement, all in one trace.
    /// </summary>
    Task<TraceResponse> TraceAsync(string username, string text, CancellationToken cancellationToken = default);

    /// <summary>
    /// Finds out why a peer can or cannot be reached. Takes at most 15 s, and disturbs no open connection.
    /// </summary>
    /// <param name="username">Null to check this peer's own network only.</param>
    Task<DoctorResponse> DoctorAsync(string? username = null, CancellationToken cancellationToken = default);

    /// <summary>Subscribes to events. Nothing that happens after this returns is missed.</summary>
    Task<IAsyncEnumerable<ApiEvent>> ListenAsync(CancellationToken cancellationToken = default);
}
