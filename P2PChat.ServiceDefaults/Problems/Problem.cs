using Microsoft.AspNetCore.Mvc;

namespace P2PChat.ServiceDefaults.Problems;

/// <summary>A problem (RFC 9457) with the headers that belong to it.</summary>
public sealed class Problem : ProblemDetails
{
    public Problem(int status, string type, string title, string detail)
    {
        Status = status;
        Type = type;
        Title = title;
        Detail = detail;
    }

    /// <summary>Value of <c>Retry-After</c>, rounded up to whole seconds.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Value of <c>WWW-Authenticate</c>.</summary>
    public string? Challenge { get; init; }
}
