namespace P2PChat.AppHost;

/// <summary>Keeps loopback away from a proxy: in this process, whose health checks call the programs, and in the dashboard.</summary>
public static class LoopbackWithoutProxy
{
    // Uri.Host writes an IPv6 address in brackets; other programs' libraries do not.
    private static readonly string[] Hosts = ["localhost", "127.0.0.1", "::1", "[::1]"];
    private static readonly string[] Variables = ["NO_PROXY", "no_proxy"];

    /// <summary>Adds loopback to <c>NO_PROXY</c>. Call it before the first HTTP client is made.</summary>
    public static void Set()
    {
        // Both, with the same value: programs differ in which of the two they read, or read first.
        var all = With(string.Join(',', Variables.Select(Environment.GetEnvironmentVariable)));
        foreach (var variable in Variables)
        {
            Environment.SetEnvironmentVariable(variable, all);
        }
    }

    /// <summary>Returns <paramref name="noProxy"/> plus the loopback hosts that it lacks.</summary>
    internal static string With(string noProxy)
    {
        var present = noProxy.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return string.Join(',', present.Union(Hosts, StringComparer.OrdinalIgnoreCase));
    }
}
