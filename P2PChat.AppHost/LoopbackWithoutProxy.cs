namespace P2PChat.AppHost;

/// <summary>Makes this process (health checks) and the dashboard bypass the proxy for loopback.</summary>
public static class LoopbackWithoutProxy
{
    // Uri.Host has brackets around an IPv6 address; other libraries have not.
    private static readonly string[] Hosts = ["localhost", "127.0.0.1", "::1", "[::1]"];
    private static readonly string[] Variables = ["NO_PROXY", "no_proxy"];

    /// <summary>Adds loopback to <c>NO_PROXY</c>. Call it before the first HTTP client is created.</summary>
    public static void Set()
    {
        // Both variables, because programs differ in which one they read.
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
