using P2PChat.Protocol.DirectoryApi;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Discovery.Http;

/// <summary>The problem details of the relay.</summary>
internal static class RelayProblems
{
    public static Problem RelayOff() =>
        Problems.New(
            403,
            ProblemTypes.RelayOff,
            "Relay turned off",
            "This directory's relay is turned off. Its operator can turn it on with Directory:Relay:Enabled."
        );

    public static Problem UpgradeRequired() =>
        Problems.New(
            426,
            ProblemTypes.UpgradeRequired,
            "Upgrade required",
            $"Open a relay leg as a WebSocket with the subprotocol {RelayProtocol.Subprotocol}. If the request was "
                + "one, a proxy in between blocks WebSocket upgrades."
        );

    public static Problem ReplicaUnavailable(TimeSpan retryAfter) =>
        Problems.Retryable(
            503,
            ProblemTypes.ReplicaUnavailable,
            "Replica unavailable",
            "The replica of the directory that holds this path session cannot be reached. Start another session.",
            retryAfter
        );
}
