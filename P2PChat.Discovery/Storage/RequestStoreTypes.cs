namespace P2PChat.Discovery.Storage;

/// <param name="PeerId">The sender's key.</param>
/// <param name="Claimant">Pseudonym of its address.</param>
internal readonly record struct RequestSender(string PeerId, string Claimant);

internal enum RequestOutcome
{
    Done,

    /// <summary>The name takes no requests, or is not claimed.</summary>
    Closed,

    /// <summary>The box holds the maximum number of requests.</summary>
    Full,

    /// <summary>The sender, or its address, has deposited too many requests within a day.</summary>
    TooMany,
}

internal readonly record struct RequestResult(RequestOutcome Outcome, DateTimeOffset ExpiresAt = default);
