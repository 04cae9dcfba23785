using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Discovery.Http;

/// <summary>Ends a request with problem details.</summary>
internal sealed class ProblemException(Problem problem) : Exception(problem.Title)
{
    public Problem Problem { get; } = problem;

    /// <summary>The last part of the problem's type, as used in metrics: <c>name-taken</c>.</summary>
    public string Outcome => Problem.Type![(Problem.Type!.LastIndexOf(':') + 1)..];
}
