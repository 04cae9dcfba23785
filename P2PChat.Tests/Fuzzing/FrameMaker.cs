using Google.Protobuf;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Rooms;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Protocol.Rooms;

namespace P2PChat.Tests.Fuzzing;

/// <summary>Creates almost valid frames: numbers near those in use, and types in any order.</summary>
internal sealed class FrameMaker(Random random, Func<ulong> ourEpoch)
{
    private static readonly string[] Names = ["bob", "eve", "Bob", "", "events"];

    // To become contacts, and for the rooms of both; each also with an invite.
    private static readonly Request[] Requests =
    [
        new(),
        new() { InviteId = ByteString.CopyFrom(new byte[16]) },
        new() { ForRooms = true },
        new()
        {
            InviteId = ByteString.CopyFrom(new byte[16]),
            InviteProof = ByteString.CopyFrom(new byte[32]),
            ForRooms = true,
        },
    ];

    private static readonly ByteString RoomEventContent = ByteString.CopyFrom(
        new MessageContent.Room(
            RoomMachine.Create(RoomKeys.Of(0), "Hiking", history: 0, new byte[16]).ToBytes()
        ).ToBytes()
    );

    public const ulong TheirEpoch = 500;

    /// <summary>A request to become contacts or for rooms, with an invite or without.</summary>
    public Request NextRequest() => Requests[random.Next(Requests.Length)];

    /// <summary>
    /// Mostly the frame expected next on a link, so that histories reach a conversation; otherwise any frame.
    /// </summary>
    public Frame NextOn(LinkStage stage)
    {
        if (random.Next(12) == 0)
        {
            return Next();
        }

        stage.Frames++;
        return (stage.Frames, stage.IsOutbound) switch
        {
            (1, _) => new Frame
            {
                Hello = new Hello { Version = 1, Username = random.Next(6) == 0 ? "eve" : "bob" },
            },
            (2, true) => new Frame { Accept = stage.Note(NextAccept()) },
            (2, false) => new Frame { Request = stage.Note(NextRequest()) },
            (3, _) => new Frame
            {
                Resume = new Resume
                {
                    SendEpoch = TheirEpoch + (ulong)random.Next(2),
                    SendBase = (ulong)random.Next(1, 3),
                    ReceiveEpoch = 0,
                },
            },
            _ when random.Next(40) == 0 => new Frame
            {
                Ack = new Ack { Epoch = ourEpoch(), Next = 1 },
            },
            _ when random.Next(40) == 0 => new Frame
            {
                Skip = new Skip { Epoch = TheirEpoch, Sequence = (ulong)random.Next(1, 12) },
            },
            _ => MessageOf(TheirEpoch, (ulong)random.Next(1, 12), "", isEvent: stage.IsForRooms && random.Next(9) > 0),
        };
    }

    private Resume Resume()
    {
        var resume = new Resume
        {
            SendEpoch = Epoch(TheirEpoch),
            SendBase = Sequence(),
            ReceiveEpoch = Epoch(ourEpoch()),
            ReceiveNext = Sequence(),
        };
        if (random.Next(4) == 0)
        {
            (resume.AcknowledgedEpoch, resume.AcknowledgedNext) = (Epoch(TheirEpoch), Sequence());
        }

        if (random.Next(4) == 0)
        {
            (resume.MissingEpoch, resume.MissingNext) = (Epoch(ourEpoch()), Sequence());
        }

        if (random.Next(4) == 0)
        {
            (resume.SendChecksum, resume.ReceiveChecksum) = ((ulong)random.NextInt64(), (ulong)random.NextInt64());
        }

        return resume;
    }

    public Frame Next() =>
        random.Next(32) switch
        {
            0 => new Frame
            {
                Hello = new Hello
                {
                    Version = (uint)(random.Next(8) == 0 ? 2 : 1),
                    Username = Names[random.Next(random.Next(4) == 0 ? Names.Length : 1)],
                    LinkNumber = (ulong)random.Next(3),
                    Features = { Enumerable.Repeat(random.Next(2) == 0 ? "content" : "rooms", random.Next(40)) },
                },
            },
            1 => new Frame { Request = NextRequest() },
            2 => new Frame { Accept = NextAccept() },
            3 => new Frame { Reject = new Reject { Reason = (RejectReason)random.Next(4) } },
            4 or 5 => new Frame { Resume = Resume() },
            6 or 7 => new Frame
            {
                Ack = new Ack { Epoch = Epoch(ourEpoch()), Next = Sequence() },
            },
            8 => new Frame
            {
                Skip = new Skip { Epoch = Epoch(TheirEpoch), Sequence = Sequence() },
            },
            9 => new Frame(),
            10 => new Frame
            {
                Receipt = new Receipt { Epoch = Epoch(ourEpoch()), ReadNext = Sequence() },
            },
            11 => new Frame { Typing = new Typing { Active = random.Next(2) == 0 } },
            13 => new Frame { InviteStatus = new InviteStatus { State = (InviteState)random.Next(9) } },
            12 => new Frame { Presence = new Presence { State = (PresenceState)random.Next(4) } },
            14 => new Frame { DirectoryAddress = new DirectoryAddress { Url = new string('u', random.Next(3) * 200) } },
            15 => new Frame { Profile = Profile() },
            16 => new Frame { ProfileKnown = new ProfileKnown { Version = (ulong)random.Next(3) } },
            17 => new Frame
            {
                FileAsk = new FileAsk
                {
                    Id = FileId(),
                    Leaf = Sequence(),
                    Count = (uint)Sequence(),
                },
            },
            18 => new Frame { FilePart = Part() },
            19 => new Frame
            {
                FileStop = new FileStop { Id = FileId(), Reason = (FileStopReason)random.Next(6) },
            },
            20 => new Frame
            {
                FileDecision = new FileDecision { Id = FileId(), Kind = (FileDecisionKind)random.Next(6) },
            },
            <= 27 and var kind => OfRoom(kind - 21),
            _ => Message(),
        };

    private Accept NextAccept() => new() { ForRooms = random.Next(4) == 0 };

    /// <summary>One of the seven frames of rooms.</summary>
    private Frame OfRoom(int kind)
    {
        var room = Bytes(RoomEventId.Size);
        return kind switch
        {
            0 => new Frame
            {
                RoomHeads = new RoomHeads { Room = room, Heads = { EventIds(70) } },
            },
            1 => new Frame
            {
                RoomQuestion = new RoomQuestion
                {
                    Room = room,
                    Ids = { EventIds(40) },
                    Known = { EventIds(140) },
                },
            },
            2 => new Frame
            {
                RoomUnavailable = new RoomUnavailable { Room = room, Ids = { EventIds(40) } },
            },
            3 => new Frame
            {
                RoomRead = new RoomRead { Room = room, Event = Bytes(RoomEventId.Size) },
            },
            4 => new Frame
            {
                RoomTyping = new RoomTyping { Room = room, Active = random.Next(2) == 0 },
            },
            5 => new Frame
            {
                RoomLinkProof = new RoomLinkProof
                {
                    Room = room,
                    InviteId = Bytes(16),
                    Proof = Bytes(32),
                },
            },
            _ => new Frame
            {
                RoomLinkStatus = new RoomLinkStatus
                {
                    Room = room,
                    InviteId = Bytes(16),
                    State = (InviteState)random.Next(9),
                },
            },
        };
    }

    private IEnumerable<ByteString> EventIds(int max) =>
        Enumerable.Range(0, random.Next(4) == 0 ? random.Next(max) : 1).Select(_ => Bytes(RoomEventId.Size));

    /// <summary>Mostly that many bytes.</summary>
    private ByteString Bytes(int usual) => ByteString.CopyFrom(new byte[random.Next(20) == 0 ? usual - 1 : usual]);

    private Profile Profile() =>
        new()
        {
            Version = random.Next(5) == 0 ? ulong.MaxValue : (ulong)random.Next(4),
            DisplayName = new string('n', random.Next(3) * 50),
            Picture = ByteString.CopyFrom(new byte[random.Next(3) * 40_000]),
        };

    /// <summary>A part of one of two files, mostly small.</summary>
    private FilePart Part() =>
        new()
        {
            Id = FileId(),
            Leaf = Sequence() - 1,
            Offset = (uint)(random.Next(2) * random.Next(300_000)),
            Data = ByteString.CopyFrom(new byte[random.Next(20) == 0 ? 20_000 : random.Next(5)]),
            Proof = { Enumerable.Repeat(ByteString.CopyFrom(new byte[random.Next(30, 34)]), random.Next(4)) },
        };

    private ByteString FileId() =>
        ByteString.CopyFrom([(byte)random.Next(2), .. new byte[random.Next(10) == 0 ? 14 : 15]]);

    private Frame Message()
    {
        var (epoch, sequence) = (Epoch(TheirEpoch), Sequence());
        var frame = MessageOf(epoch, sequence, random.Next(30) == 0 ? new string('x', 60_000) : "");
        frame.Traceparent = random.Next(20) == 0 ? new string('t', 100_000) : "";
        if (random.Next(50) == 0)
        {
            frame.Message.Id = ByteString.Empty;
        }

        if (random.Next(50) == 0)
        {
            frame.Message.SentAt = -1;
        }

        if (random.Next(50) == 0)
        {
            frame.Message.Text = "";
        }

        return frame;
    }

    // A content of each kind, one of a newer version, and bytes that are none.
    private static readonly ByteString[] Contents =
    [
        .. new MessageContent[]
        {
            new MessageContent.Reply(default),
            new MessageContent.Reaction(new MessageReference(Guid.Empty, Yours: true), "👍"),
            new MessageContent.Edit(Guid.Empty),
            new MessageContent.Delete(Guid.Empty),
            new MessageContent.Timer(86_400, After: null),
            new MessageContent.Timer(0, Guid.Empty),
            new MessageContent.File(new FileOffer("a", 1, new byte[32], FileOffer.UnknownType)),
            new MessageContent.File(
                new FileOffer("a", 1, new byte[32], FileOffer.UnknownType)
                {
                    Copy = new SealedCopy(new byte[16], new byte[32], new byte[32]),
                }
            ),
        }.Select(content => ByteString.CopyFrom(content.ToBytes())),
        RoomEventContent,
        ByteString.CopyFrom(new MessageContent.Room(new byte[100]).ToBytes()),
        ByteString.CopyFrom(0xFA, 0x01, 0x00),
        ByteString.CopyFrom(0xFF),
        ByteString.CopyFrom(new byte[5000]),
    ];

    // The text contains its position, for InboxOracle.
    private Frame MessageOf(ulong epoch, ulong sequence, string more, bool isEvent = false) =>
        new()
        {
            Message = new ChatMessage
            {
                Epoch = epoch,
                Sequence = sequence,
                Id = ByteString.CopyFrom(new byte[16]),
                SentAt = 1,
                Text = $"{epoch} {sequence} {more}",
                Content =
                    isEvent ? RoomEventContent
                    : random.Next(3) == 0 ? Contents[random.Next(Contents.Length)]
                    : ByteString.Empty,
                ExpiresAfter = random.Next(3) == 0 ? (uint)random.Next() : 0,
            },
        };

    // Mostly small, sometimes at the limits.
    private ulong Sequence() =>
        random.Next(40) switch
        {
            0 => 0,
            1 => (ulong)random.Next(1020, 1030),
            2 => long.MaxValue - (ulong)random.Next(3),
            3 => ulong.MaxValue - (ulong)random.Next(3),
            _ => (ulong)random.Next(1, 12),
        };

    private ulong Epoch(ulong usual) =>
        random.Next(25) switch
        {
            0 => 0,
            1 => usual + 1,
            2 => usual - 1,
            3 => (ulong)random.NextInt64(),
            4 => long.MaxValue - (ulong)random.Next(3),
            5 => ulong.MaxValue,
            _ => usual,
        };
}

/// <summary>How many frames of a valid history a link has received, and what it is for.</summary>
internal sealed class LinkStage(bool isOutbound, bool isForRooms = false)
{
    public bool IsOutbound { get; } = isOutbound;

    public int Frames { get; set; }

    /// <summary>Whether one of the sides has said that it is for rooms only.</summary>
    public bool IsForRooms { get; private set; } = isForRooms;

    public Accept Note(Accept accept)
    {
        IsForRooms |= accept.ForRooms;
        return accept;
    }

    public Request Note(Request request)
    {
        IsForRooms |= request.ForRooms;
        return request;
    }
}
