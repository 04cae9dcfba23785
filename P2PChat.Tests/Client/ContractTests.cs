using System.Text.Json;
using P2PChat.Client;
using P2PChat.Peer.Api;
using P2PChat.Peer.Cli;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;
using Model = P2PChat.Node.Model;

namespace P2PChat.Tests.Client;

/// <summary>The contracts of the local API, compared with the node's types.</summary>
public sealed class ContractTests
{
    private static readonly Username Bob = Username.Parse("bob");
    private static readonly PeerId Key = PeerId.FromPublicKey("bob"u8);

    private static readonly Model.RoomRef Room = new(new RoomEventId(new byte[RoomEventId.Size]), "Walks");
    private static readonly Model.RoomMessageView InRoom = new(
        Room.Id,
        Room,
        new Model.RoomPerson(Key, Bob, HasCheckedName: true),
        "hi",
        DateTimeOffset.UnixEpoch
    )
    {
        MentionsUser = true,
    };
    private static readonly string PersonJson = $$"""{"peerId":"{{Key}}","username":"bob","checked":true}""";
    private static readonly string InRoomJson =
        $$"""{"id":"{{Room.Id}}","room":"{{Room.Id}}","roomName":"Walks","from":{{PersonJson}},"text":"hi","""
        + "\"sentAt\":\"1970-01-01T00:00:00+00:00\",\"yours\":false,\"mentionsYou\":true}";

    public static TheoryData<Model.PeerEvent, string, string> Events =>
        new()
        {
            {
                new Model.PeerEvent.Request(Bob, Key) { ByMail = true },
                "request",
                $$"""{"username":"bob","peerId":"{{Key}}","byMail":true}"""
            },
            { new Model.PeerEvent.RequestWithdrawn(Bob), "request-withdrawn", """{"username":"bob"}""" },
            {
                new Model.PeerEvent.ContactAdded(Bob, ByThem: true),
                "contact-added",
                """{"username":"bob","byThem":true}"""
            },
            {
                new Model.PeerEvent.Connected(Bob, Model.PathKind.Punched),
                "connected",
                """{"username":"bob","path":"punched"}"""
            },
            {
                new Model.PeerEvent.PathChanged(Bob, Model.PathKind.Relayed),
                "path-changed",
                """{"username":"bob","path":"relayed"}"""
            },
            {
                new Model.PeerEvent.Disconnected(Bob, Model.DisconnectReason.NoAnswer),
                "disconnected",
                """{"username":"bob","reason":"no-answer"}"""
            },
            {
                new Model.PeerEvent.Receipt(Bob, Guid.Empty, Model.MessageState.TakenBack),
                "receipt",
                """{"username":"bob","id":"00000000-0000-0000-0000-000000000000","state":"taken-back"}"""
            },
            {
                new Model.PeerEvent.ChangeReceipt(
                    Bob,
                    Guid.Empty,
                    Bob,
                    Model.MessageChange.Edit,
                    Model.MessageState.Expired
                ),
                "change-receipt",
                $$"""{"username":"bob","id":"{{Guid.Empty}}","from":"bob","change":"edit","state":"expired"}"""
            },
            {
                new Model.PeerEvent.RoomMessageReceived(InRoom, Model.RoomNotify.Mentions),
                "room-message",
                $$"""{"message":{{InRoomJson}},"notifies":true}"""
            },
            {
                new Model.PeerEvent.RoomMessageChanged(InRoom)
                {
                    Change = Model.MessageChange.Edit,
                    By = InRoom.From,
                    Notify = Model.RoomNotify.Mentions,
                },
                "room-message-changed",
                $$"""{"message":{{InRoomJson}},"change":"edit","by":{{PersonJson}},"notifies":true}"""
            },
            {
                new Model.PeerEvent.RoomChanged(
                    new Model.RoomView(
                        Room.Id,
                        Room.Name,
                        Model.RoomStanding.Invited,
                        P2PChat.Protocol.Rooms.RoomRole.None,
                        2,
                        3,
                        1,
                        Model.RoomNotify.All
                    )
                    {
                        IsFull = true,
                    }
                )
                {
                    Change = new Model.RoomChangeView(
                        Model.RoomChangeKind.Role,
                        InRoom.From,
                        InRoom.From,
                        P2PChat.Protocol.Rooms.RoomRole.Moderator
                    ),
                },
                "room",
                $$"""{"id":"{{Room.Id}}","name":"Walks","standing":"invited","role":"none","members":2,"""
                    + "\"unread\":3,\"mentions\":1,\"notify\":\"all\",\"isFull\":true,\"hasPicture\":false,"
                    + "\"change\":{\"kind\":\"role\","
                    + $"\"who\":{PersonJson},\"by\":{PersonJson},\"role\":\"moderator\"}}}}"
            },
            {
                new Model.PeerEvent.RoomForked(Room, InRoom.From),
                "room-forked",
                $$"""{"room":"{{Room.Id}}","roomName":"Walks","by":{{PersonJson}}}"""
            },
            {
                new Model.PeerEvent.RoomLinkAccepted(Room),
                "room-link-accepted",
                $$"""{"room":"{{Room.Id}}","roomName":"Walks"}"""
            },
            {
                new Model.PeerEvent.RoomLinkRefused(Room, Bob, P2PChat.Protocol.Rooms.RoomInviteRefusal.RoomFull),
                "room-link-refused",
                $$"""{"room":"{{Room.Id}}","roomName":"Walks","username":"bob","reason":"room-full"}"""
            },
            {
                new Model.PeerEvent.RoomTyping(Room, InRoom.From, Active: true),
                "room-typing",
                $$"""{"room":"{{Room.Id}}","roomName":"Walks","from":{{PersonJson}},"active":true}"""
            },
            {
                new Model.PeerEvent.RoomRead(Room, InRoom.From, Room.Id),
                "room-read",
                $$"""{"room":"{{Room.Id}}","roomName":"Walks","by":{{PersonJson}},"upTo":"{{Room.Id}}"}"""
            },
            {
                new Model.PeerEvent.RoomReordered(Room),
                "room-reordered",
                $$"""{"room":"{{Room.Id}}","roomName":"Walks"}"""
            },
            {
                new Model.PeerEvent.RoomDeleted(Room),
                "room-deleted",
                $$"""{"room":"{{Room.Id}}","roomName":"Walks"}"""
            },
            { new Model.PeerEvent.Typing(Bob, true), "typing", """{"username":"bob","active":true}""" },
            { new Model.PeerEvent.Presence(Bob, false), "presence", """{"username":"bob","away":false}""" },
            { new Model.PeerEvent.KeyChanged(Bob, Key), "key-changed", $$"""{"username":"bob","peerId":"{{Key}}"}""" },
            {
                new Model.PeerEvent.NameClaimed(Bob, Key),
                "name-claimed",
                $$"""{"username":"bob","peerId":"{{Key}}"}"""
            },
            {
                new Model.PeerEvent.InviterKeyChanged(Bob, Key),
                "inviter-key-changed",
                $$"""{"username":"bob","peerId":"{{Key}}"}"""
            },
            {
                new Model.PeerEvent.ProfileChanged(
                    Bob,
                    new Model.ContactProfile(7, "Bob Lee", HasPicture: true),
                    IsRenamed: false
                ),
                "profile-changed",
                """{"username":"bob","displayName":"Bob Lee","hasPicture":true,"renamed":false}"""
            },
            {
                new Model.PeerEvent.InviteUsed(Bob, Key, "ABCDEFGH"),
                "invite-used",
                $$"""{"username":"bob","peerId":"{{Key}}","invite":"ABCDEFGH"}"""
            },
            {
                new Model.PeerEvent.InviteRefused(Bob, Model.InviteValidity.Revoked),
                "invite-refused",
                """{"username":"bob","reason":"revoked"}"""
            },
            {
                new Model.PeerEvent.DirectoryChanged(Model.DirectoryState.Registered, null),
                "directory",
                """{"state":"registered","detail":null}"""
            },
            {
                new Model.PeerEvent.MessageReceived(
                    new Model.Message(
                        Guid.Empty,
                        1,
                        Bob,
                        Bob,
                        "hi",
                        DateTimeOffset.UnixEpoch,
                        Model.MessageState.Received
                    )
                ),
                "message",
                """{"id":"00000000-0000-0000-0000-000000000000","from":"bob","text":"hi","""
                    + "\"sentAt\":\"1970-01-01T00:00:00+00:00\",\"state\":\"received\"}"
            },
            {
                new Model.PeerEvent.TimerChanged(
                    new Model.Message(
                        Guid.Empty,
                        1,
                        Bob,
                        Bob,
                        "set messages to disappear 1 day after reading",
                        DateTimeOffset.UnixEpoch,
                        Model.MessageState.Received
                    )
                    {
                        Timer = 86_400,
                    }
                ),
                "timer-changed",
                "{\"username\":\"bob\",\"by\":\"bob\",\"seconds\":86400,"
                    + "\"id\":\"00000000-0000-0000-0000-000000000000\"}"
            },
            {
                new Model.PeerEvent.MessageDisappeared(Bob, Guid.Empty, Bob),
                "message-disappeared",
                "{\"username\":\"bob\",\"id\":\"00000000-0000-0000-0000-000000000000\",\"from\":\"bob\"}"
            },
            {
                new Model.PeerEvent.MessageChanged(
                    new Model.Message(
                        Guid.Empty,
                        1,
                        Bob,
                        Bob,
                        "",
                        DateTimeOffset.UnixEpoch,
                        Model.MessageState.Received
                    )
                    {
                        IsRemoved = true,
                    },
                    Bob,
                    Model.MessageChange.Delete
                ),
                "message-changed",
                """{"username":"bob","by":"bob","change":"delete","""
                    + "\"message\":{\"id\":\"00000000-0000-0000-0000-000000000000\",\"from\":\"bob\",\"text\":\"\","
                    + "\"sentAt\":\"1970-01-01T00:00:00+00:00\",\"state\":\"received\",\"deleted\":true}}"
            },
            {
                new Model.PeerEvent.TransferChanged(
                    new Model.FileTransfer(
                        Bob,
                        Guid.Empty,
                        IsOurs: false,
                        "a.txt",
                        10,
                        "text/plain",
                        Model.TransferState.Paused,
                        Model.TransferProblem.DiskFull,
                        5
                    )
                ),
                "file",
                """{"id":"00000000-0000-0000-0000-000000000000","username":"bob","yours":false,"name":"a.txt","""
                    + "\"size\":10,\"mediaType\":\"text/plain\",\"state\":\"paused\",\"done\":5,"
                    + "\"problem\":\"disk-full\",\"pausedByThem\":false}"
            },
        };

    [Theory]
    [MemberData(nameof(Events))]
    public void Event_is_written_and_read_back(Model.PeerEvent peerEvent, string type, string json)
    {
        var apiEvent = peerEvent.ToContract();
        var (actualType, data) = ApiEventFormat.Write(apiEvent with { EventId = "1.1" });

        Assert.Equal((type, json), (actualType, System.Text.Encoding.UTF8.GetString(data)));
        Assert.Equal(apiEvent, ApiEventFormat.Read(type, json));
    }

    [Fact]
    public void Every_kind_of_event_has_a_contract() =>
        Assert.Equal(
            typeof(Model.PeerEvent).GetNestedTypes().Where(type => !type.IsAbstract).Select(type => type.Name).Order(),
            Events.Select(row => row[0].GetType().Name).Order()
        );

    [Fact]
    public void Unknown_event_is_skipped() => Assert.Null(ApiEventFormat.Read("later-version", "{}"));

    [Fact]
    public void Reasons_of_a_later_version_are_read_as_other()
    {
        var file =
            $$"""{"id":"{{Guid.Empty}}","username":"bob","yours":true,"name":"a","size":1,"mediaType":"a/b","""
            + "\"state\":\"failed\",\"done\":0,\"problem\":\"eaten-by-dog\","
            + "\"copy\":{\"state\":\"none\",\"problem\":\"disk-on-fire\"}}";

        var files = JsonSerializer.Deserialize($$"""{"files":[{{file}}]}""", ApiJson.Default.FilesResponse)!.Files;
        var changed = (ApiEvent.FileChanged)ApiEventFormat.Read("file", file)!;
        var disconnected = (ApiEvent.Disconnected)
            ApiEventFormat.Read("disconnected", """{"username":"bob","reason":"eclipse"}""")!;
        var refused = (ApiEvent.RoomLinkRefused)
            ApiEventFormat.Read(
                "room-link-refused",
                $$"""{"room":"{{Room.Id}}","roomName":"Walks","username":"bob","reason":"full-moon"}"""
            )!;

        Assert.Equal((FileProblem.Other, FileCopyProblem.Other), (files[0].Problem, files[0].Copy!.Problem));
        Assert.Equal(FileProblem.Other, changed.File.Problem);
        Assert.Equal(DisconnectReason.Other, disconnected.Reason);
        Assert.Equal(RoomLinkRefusal.Other, refused.Reason);
        Assert.Throws<JsonException>(() => ApiEventFormat.Read("disconnected", """{"username":"bob","reason":3}"""));
    }

    [Theory]
    [InlineData(FileState.Failed)]
    [InlineData(FileState.Paused)]
    public void Unknown_problem_of_a_file_is_shown_as_such(FileState state)
    {
        var copy = new FileCopyItem(FileCopyState.None, FileCopyProblem.Other);
        var file = new FileItem(Guid.Empty, "bob", Yours: true, "a", 1, "a/b", state, 0, FileProblem.Other, Copy: copy);

        Assert.Contains("does not know", FileText.Line(file), StringComparison.Ordinal);
        Assert.Contains("not known", FileText.Line(file with { State = FileState.Offered }), StringComparison.Ordinal);
    }

    [Fact]
    public void Enumerations_have_the_same_words_as_the_node()
    {
        AssertSame<Model.DirectoryState, DirectoryState>();
        AssertSame<Model.DisconnectReason, DisconnectReason>();
        AssertSame<Model.MessageChange, MessageChange>();
        AssertSame<Model.InviteValidity, InviteItemState>();
        AssertSame<Model.MessageState, MessageState>();
        AssertSame<Model.TransferState, FileState>();
        AssertSame<Model.TransferProblem, FileProblem>();
        AssertSame<Model.AutoAccept, AutoAccept>();
        AssertSame<Model.PathKind, PathKind>();
        AssertSame<Model.SendRoute, SendRoute>();
        Assert.Equal(
            ["none", "asked", "asking", "connected", "ourselves"],
            Enum.GetValues<Model.Relation>().Select(value => Word((Relation)value))
        );
    }

    private static void AssertSame<TNode, TContract>()
        where TNode : struct, Enum
        where TContract : struct, Enum
    {
        Assert.Equal(
            Enum.GetValues<TNode>().Select(value => JsonNamingPolicy.KebabCaseLower.ConvertName($"{value}")),
            Enum.GetValues<TNode>().Select(value => Word((TContract)(object)Convert.ToInt32(value)))
        );
        // For words of later versions.
        var contract = Enum.GetNames<TContract>().Where(name => name != "Other");
        Assert.Equal(Enum.GetNames<TNode>().Length, contract.Count());
    }

    private static string Word<T>(T value) => JsonSerializer.Serialize(value, typeof(T), ApiJson.Default).Trim('"');
}
