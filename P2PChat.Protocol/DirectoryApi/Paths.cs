using System.Text.Json.Serialization;

namespace P2PChat.Protocol.DirectoryApi;

/// <summary>A signed message of path.proto, each part in base64 (RFC 4648, section 4).</summary>
/// <param name="Content">The exact bytes of the message.</param>
public sealed record SignedPathBody(string Content, string Signature, string PublicKey);

/// <summary>Body of <c>POST /relay/sessions</c>.</summary>
/// <param name="Request">A signed PathRequest.</param>
public sealed record PathSessionBody(SignedPathBody Request);

/// <summary>Response of <c>POST /relay/sessions</c>.</summary>
/// <param name="Token">Secret of the caller's side, valid for its signals and for one relay leg.</param>
/// <param name="ExpiresAt">When the token expires, by the directory's clock.</param>
/// <param name="Relay">Whether the directory offers a relay.</param>
public sealed record PathSessionResponse(string SessionId, string Token, DateTimeOffset ExpiresAt, bool Relay);

/// <summary>Data of the signal <c>session</c>: another peer wants to find a path to the stream's owner.</summary>
/// <param name="Token">Secret of the callee's side.</param>
/// <param name="ExpiresAt">When the token expires, by the directory's clock.</param>
/// <param name="Relay">Whether the directory offers a relay.</param>
/// <param name="Request">The caller's signed PathRequest, which the receiver must verify.</param>
/// <param name="ObservedAddress">The address from which the directory saw the caller's registration, if known.</param>
public sealed record SessionSignal(
    string SessionId,
    string Token,
    DateTimeOffset ExpiresAt,
    bool Relay,
    SignedPathBody Request,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ObservedAddress = null
);

/// <summary>Body of <c>POST /relay/sessions/{sessionId}/signals</c>, from one side to the other.</summary>
/// <param name="Kind">See <see cref="PathSignalKinds"/>.</param>
/// <param name="Try">With <c>start</c>: which try begins, 2 or 3.</param>
/// <param name="Answer">With <c>answer</c>: the callee's signed PathAnswer.</param>
public sealed record PathSignalBody(
    string Kind,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Try = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SignedPathBody? Answer = null
);

/// <summary>Data of the signal <c>path</c>: the other side of a session has sent this.</summary>
/// <param name="Signal">As it was posted.</param>
/// <param name="ObservedAddress">
/// With <c>answer</c>: the address from which the directory saw the callee's registration, if known.
/// </param>
public sealed record PathSignal(
    string SessionId,
    PathSignalBody Signal,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ObservedAddress = null
);

/// <summary>Values of <see cref="PathSignalBody.Kind"/>.</summary>
public static class PathSignalKinds
{
    /// <summary>From the callee, once: its candidates. Both sides start the first try.</summary>
    public const string Answer = "answer";

    /// <summary>From the caller: both sides start the next try.</summary>
    public const string Start = "start";
}

/// <summary>A directory's services for finding paths.</summary>
/// <param name="StunPorts">Ports of its STUN server, over UDP and TCP; empty if there is none.</param>
/// <param name="StunHost">The STUN server's host; null for the host of the directory's own address.</param>
/// <param name="HasAlternateStun">Whether the STUN server has a second address (RFC 5780).</param>
/// <param name="Relay">Whether it relays.</param>
public sealed record DirectoryReach(
    IReadOnlyList<int> StunPorts,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? StunHost,
    bool HasAlternateStun,
    bool Relay
);
