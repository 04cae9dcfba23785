using Microsoft.AspNetCore.Http;

namespace P2PChat.ServiceDefaults.Http;

/// <summary>Requests for a part of a file (RFC 9110, section 14), which the framework answers.</summary>
public static class RangeRequests
{
    /// <summary>
    /// Removes a range in another unit than bytes, which must be ignored. The framework treats any unit as bytes.
    /// </summary>
    public static void IgnoreOtherUnits(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (!context.Request.Headers.Range.ToString().StartsWith("bytes=", StringComparison.OrdinalIgnoreCase))
        {
            context.Request.Headers.Range = default;
        }
    }
}
