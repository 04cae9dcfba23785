namespace P2PChat.Discovery.Relay.Sessions;

/// <summary>The path sessions that this replica holds.</summary>
internal interface IPathSessions
{
    /// <summary>This replica's id: 16 hexadecimal digits, new at each start of the process.</summary>
    string ReplicaId { get; }

    /// <summary>Checks a token.</summary>
    /// <returns>Null if the token is unknown, has expired, or is another session's.</returns>
    SessionSide? Find(string sessionId, PathToken token);

    /// <summary>Checks a token and uses it up for its side's relay leg. It stays valid for signals.</summary>
    /// <returns>Null as for <see cref="Find"/>, or if the side has opened its leg before.</returns>
    SessionSide? OpenLeg(string sessionId, PathToken token);
}

/// <summary>Passes calls on to the replica that holds their session.</summary>
internal interface IReplicaForwarder
{
    /// <returns>The other replica's response; null if there is no such replica.</returns>
    Task<IResult?> ForwardAsync(HttpContext context, PathToken token);
}
