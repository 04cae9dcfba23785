using System.Net;
using System.Net.Sockets;

namespace P2PChat.Node.Links;

/// <summary>An action for the driver of a <see cref="DialRace"/>. Each number is used once per race.</summary>
internal abstract record DialEffect
{
    private DialEffect() { }

    /// <summary>Look up the addresses of one family, and pass them to <see cref="DialRace.Resolved"/>.</summary>
    public sealed record Resolve(int Lookup, string Host, AddressFamily Family) : DialEffect;

    /// <summary>Connect and authenticate.</summary>
    public sealed record Connect(int Attempt, IPEndPoint Address) : DialEffect;

    /// <summary>Stop the attempt and close its socket, whatever its state.</summary>
    public sealed record Cancel(int Attempt) : DialEffect;

    /// <summary>The race is over: this attempt has authenticated the expected key.</summary>
    public sealed record Won(int Attempt) : DialEffect;

    /// <summary>The race is over: no address led to the expected key.</summary>
    /// <param name="Reason">The most specific failure.</param>
    public sealed record Lost(DialFailure Reason) : DialEffect;
}

/// <summary>
/// The reason why the attempt at one address failed. Later members are more specific than earlier ones.
/// </summary>
internal enum DialFailure
{
    /// <summary>The record has no address, or its host name cannot be resolved.</summary>
    NoAddress,

    /// <summary>The network or the host refused the connection.</summary>
    Refused,

    /// <summary>The TCP connect was not answered in time.</summary>
    TimedOut,

    /// <summary>The TCP connect succeeded, but TLS failed.</summary>
    HandshakeFailed,

    /// <summary>The TCP connect succeeded, but TLS took too long.</summary>
    HandshakeTimedOut,

    /// <summary>The peer that answered has a different key.</summary>
    WrongIdentity,

    /// <summary>The key is right, but the two sides have no protocol version in common.</summary>
    VersionMismatch,
}
