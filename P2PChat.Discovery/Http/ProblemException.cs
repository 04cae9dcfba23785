using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Discovery.Http;

/// <summary>Ends a request with a problem.</summary>
internal sealed class ProblemException(Problem problem) : Exception(problem.Title)
{
    public Problem Problem { get; } = problem;

    /// <summary>The last part of its type, as a metric has it: <c>name-taken</c>.</summary>
    public string Outcome => Problem.Type![(Problem.Type!.LastIndexOf(':') + 1)..];
}
