namespace P2PChat.Client;

/// <summary>
/// The rooms of a peer. A room is named by its id, never by its name, which its moderators choose; a person by a
/// username, with a question mark if it is not checked, or the beginning of a key; a message by its id.
/// </summary>
/// <remarks>Refusals are exceptions, as those of <see cref="IPeer"/>.</remarks>
public interface IRooms
{
    Task<RoomsResponse> ListAsync(CancellationToken cancellationToken = default);

    Task<RoomItem> GetAsync(string room, CancellationToken cancellationToken = default);

    /// <summary>Creates a room that this user owns.</summary>
    Task<RoomItem> CreateAsync(RoomRequest room, CancellationToken cancellationToken = default);

    /// <summary>Deletes this peer's copy of a room that it has left, or of which it is the only member.</summary>
    Task DeleteAsync(string room, CancellationToken cancellationToken = default);

    /// <summary>Invites a contact.</summary>
    Task InviteAsync(string room, string username, CancellationToken cancellationToken = default);

    /// <summary>Makes a link by which others join. Only the owner and moderators can.</summary>
    /// <remarks>To join by a link, use <see cref="IPeer.ConnectByInviteAsync"/>.</remarks>
    /// <param name="idempotencyKey">Another call with the same key returns the first call's link.</param>
    Task<RoomLinkItem> CreateLinkAsync(
        string room,
        NewRoomLinkRequest link,
        string? idempotencyKey = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Lists the links that this peer has made to a room, newest first.</summary>
    Task<RoomLinksResponse> ListLinksAsync(string room, CancellationToken cancellationToken = default);

    /// <summary>Revokes a link. Those who have joined by it stay members.</summary>
    Task RevokeLinkAsync(string room, string id, CancellationToken cancellationToken = default);

    /// <summary>Accepts an invitation.</summary>
    Task JoinAsync(string room, CancellationToken cancellationToken = default);

    /// <summary>Leaves a room, or declines an invitation.</summary>
    Task LeaveAsync(string room, CancellationToken cancellationToken = default);

    /// <summary>Removes a member, or withdraws an invitation.</summary>
    Task RemoveAsync(string room, string person, CancellationToken cancellationToken = default);

    /// <summary>Changes a member's role. <see cref="RoomRole.Owner"/> hands the room over.</summary>
    Task SetRoleAsync(string room, string person, RoomRole role, CancellationToken cancellationToken = default);

    Task RenameAsync(string room, string name, CancellationToken cancellationToken = default);

    /// <summary>Changes the picture. Only the owner and moderators can.</summary>
    /// <param name="picture">
    /// A PNG, JPEG or WebP file of at most 60 KiB and 512 × 512 pixels, without metadata; null to remove the picture.
    /// </param>
    Task SetPictureAsync(string room, ReadOnlyMemory<byte>? picture, CancellationToken cancellationToken = default);

    /// <returns>Null if the room has no picture.</returns>
    Task<PictureFile?> GetPictureAsync(string room, CancellationToken cancellationToken = default);

    Task<RoomMembersResponse> GetMembersAsync(string room, CancellationToken cancellationToken = default);

    /// <summary>Sets which messages notify the user.</summary>
    Task SetNotifyAsync(string room, RoomNotify notify, CancellationToken cancellationToken = default);

    /// <summary>Sends a message to all members. It is stored when this returns.</summary>
    /// <param name="idempotencyKey">Another call with the same key and text returns the first call's message.</param>
    Task<RoomMessageItem> SendAsync(
        string room,
        string text,
        string? replyTo = null,
        string? idempotencyKey = null,
        CancellationToken cancellationToken = default
    );

    /// <param name="emoji">One emoji; null to remove the reaction.</param>
    Task<RoomMessageItem> ReactAsync(
        string room,
        string id,
        string? emoji,
        CancellationToken cancellationToken = default
    );

    /// <summary>Edits a message that this user sent in the last 48 hours.</summary>
    Task<RoomMessageItem> EditAsync(string room, string id, string text, CancellationToken cancellationToken = default);

    /// <summary>Deletes a message that this user sent, for all members.</summary>
    Task DeleteMessageAsync(string room, string id, CancellationToken cancellationToken = default);

    /// <summary>Deletes any member's message, on this peer only.</summary>
    Task DeleteMessageHereAsync(string room, string id, CancellationToken cancellationToken = default);

    /// <summary>Reads the newest messages, the oldest after one, or the newest before one.</summary>
    /// <param name="limit">1 to 1000.</param>
    Task<RoomMessagesResponse> GetMessagesAsync(
        string room,
        int limit = 50,
        string? after = null,
        string? before = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>
    /// Finds messages of all rooms that contain all words, the newest first. The last word may be incomplete. Messages
    /// of blocked members are left out.
    /// </summary>
    /// <param name="limit">1 to 1000.</param>
    /// <param name="before">The <see cref="RoomSearchResponse.Next"/> of an earlier page.</param>
    Task<RoomSearchResponse> SearchAsync(
        string words,
        int limit = 50,
        long? before = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>
    /// Writes all messages of a room as JSON lines, oldest first. Each line is a <see cref="RoomMessageItem"/>.
    /// </summary>
    Task ExportAsync(string room, Stream output, CancellationToken cancellationToken = default);

    /// <exception cref="PeerApiException">There is no such message.</exception>
    Task<RoomMessageItem> GetMessageAsync(string room, string id, CancellationToken cancellationToken = default);

    /// <summary>Gets a message with its earlier versions, its changes, and who has it.</summary>
    Task<RoomMessageInfoResponse> GetMessageInfoAsync(
        string room,
        string id,
        CancellationToken cancellationToken = default
    );

    /// <summary>Marks messages as read.</summary>
    /// <param name="upTo">The last message that was read; null for all.</param>
    Task MarkReadAsync(string room, string? upTo = null, CancellationToken cancellationToken = default);

    /// <summary>Marks a message and those after it as unread, on this peer only.</summary>
    Task MarkUnreadAsync(string room, string from, CancellationToken cancellationToken = default);

    /// <summary>Tells the members whether this user is typing.</summary>
    Task SetTypingAsync(string room, bool active, CancellationToken cancellationToken = default);
}
