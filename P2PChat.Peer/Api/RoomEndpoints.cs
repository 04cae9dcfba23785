using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Peer.Api;

/// <summary>Endpoints for rooms. A room is named by its id.</summary>
internal static class RoomEndpoints
{
    private const int MaxPage = 1000;
    private const string Room = "/rooms/{room}";
    private const string Member = $"{Room}/members/{{person}}";
    private const string Message = $"{Room}/messages/{{id}}";
    private const string Picture = $"{Room}/picture";

    public static void MapRooms(this IEndpointRouteBuilder api)
    {
        api.MapGet("/rooms", (IPeer peer) => peer.Rooms.ListAsync()).WithSummary("The rooms of this peer.");
        api.MapPost("/rooms", CreateAsync).WithSummary("Creates a room that this user owns.");
        api.MapGet(Room, (string room, IPeer peer) => peer.Rooms.GetAsync(room)).WithSummary("A room.");
        api.MapDelete(Room, (string room, IPeer peer) => Run(peer.Rooms.DeleteAsync(room)))
            .WithSummary("Deletes this peer's copy of a room that it has left, or of which it is the only member.");
        api.MapPut($"{Room}/name", (string room, RoomNameRequest body, IPeer peer) =>
                Run(peer.Rooms.RenameAsync(room, body.Name))
            )
            .WithSummary("Renames a room.");
        api.MapGet(Picture, SendPicture).SendsPicture().WithSummary("The picture of a room.");
        api.MapPut(Picture, SetPictureAsync)
            .WithSummary("Changes the picture of a room: a PNG, JPEG or WebP file of at most 60 KiB without metadata.")
            .TakesPicture();
        api.MapDelete(Picture, (string room, IPeer peer) => Run(peer.Rooms.SetPictureAsync(room, null)))
            .WithSummary("Removes the picture of a room.");
        api.MapPut($"{Room}/notify", (string room, RoomNotifyRequest body, IPeer peer) =>
                Run(peer.Rooms.SetNotifyAsync(room, body.Notify))
            )
            .WithSummary("Sets which messages of a room notify the user.");
        api.MapPost($"{Room}/invites", (string room, RoomInviteRequest body, IPeer peer) =>
                Run(peer.Rooms.InviteAsync(room, body.Username))
            )
            .WithSummary("Invites a contact to a room.");
        api.MapGet($"{Room}/links", ListLinksAsync)
            .WithSummary("The invite links that this peer has made to a room, newest first.");
        api.MapPost($"{Room}/links", CreateLinkAsync).WithSummary("Makes a link by which others join a room.");
        api.MapDelete($"{Room}/links/{{id}}", (string room, string id, IPeer peer) =>
                Run(peer.Rooms.RevokeLinkAsync(room, id))
            )
            .WithSummary("Revokes a link. Those who have joined by it stay members.");
        api.MapPost($"{Room}/join", (string room, IPeer peer) => Run(peer.Rooms.JoinAsync(room)))
            .WithSummary("Accepts an invitation to a room.");
        api.MapPost($"{Room}/leave", (string room, IPeer peer) => Run(peer.Rooms.LeaveAsync(room)))
            .WithSummary("Leaves a room, or declines an invitation.");
        api.MapGet($"{Room}/members", (string room, IPeer peer) => peer.Rooms.GetMembersAsync(room))
            .WithSummary("The members of a room, and who is invited.");
        api.MapDelete(Member, (string room, string person, IPeer peer) => Run(peer.Rooms.RemoveAsync(room, person)))
            .WithSummary("Removes a member, or withdraws an invitation.");
        api.MapPut($"{Member}/role", SetRoleAsync)
            .WithSummary("Changes a member's role. The role owner hands the room over.");
        MapMessages(api);
    }

    private static void MapMessages(IEndpointRouteBuilder api)
    {
        api.MapGet($"{Room}/messages", GetMessagesAsync)
            .WithSummary("Messages of a room: the newest, the oldest after one, or the newest before one.");
        api.MapPost($"{Room}/messages", SendAsync).WithSummary("Sends a message to all members.");
        api.MapGet(Message, (string room, string id, IPeer peer) => peer.Rooms.GetMessageAsync(room, id))
            .WithSummary("A message of a room.");
        api.MapPatch(Message, EditAsync).WithSummary("Edits a message that this user sent in the last 48 hours.");
        api.MapGet($"{Message}/info", (string room, string id, IPeer peer) => peer.Rooms.GetMessageInfoAsync(room, id))
            .WithSummary("A message of a room with its earlier versions and its changes, and who has it.");
        api.MapDelete(Message, DeleteAsync)
            .WithSummary(
                "Deletes a message that this user sent, for all members, even without ?for, unlike in a conversation. "
                    + "With ?for=me, deletes any message on this peer only."
            );
        api.MapPut($"{Message}/reaction", (string room, string id, ReactionRequest body, IPeer peer) =>
                peer.Rooms.ReactAsync(room, id, body.Emoji)
            )
            .WithSummary("Sets this user's reaction to a message.");
        api.MapDelete($"{Message}/reaction", (string room, string id, IPeer peer) =>
                peer.Rooms.ReactAsync(room, id, emoji: null)
            )
            .WithSummary("Removes this user's reaction.");
        api.MapPost($"{Room}/read", (string room, RoomReadRequest body, IPeer peer) =>
                Run(peer.Rooms.MarkReadAsync(room, body.UpTo))
            )
            .WithSummary("Marks messages of a room as read.");
        api.MapPost($"{Room}/unread", (string room, RoomUnreadRequest body, IPeer peer) =>
                Run(peer.Rooms.MarkUnreadAsync(room, body.From))
            )
            .WithSummary("Marks a message of a room and those after it as unread, on this peer only.");
        api.MapPost($"{Room}/typing", (string room, TypingRequest body, IPeer peer) =>
                Run(peer.Rooms.SetTypingAsync(room, body.Active))
            )
            .WithSummary("Tells the members whether this user is typing.");
    }

    [ProducesResponseType<RoomItem>(StatusCodes.Status201Created)]
    private static async Task<IResult> CreateAsync(RoomRequest body, IPeer peer)
    {
        if (body.History is < 0 or > RoomLimits.History)
        {
            return TypedResults.Problem(
                ApiProblems.Malformed($"The history for new members is from 0 to {RoomLimits.History} messages.")
            );
        }

        var made = await peer.Rooms.CreateAsync(body);
        return TypedResults.Created($"/api/rooms/{made.Id}", made);
    }

    private static IResult SendPicture(string room, HttpContext context, RoomPictureService pictures)
    {
        var id = LocalRooms.Id(room);
        return PictureResponse.Of(context, pictures.Of(id), id)
            ?? throw new PeerException(PeerError.NoPicture, "This room has no picture.");
    }

    private static async Task<NoContent> SetPictureAsync(
        string room,
        HttpRequest request,
        IPeer peer,
        CancellationToken cancellationToken
    )
    {
        var picture = await PictureRequest.ReadAsync(request.Body, cancellationToken);
        await peer.Rooms.SetPictureAsync(room, picture, cancellationToken);
        return TypedResults.NoContent();
    }

    /// <param name="scope">With "me", only this peer's copy is deleted. Otherwise that of all members.</param>
    [ProducesResponseType(StatusCodes.Status204NoContent)]
    private static async Task<IResult> DeleteAsync(
        string room,
        string id,
        [FromQuery(Name = "for")] string? scope,
        IPeer peer
    ) =>
        scope switch
        {
            null or "everyone" => await Run(peer.Rooms.DeleteMessageAsync(room, id)),
            "me" => await Run(peer.Rooms.DeleteMessageHereAsync(room, id)),
            _ => TypedResults.Problem(
                ApiProblems.Malformed("'for' must be 'me' or 'everyone'. Without it, everyone's copy is deleted.")
            ),
        };

    // Links are secrets, so nothing may keep them.
    private static Task<RoomLinksResponse> ListLinksAsync(string room, IPeer peer, HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        return peer.Rooms.ListLinksAsync(room);
    }

    [ProducesResponseType<RoomLinkItem>(StatusCodes.Status201Created)]
    private static async Task<IResult> CreateLinkAsync(
        string room,
        IPeer peer,
        HttpContext context,
        [FromHeader(Name = "Idempotency-Key")] string? idempotencyKey,
        NewRoomLinkRequest? body = null
    )
    {
        context.Response.Headers.CacheControl = "no-store";
        return ApiEndpoints.KeyError(idempotencyKey) is { } problem
            ? problem
            : TypedResults.Created(
                (string?)null,
                await peer.Rooms.CreateLinkAsync(room, body ?? new NewRoomLinkRequest(), idempotencyKey)
            );
    }

    [ProducesResponseType(StatusCodes.Status204NoContent)]
    private static async Task<IResult> SetRoleAsync(string room, string person, RoomRoleRequest body, IPeer peer) =>
        body.Role is >= Client.RoomRole.Member and <= Client.RoomRole.Owner
            ? await Run(peer.Rooms.SetRoleAsync(room, person, body.Role))
            : TypedResults.Problem(ApiProblems.Malformed("A role is member, moderator or owner."));

    [ProducesResponseType<RoomMessageItem>(StatusCodes.Status202Accepted)]
    private static async Task<IResult> SendAsync(
        string room,
        RoomSendRequest body,
        [FromHeader(Name = "Idempotency-Key")] string? idempotencyKey,
        IPeer peer
    ) =>
        (ApiEndpoints.ValidationError(body.Text, RoomLimits.TextBytes) ?? ApiEndpoints.KeyError(idempotencyKey))
            is { } problem
            ? problem
            : TypedResults.Accepted(
                uri: (string?)null,
                await peer.Rooms.SendAsync(room, body.Text, body.ReplyTo, idempotencyKey)
            );

    [ProducesResponseType<RoomMessageItem>(StatusCodes.Status200OK)]
    private static async Task<IResult> EditAsync(string room, string id, EditRequest body, IPeer peer) =>
        ApiEndpoints.ValidationError(body.Text, RoomLimits.TextBytes) is { } problem
            ? problem
            : TypedResults.Ok(await peer.Rooms.EditAsync(room, id, body.Text));

    [ProducesResponseType<RoomMessagesResponse>(StatusCodes.Status200OK)]
    private static async Task<IResult> GetMessagesAsync(
        string room,
        IPeer peer,
        int limit = 50,
        string? after = null,
        string? before = null
    )
    {
        if (limit is < 1 or > MaxPage)
        {
            return TypedResults.Problem(ApiProblems.Malformed($"The limit is from 1 to {MaxPage}."));
        }

        return after is not null && before is not null
            ? TypedResults.Problem(ApiProblems.Malformed("Send either 'after' or 'before', not both."))
            : TypedResults.Ok(await peer.Rooms.GetMessagesAsync(room, limit, after, before));
    }

    private static async Task<NoContent> Run(Task call)
    {
        await call;
        return TypedResults.NoContent();
    }
}
