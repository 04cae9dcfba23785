namespace P2PChat.AppHost;

/// <summary>One peer of the app, from <c>Peers</c> in the configuration.</summary>
/// <param name="Username">Its name, and its resource's.</param>
/// <param name="DataDirectory">Where it keeps its identity, absolute.</param>
/// <param name="Accept">Whose requests it accepts: <c>ask</c>, <c>contacts</c>, <c>all</c> or <c>none</c>.</param>
/// <param name="Bot">What answers in a person's place (<c>echo</c>); null for a person.</param>
public sealed record PeerSettings(string Username, string DataDirectory, string Accept, string? Bot)
{
    /// <summary>
    /// <c>Peers:Names</c>, separated by commas; <c>Peers:DataRoot</c>, relative to the AppHost's directory, with one directory for each
    /// peer in it; <c>Peers:&lt;name&gt;:Accept</c> and <c>Peers:&lt;name&gt;:Bot</c>.
    /// </summary>
    /// <exception cref="SettingException">A name is there twice, or can't be a resource's.</exception>
    public static IReadOnlyList<PeerSettings> From(IDistributedApplicationBuilder builder)
    {
        var peers = builder.Configuration.GetSection("Peers");
        var names = (peers["Names"] ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var dataRoot = Path.GetFullPath(peers["DataRoot"] ?? "../artifacts/peers", builder.AppHostDirectory);
        return
        [
            .. names.Select(name => new PeerSettings(
                name,
                Path.Combine(dataRoot, name),
                peers[$"{name}:Accept"] ?? "ask",
                peers[$"{name}:Bot"])),
        ];
    }
}
