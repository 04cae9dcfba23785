using System.Diagnostics;

namespace P2PChat.Tests.Infrastructure;

/// <summary>Two network namespaces joined by a veth pair, whose ends are down and have no address.</summary>
internal sealed class NetworkNamespaces : IDisposable
{
    private static int _last;

    private readonly string _prefix = $"p2p{Environment.ProcessId}-{Interlocked.Increment(ref _last)}";

    public NetworkNamespaces()
    {
        Ip($"netns add {Left}");
        Ip($"netns add {Right}");
        Ip($"-n {Left} link add {Cable} type veth peer name {Cable} netns {Right}");
        Ip($"-n {Left} link set lo up");
        Ip($"-n {Right} link set lo up");
    }

    public static string Cable => "cable";

    public string Left => _prefix + "l";

    public string Right => _prefix + "r";

    /// <summary>Runs <c>ip</c> with these arguments.</summary>
    public static void Ip(string arguments)
    {
        using var ip = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
        var errors = ip.StandardError.ReadToEnd();
        ip.WaitForExit();
        Assert.True(ip.ExitCode == 0, $"ip {arguments}: {errors}");
    }

    public void Dispose()
    {
        // Deleting a namespace deletes its end of the pair, and with it the other end.
        Ip($"netns del {Left}");
        Ip($"netns del {Right}");
    }
}
