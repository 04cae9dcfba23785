using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions;

/// <summary>Where a <see cref="LinkHandshake"/> stands.</summary>
public enum HandshakeState
{
    AwaitingHello,
    CheckingName,
    AwaitingRequest,
    AwaitingDecision,
    AwaitingAnswer,
    Open,
    Ended,
}

/// <summary>
/// One link from the end of TLS to the accept: Hello both ways, then the dialler's Request, then Accept or Reject.
/// The dialler knows whom it calls; the other side checks the name that the dialler gives. No input or output of its
/// own: inputs are method calls, and each returns what is to be done.
/// </summary>
public sealed class LinkHandshake
{
    /// <summary>The version of the protocol that is spoken here.</summary>
    public const uint Version = 1;

    private readonly HandshakeOptions _options;
    private readonly bool _dialled;
    private readonly Username _self;
    private Username? _remoteName;
    private DateTimeOffset _deadline;
    private bool _requested;

    /// <param name="self">The name that this side gives.</param>
    /// <param name="expected">Whom this side dialled; null where it was dialled.</param>
    /// <param name="startedAt">When the link's first byte went over the wire: TLS counts.</param>
    /// <param name="number">This side's link number if it dialled; otherwise 0.</param>
    public LinkHandshake(
        Username self,
        Username? expected,
        DateTimeOffset startedAt,
        HandshakeOptions options,
        ulong number = 0
    )
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _self = self;
        _dialled = expected is not null;
        Number = _dialled ? number : 0;
        _remoteName = expected;
        _deadline = startedAt + options.HandshakeTimeout;
    }

    public HandshakeState State { get; private set; } = HandshakeState.AwaitingHello;

    /// <summary>
    /// The dialler's link number, which defines the newest link (docs/protocol.md, section 8). 0 before its Hello arrives, and
    /// for an older peer.
    /// </summary>
    public ulong Number { get; private set; }

    /// <summary>The other side's name; null until its Hello came.</summary>
    public Username? RemoteName => State == HandshakeState.AwaitingHello ? null : _remoteName;

    /// <summary>When <see cref="Tick"/> has something to do; null if never.</summary>
    public DateTimeOffset? Deadline => State is HandshakeState.Open or HandshakeState.Ended ? null : _deadline;

    /// <summary>TLS is done: each side says who it is.</summary>
    public IReadOnlyList<HandshakeEffect> Start() =>
        [
            new HandshakeEffect.Send(
                new Frame
                {
                    Hello = new Hello
                    {
                        Version = Version,
                        Username = _self.Value,
                        LinkNumber = Number,
                    },
                }
            ),
        ];

    /// <summary>Takes Hello, Request, Accept and Reject. Any other frame before the accept ends the link.</summary>
    public IReadOnlyList<HandshakeEffect> Receive(Frame frame, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(frame);
        return (State, frame.BodyCase) switch
        {
            (HandshakeState.Ended, _) => [],
            (_, Frame.BodyOneofCase.None) => [],
            (HandshakeState.AwaitingHello, Frame.BodyOneofCase.Hello) => OnHello(frame.Hello, now),
            (HandshakeState.CheckingName, Frame.BodyOneofCase.Request) when !_requested => NoteRequest(),
            (HandshakeState.AwaitingRequest, Frame.BodyOneofCase.Request) => Ask(now),
            (HandshakeState.AwaitingAnswer, Frame.BodyOneofCase.Accept) => Open(),
            (HandshakeState.AwaitingAnswer, Frame.BodyOneofCase.Reject) => OnReject(frame.Reject),
            _ => End(CloseReason.ProtocolViolation),
        };
    }

    /// <summary>Answers <see cref="HandshakeEffect.CheckName"/>.</summary>
    public IReadOnlyList<HandshakeEffect> NameChecked(NameCheck result, DateTimeOffset now)
    {
        if (State != HandshakeState.CheckingName)
        {
            return [];
        }

        if (result != NameCheck.Confirmed)
        {
            return End(
                result switch
                {
                    NameCheck.Mismatch => CloseReason.NameMismatch,
                    NameCheck.KeyChanged => CloseReason.KeyChanged,
                    NameCheck.InUse => CloseReason.NameInUse,
                    _ => CloseReason.NameUnverified,
                }
            );
        }

        State = HandshakeState.AwaitingRequest;
        return _requested ? Ask(now) : [];
    }

    /// <summary>Accepts the request. Nothing happens if none is open.</summary>
    public IReadOnlyList<HandshakeEffect> Accept() =>
        State == HandshakeState.AwaitingDecision
            ? [new HandshakeEffect.Send(new Frame { Accept = new Accept() }), .. Open()]
            : [];

    /// <summary>Rejects the request. Nothing happens if none is open.</summary>
    public IReadOnlyList<HandshakeEffect> Reject(RejectReason reason) =>
        State == HandshakeState.AwaitingDecision
            ?
            [
                new HandshakeEffect.Send(new Frame { Reject = new Reject { Reason = reason } }),
                .. End(CloseReason.Rejected),
            ]
            : [];

    /// <summary>Ends a handshake that has not opened.</summary>
    public IReadOnlyList<HandshakeEffect> End(CloseReason reason)
    {
        if (State == HandshakeState.Ended)
        {
            return [];
        }

        State = HandshakeState.Ended;
        return [new HandshakeEffect.Finish(reason)];
    }

    /// <summary>Ends what took too long.</summary>
    public IReadOnlyList<HandshakeEffect> Tick(DateTimeOffset now)
    {
        if (Deadline is not { } deadline || now < deadline)
        {
            return [];
        }

        return End(
            State is HandshakeState.AwaitingDecision or HandshakeState.AwaitingAnswer
                ? CloseReason.RequestExpired
                : CloseReason.HandshakeTimeout
        );
    }

    private IReadOnlyList<HandshakeEffect> OnHello(Hello hello, DateTimeOffset now)
    {
        if (hello.Version != Version)
        {
            return End(CloseReason.UnsupportedVersion);
        }

        if (!Username.TryParse(hello.Username, out var name) || name.Value != hello.Username)
        {
            return End(CloseReason.ProtocolViolation);
        }

        if (!_dialled)
        {
            (_remoteName, Number) = (name, hello.LinkNumber);
            State = HandshakeState.CheckingName;
            return [new HandshakeEffect.CheckName(name)];
        }

        if (name != _remoteName)
        {
            return End(CloseReason.NameMismatch);
        }

        State = HandshakeState.AwaitingAnswer;
        _deadline = now + _options.RequestTimeout;
        return [new HandshakeEffect.Send(new Frame { Request = new Request() })];
    }

    private IReadOnlyList<HandshakeEffect> NoteRequest()
    {
        // The dialler need not wait for our check of its name.
        _requested = true;
        return [];
    }

    private IReadOnlyList<HandshakeEffect> Ask(DateTimeOffset now)
    {
        State = HandshakeState.AwaitingDecision;
        _deadline = now + _options.RequestTimeout;
        return [new HandshakeEffect.Asked()];
    }

    private IReadOnlyList<HandshakeEffect> Open()
    {
        State = HandshakeState.Open;
        return [new HandshakeEffect.Opened()];
    }

    private IReadOnlyList<HandshakeEffect> OnReject(Reject reject)
    {
        State = HandshakeState.Ended;
        return [new HandshakeEffect.Rejected(reject.Reason), new HandshakeEffect.Finish(CloseReason.Rejected)];
    }
}
