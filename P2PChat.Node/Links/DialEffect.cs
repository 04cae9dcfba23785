using System.Net;
using System.Net.Sockets;

namespace P2PChat.Node.Links;

/// <summary>An action for the driver of a <see cref="DialRace"/>. Each number is used once in a race.</summary>
internal abstract record DialEffect
{
    private DialEffect() { }

    /// <summary>Look up the addresses of one family; <see cref="DialRace.Resolved"/> takes the answer.</summary>
    public sealed record Resolve(int Lookup, string Host, AddressFamily Family) : DialEffect;

    /// <summary>Connect and authenticate.</summary>
    public sealed record Connect(int Attempt, IPEndPoint Address) : DialEffect;

    /// <summary>Stop the attempt and close its socket, whatever its state.</summary>
    public sealed record Cancel(int Attempt) : DialEffect;

    /// <summary>The race is over: this attempt has the right key.</summary>
    public sealed record Won(int Attempt) : DialEffect;

    /// <summary>The race is over: no address led to the right key.</summary>
    /// <param name="Reason">The most specific failure.</param>
    public sealed record Lost(DialFailure Reason) : DialEffect;
}

/// <summary>Why one address did not lead to the peer. Later members are more specific than earlier ones.</summary>
internal enum DialFailure
{
    /// <summary>The record has no address, or a host name that cannot be resolved.</summary>
    NoAddress,

    /// <summary>The network or the host refused.</summary>
    Refused,

    /// <summary>No answer to the TCP connect.</summary>
    TimedOut,

    /// <summary>Something answered, and TLS failed.</summary>
    HandshakeFailed,

    /// <summary>Something answered, and TLS took too long.</summary>
    HandshakeTimedOut,

    /// <summary>Another key than the expected one.</summary>
    WrongIdentity,

    /// <summary>The right key, and no common protocol version.</summary>
    VersionMismatch,
}
