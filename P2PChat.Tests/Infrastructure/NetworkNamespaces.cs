namespace P2PChat.Tests.Infrastructure;

/// <summary>Two network namespaces joined by a veth pair, whose ends are down and have no address.</summary>
internal sealed class NetworkNamespaces : IDisposable
{
    private readonly string _prefix = NamespaceNames.NewPrefix();

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
    public static void Ip(string arguments) => Script.Run($"ip {arguments}");

    // Deleting a namespace deletes its end of the pair, and with it the other end.
    public void Dispose() => NamespaceNames.Remove(_prefix);
}
