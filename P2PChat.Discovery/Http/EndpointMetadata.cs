namespace P2PChat.Discovery.Http;

/// <summary>Endpoint metadata: the call takes a lease token as bearer.</summary>
internal sealed record TakesLeaseToken(bool Optional);

/// <summary>Endpoint metadata: the call takes a session token as bearer, and no join token.</summary>
internal sealed record TakesSessionToken;

/// <summary>Describes endpoints for the OpenAPI document.</summary>
internal static class EndpointMetadata
{
    /// <summary>Lists the statuses of the problems that an endpoint may return.</summary>
    public static RouteHandlerBuilder ProducesProblems(this RouteHandlerBuilder endpoint, params int[] statuses)
    {
        foreach (var status in statuses)
        {
            endpoint.ProducesProblem(status);
        }

        return endpoint;
    }
}
