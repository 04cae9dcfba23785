namespace P2PChat.Protocol.DirectoryApi;

/// <summary>Names of the request headers that the directory defines.</summary>
public static class DirectoryHeaders
{
    /// <summary>
    /// The directory's join token. It has a separate header because <c>Authorization</c> carries the lease token.
    /// </summary>
    public const string JoinToken = "X-P2PChat-Join-Token";

    /// <summary>
    /// A join code, 32 bytes in base64url: lets a registration in without the join token, and makes its key a member.
    /// </summary>
    public const string JoinCode = "X-P2PChat-Join-Code";

    /// <summary>The operator's key, for the calls under <c>/admin</c>.</summary>
    public const string OperatorKey = "X-P2PChat-Operator-Key";
}
