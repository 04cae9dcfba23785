using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions;

/// <summary>The state of a <see cref="LinkHandshake"/>.</summary>
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
/// One link from the end of TLS to the accept (docs/protocol.md, section 6): Hello both ways, with the requester's
/// Request right after its Hello, then Accept or Reject. The requester knows the other side's name; the other side
/// checks the name that the requester gives. The request may carry an invite (section 16).
/// </summary>
/// <remarks>A sans-IO state machine: call a method for each input, and execute the effects that it returns.</remarks>
public sealed class LinkHandshake
{
    /// <summary>Protocol version in Hello.</summary>
    public const uint Version = 1;

    private readonly HandshakeOptions _options;
    private readonly LinkOrigin _origin;
    private readonly Username _self;
    private readonly Request _request;
    private Username? _remoteName;
    private DateTimeOffset _deadline;

    // May be received before the name is checked.
    private Request? _theirs;
    private (bool HasInviteStatus, bool IsForRooms) _answer;

    /// <param name="self">This side's name.</param>
    /// <param name="expected">The name of the peer that the requester asks; null if the other side asks.</param>
    /// <param name="startedAt">When the first byte was sent or received. The timeout includes TLS.</param>
    /// <param name="number">This side's link number; ignored for the TLS server.</param>
    /// <param name="request">The request to send, with an invite; null for one without.</param>
    public LinkHandshake(
        Username self,
        Username? expected,
        LinkOrigin origin,
        DateTimeOffset startedAt,
        HandshakeOptions options,
        ulong number = 0,
        Request? request = null
    )
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _request = request ?? new Request();
        _self = self;
        _origin = origin with { IsRequester = expected is not null };
        Number = origin.IsTlsClient ? number : 0;
        _remoteName = expected;
        _deadline = startedAt + options.HandshakeTimeout;
    }

    public HandshakeState State { get; private set; } = HandshakeState.AwaitingHello;

    /// <summary>
    /// The TLS client's link number, which defines the newest link (docs/protocol.md, section 8). 0 before its Hello
    /// arrives, or if it is an older version.
    /// </summary>
    public ulong Number { get; private set; }

    /// <summary>How the link travels, as the TLS client's Hello says; unspecified at the client.</summary>
    public LinkPath RemotePath { get; private set; }

    /// <summary>The features in the other side's Hello.</summary>
    public PeerFeatures RemoteFeatures { get; private set; }

    /// <summary>The other side's name; null before its Hello.</summary>
    public Username? RemoteName => State == HandshakeState.AwaitingHello ? null : _remoteName;

    /// <summary>Whether the name is checked, and the request was received or sent.</summary>
    public bool IsComplete =>
        State is HandshakeState.AwaitingDecision or HandshakeState.AwaitingAnswer or HandshakeState.Open;

    /// <summary>Whether this side asks on the link because both are members of a room.</summary>
    public bool AsksForRooms => _origin.IsRequester && _request.ForRooms;

    /// <summary>Whether the other side's request is for the rooms of both only.</summary>
    public bool IsAskedForRooms => _theirs?.ForRooms == true;

    /// <summary>The id of the link to a room that this side's request shows; null if none.</summary>
    public ReadOnlyMemory<byte>? RoomLink =>
        AsksForRooms && !_request.InviteId.IsEmpty ? _request.InviteId.Memory : default(ReadOnlyMemory<byte>?);

    /// <summary>Whether the two do not become contacts by this link, as one of the sides has said.</summary>
    public bool IsForRooms => AsksForRooms || IsAskedForRooms || _answer.IsForRooms;

    /// <summary>When to call <see cref="Tick"/> next; null for never.</summary>
    public DateTimeOffset? Deadline => State is HandshakeState.Open or HandshakeState.Ended ? null : _deadline;

    /// <summary>Sends Hello, once TLS is established, and the requester's Request.</summary>
    public IReadOnlyList<HandshakeEffect> Start()
    {
        var hello = new HandshakeEffect.Send(
            new Frame
            {
                Hello = new Hello
                {
                    Version = Version,
                    Username = _self.Value,
                    LinkNumber = Number,
                    Path = _origin.IsTlsClient ? _origin.Path : LinkPath.Unspecified,
                    Features = { FeatureNames.Of(_options.Features) },
                },
            }
        );
        return _origin.IsRequester ? [hello, new HandshakeEffect.Send(new Frame { Request = _request })] : [hello];
    }

    /// <summary>Receives Hello, Request, InviteStatus, Accept and Reject. Any other frame ends the link.</summary>
    public IReadOnlyList<HandshakeEffect> Receive(Frame frame, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(frame);
        return (State, frame.BodyCase) switch
        {
            (HandshakeState.Ended, _) => [],
            (_, Frame.BodyOneofCase.None) => [],
            (HandshakeState.AwaitingHello, Frame.BodyOneofCase.Hello) => OnHello(frame.Hello, now),
            (HandshakeState.CheckingName, Frame.BodyOneofCase.Request) when _theirs is null => Defer(frame.Request),
            (HandshakeState.AwaitingRequest, Frame.BodyOneofCase.Request) => OnRequest(frame.Request, now),
            (HandshakeState.AwaitingAnswer, Frame.BodyOneofCase.InviteStatus)
                when !_answer.HasInviteStatus && !_request.InviteId.IsEmpty => OnInviteStatus(frame.InviteStatus.State),
            (HandshakeState.AwaitingAnswer, Frame.BodyOneofCase.Request) when _theirs is null => OnCrossed(
                frame.Request
            ),
            (HandshakeState.AwaitingAnswer, Frame.BodyOneofCase.Accept) => OnAccept(frame.Accept),
            (HandshakeState.AwaitingAnswer, Frame.BodyOneofCase.Reject) => OnReject(frame.Reject),
            _ => End(CloseReason.ProtocolViolation),
        };
    }

    /// <summary>Handles the answer to <see cref="HandshakeEffect.CheckName"/>.</summary>
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
        return _theirs is { } request ? OnRequest(request, now) : [];
    }

    /// <summary>Accepts the request, if there is one.</summary>
    public IReadOnlyList<HandshakeEffect> Accept() =>
        State == HandshakeState.AwaitingDecision ? [CreateAccept(), .. Open()] : [];

    /// <summary>Rejects the request, if there is one.</summary>
    public IReadOnlyList<HandshakeEffect> Reject(RejectReason reason) =>
        State == HandshakeState.AwaitingDecision
            ?
            [
                new HandshakeEffect.Send(new Frame { Reject = new Reject { Reason = reason } }),
                .. End(CloseReason.Rejected),
            ]
            : [];

    /// <summary>
    /// Tells the requester, at most once, why the invite in its request does not count. The request still waits. Does
    /// nothing if the request has none.
    /// </summary>
    public IReadOnlyList<HandshakeEffect> ReportInvite(InviteState state)
    {
        if (State != HandshakeState.AwaitingDecision || _answer.HasInviteStatus || _theirs!.InviteId.IsEmpty)
        {
            return [];
        }

        _answer.HasInviteStatus = true;
        return [new HandshakeEffect.Send(new Frame { InviteStatus = new InviteStatus { State = state } })];
    }

    /// <summary>Ends the handshake or the open link.</summary>
    public IReadOnlyList<HandshakeEffect> End(CloseReason reason)
    {
        if (State == HandshakeState.Ended)
        {
            return [];
        }

        State = HandshakeState.Ended;
        return [new HandshakeEffect.Finish(reason)];
    }

    /// <summary>Ends a handshake or a request that took too long.</summary>
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

        RemoteFeatures = FeatureNames.Parse(hello.Features);
        if (!_origin.IsTlsClient)
        {
            (Number, RemotePath) = (hello.LinkNumber, hello.Path);
        }

        if (!_origin.IsRequester)
        {
            _remoteName = name;
            State = HandshakeState.CheckingName;
            return [new HandshakeEffect.CheckName(name)];
        }

        if (name != _remoteName)
        {
            return End(CloseReason.NameMismatch);
        }

        State = HandshakeState.AwaitingAnswer;
        _deadline = now + _options.RequestTimeout;
        return [];
    }

    // Both sides asked on this link. Each accepts the other's request, and opens with the other's Accept.
    private IReadOnlyList<HandshakeEffect> OnCrossed(Request request)
    {
        _theirs = request;
        return [CreateAccept()];
    }

    private HandshakeEffect.Send CreateAccept() => new(new Frame { Accept = new Accept { ForRooms = IsForRooms } });

    private IReadOnlyList<HandshakeEffect> OnAccept(Accept accept)
    {
        _answer.IsForRooms = accept.ForRooms;
        return Open();
    }

    private IReadOnlyList<HandshakeEffect> Defer(Request request)
    {
        // The requester sends its Request before its name is checked.
        _theirs = request;
        return [];
    }

    private IReadOnlyList<HandshakeEffect> OnRequest(Request request, DateTimeOffset now)
    {
        _theirs = request;
        State = HandshakeState.AwaitingDecision;
        _deadline = now + _options.RequestTimeout;
        return [new HandshakeEffect.RequestReceived(request)];
    }

    private IReadOnlyList<HandshakeEffect> OnInviteStatus(InviteState state)
    {
        _answer.HasInviteStatus = true;
        // A newer version may have a reason that this one does not know. The request waits in any case.
        return
            state is InviteState.Used or InviteState.Revoked or InviteState.Expired
            || (_request.ForRooms && state is > InviteState.Expired and <= InviteState.Removed)
            ? [new HandshakeEffect.InviteRefused(state)]
            : [];
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
