using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace P2PChat.Client;

/// <summary>Event types and data of <c>GET /api/events</c>.</summary>
public static class ApiEventFormat
{
    private const string Request = "request";
    private const string ContactAdded = "contact-added";
    private const string RequestWithdrawn = "request-withdrawn";
    private const string Connected = "connected";
    private const string PathChanged = "path-changed";
    private const string Disconnected = "disconnected";
    private const string Message = "message";
    private const string MessageChanged = "message-changed";
    private const string TimerChanged = "timer-changed";
    private const string MessageDisappeared = "message-disappeared";
    private const string FileChanged = "file";
    private const string Receipt = "receipt";
    private const string ChangeReceipt = "change-receipt";
    private const string Typing = "typing";
    private const string Presence = "presence";
    private const string ProfileChanged = "profile-changed";
    private const string RoomMessage = "room-message";
    private const string RoomMessageChanged = "room-message-changed";
    private const string Room = "room";
    private const string RoomReordered = "room-reordered";
    private const string RoomDeleted = "room-deleted";
    private const string RoomLinkAccepted = "room-link-accepted";
    private const string RoomLinkRefused = "room-link-refused";
    private const string RoomForked = "room-forked";
    private const string RoomTyping = "room-typing";
    private const string RoomRead = "room-read";
    private const string KeyChanged = "key-changed";
    private const string NameClaimed = "name-claimed";
    private const string InviterKeyChanged = "inviter-key-changed";
    private const string InviteUsed = "invite-used";
    private const string InviteRefused = "invite-refused";
    private const string Directory = "directory";
    private const string Reset = "reset";

    /// <returns>The <c>event:</c> and <c>data:</c> fields, the data as UTF-8.</returns>
    public static (string Type, byte[] Data) Write(ApiEvent apiEvent) =>
        apiEvent switch
        {
            ApiEvent.RequestReceived data => (Request, Json(data, ApiJson.Default.RequestReceived)),
            ApiEvent.ContactAdded data => (ContactAdded, Json(data, ApiJson.Default.ContactAdded)),
            ApiEvent.RequestWithdrawn data => (RequestWithdrawn, Json(data, ApiJson.Default.RequestWithdrawn)),
            ApiEvent.Connected data => (Connected, Json(data, ApiJson.Default.Connected)),
            ApiEvent.PathChanged data => (PathChanged, Json(data, ApiJson.Default.PathChanged)),
            ApiEvent.Disconnected data => (Disconnected, Json(data, ApiJson.Default.Disconnected)),
            ApiEvent.MessageReceived data => (Message, Json(data.Message, ApiJson.Default.MessageItem)),
            ApiEvent.MessageChanged data => (MessageChanged, Json(data, ApiJson.Default.MessageChanged)),
            ApiEvent.TimerChanged data => (TimerChanged, Json(data, ApiJson.Default.TimerChanged)),
            ApiEvent.MessageDisappeared data => (MessageDisappeared, Json(data, ApiJson.Default.MessageDisappeared)),
            ApiEvent.FileChanged data => (FileChanged, Json(data.File, ApiJson.Default.FileItem)),
            ApiEvent.Receipt data => (Receipt, Json(data, ApiJson.Default.Receipt)),
            ApiEvent.ChangeReceipt data => (ChangeReceipt, Json(data, ApiJson.Default.ChangeReceipt)),
            ApiEvent.Typing data => (Typing, Json(data, ApiJson.Default.Typing)),
            ApiEvent.Presence data => (Presence, Json(data, ApiJson.Default.Presence)),
            ApiEvent.ProfileChanged data => (ProfileChanged, Json(data, ApiJson.Default.ProfileChanged)),
            ApiEvent.RoomMessageReceived data => (RoomMessage, Json(data, ApiJson.Default.RoomMessageReceived)),
            ApiEvent.RoomMessageChanged data => (RoomMessageChanged, Json(data, ApiJson.Default.RoomMessageChanged)),
            ApiEvent.RoomChanged data => (Room, Json(data.Room, ApiJson.Default.RoomItem)),
            ApiEvent.RoomReordered data => (RoomReordered, Json(data, ApiJson.Default.RoomReordered)),
            ApiEvent.RoomDeleted data => (RoomDeleted, Json(data, ApiJson.Default.RoomDeleted)),
            ApiEvent.RoomLinkAccepted data => (RoomLinkAccepted, Json(data, ApiJson.Default.RoomLinkAccepted)),
            ApiEvent.RoomLinkRefused data => (RoomLinkRefused, Json(data, ApiJson.Default.RoomLinkRefused)),
            ApiEvent.RoomForked data => (RoomForked, Json(data, ApiJson.Default.RoomForked)),
            ApiEvent.RoomTyping data => (RoomTyping, Json(data, ApiJson.Default.RoomTyping)),
            ApiEvent.RoomRead data => (RoomRead, Json(data, ApiJson.Default.RoomRead)),
            ApiEvent.KeyChanged data => (KeyChanged, Json(data, ApiJson.Default.KeyChanged)),
            ApiEvent.NameClaimed data => (NameClaimed, Json(data, ApiJson.Default.NameClaimed)),
            ApiEvent.InviterKeyChanged data => (InviterKeyChanged, Json(data, ApiJson.Default.InviterKeyChanged)),
            ApiEvent.InviteUsed data => (InviteUsed, Json(data, ApiJson.Default.InviteUsed)),
            ApiEvent.InviteRefused data => (InviteRefused, Json(data, ApiJson.Default.InviteRefused)),
            ApiEvent.DirectoryChanged data => (Directory, Json(data.Directory, ApiJson.Default.DirectoryStatus)),
            ApiEvent.Reset data => (Reset, Json(data, ApiJson.Default.Reset)),
            _ => throw new ArgumentOutOfRangeException(nameof(apiEvent)),
        };

    /// <returns>Null for an event type that this version does not know.</returns>
    /// <exception cref="JsonException">The data is malformed.</exception>
    public static ApiEvent? Read(string type, string data) =>
        type switch
        {
            Request => Parse(data, ApiJson.Default.RequestReceived),
            ContactAdded => Parse(data, ApiJson.Default.ContactAdded),
            RequestWithdrawn => Parse(data, ApiJson.Default.RequestWithdrawn),
            Connected => Parse(data, ApiJson.Default.Connected),
            PathChanged => Parse(data, ApiJson.Default.PathChanged),
            Disconnected => Parse(data, ApiJson.Default.Disconnected),
            Message => new ApiEvent.MessageReceived(Parse(data, ApiJson.Default.MessageItem)),
            MessageChanged => Parse(data, ApiJson.Default.MessageChanged),
            TimerChanged => Parse(data, ApiJson.Default.TimerChanged),
            MessageDisappeared => Parse(data, ApiJson.Default.MessageDisappeared),
            FileChanged => new ApiEvent.FileChanged(Parse(data, ApiJson.Default.FileItem)),
            Receipt => Parse(data, ApiJson.Default.Receipt),
            ChangeReceipt => Parse(data, ApiJson.Default.ChangeReceipt),
            Typing => Parse(data, ApiJson.Default.Typing),
            Presence => Parse(data, ApiJson.Default.Presence),
            ProfileChanged => Parse(data, ApiJson.Default.ProfileChanged),
            RoomMessage => Parse(data, ApiJson.Default.RoomMessageReceived),
            RoomMessageChanged => Parse(data, ApiJson.Default.RoomMessageChanged),
            Room => new ApiEvent.RoomChanged(Parse(data, ApiJson.Default.RoomItem)),
            RoomReordered => Parse(data, ApiJson.Default.RoomReordered),
            RoomDeleted => Parse(data, ApiJson.Default.RoomDeleted),
            RoomLinkAccepted => Parse(data, ApiJson.Default.RoomLinkAccepted),
            RoomLinkRefused => Parse(data, ApiJson.Default.RoomLinkRefused),
            RoomForked => Parse(data, ApiJson.Default.RoomForked),
            RoomTyping => Parse(data, ApiJson.Default.RoomTyping),
            RoomRead => Parse(data, ApiJson.Default.RoomRead),
            KeyChanged => Parse(data, ApiJson.Default.KeyChanged),
            NameClaimed => Parse(data, ApiJson.Default.NameClaimed),
            InviterKeyChanged => Parse(data, ApiJson.Default.InviterKeyChanged),
            InviteUsed => Parse(data, ApiJson.Default.InviteUsed),
            InviteRefused => Parse(data, ApiJson.Default.InviteRefused),
            Directory => new ApiEvent.DirectoryChanged(Parse(data, ApiJson.Default.DirectoryStatus)),
            Reset => Parse(data, ApiJson.Default.Reset),
            _ => null,
        };

    private static byte[] Json<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);

    private static T Parse<T>(string data, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(data, type) ?? throw new JsonException("The event has no data.");
}
