using System.Net;

namespace P2PChat.Client;

/// <summary>The peer refused a call. The message is a sentence for the user, and says what to do.</summary>
public sealed class PeerApiException(string message) : Exception(message)
{
    /// <summary>The problem's stable <c>type</c>; null if the answer was not a problem of this API.</summary>
    public string? Type { get; init; }

    public HttpStatusCode Status { get; init; }
}
