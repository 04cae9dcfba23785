using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace P2PChat.AppHost;

/// <summary>One peer of the app, from <c>Peers</c> in the configuration.</summary>
/// <param name="Username">Its name, and its resource's.</param>
/// <param name="DataDirectory">Where it keeps its identity, absolute.</param>
/// <param name="Accept">Whose requests it accepts: <c>ask</c>, <c>contacts</c>, <c>all</c> or <c>none</c>.</param>
/// <param name="Bot">What answers in a person's place (<c>echo</c>); null for a person.</param>
/// <param name="StartsByHand">Whether it waits until somebody starts it, on the dashboard say.</param>
public sealed partial record PeerSettings(
    string Username,
    string DataDirectory,
    string Accept,
    string? Bot,
    bool StartsByHand = false
)
{
    /// <summary>
    /// <c>Peers:Names</c>, separated by commas; <c>Peers:DataRoot</c>, relative to the AppHost's directory, with one directory for each
    /// peer in it; <c>Peers:&lt;name&gt;:Accept</c> and <c>Peers:&lt;name&gt;:Bot</c>. <c>Peers:LateJoiner</c> is one more, who is
    /// started by hand; a name that <c>Peers:Names</c> has as well is started with the others.
    /// </summary>
    /// <exception cref="SettingException">A name is there twice, or can't be a resource's.</exception>
    public static IReadOnlyList<PeerSettings> From(IConfiguration configuration, string appHostDirectory)
    {
        var peers = configuration.GetSection("Peers");
        var names = (peers["Names"] ?? "").Split(
            ',',
            StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries
        );
        if (peers["LateJoiner"]?.Trim() is { Length: > 0 } late && !names.Contains(late))
        {
            names = [.. names, late];
        }
        else
        {
            late = "";
        }

        foreach (var (index, name) in names.Index())
        {
            Check(name, names[..index]);
        }

        var dataRoot = Path.GetFullPath(peers["DataRoot"] ?? "../artifacts/peers", appHostDirectory);
        return
        [
            .. names.Select(name => new PeerSettings(
                name,
                Path.Combine(dataRoot, name),
                peers[$"{name}:Accept"] ?? "ask",
                peers[$"{name}:Bot"],
                StartsByHand: name == late
            )),
        ];
    }

    /// <summary>Usernames may hold what names of resources may not: an underscore, a digit in front, two hyphens in a row.</summary>
    private static void Check(string name, string[] before)
    {
        if (!ResourceName().IsMatch(name))
        {
            throw new SettingException(
                $"Peers:Names or Peers:LateJoiner holds '{name}', which can't name a resource: take 3 to 32 of a-z, 0-9 and single hyphens, a letter first, no hyphen last."
            );
        }

        if (before.Contains(name) || name is "redis" or "redis-password" or "discovery")
        {
            throw new SettingException(
                $"Peers:Names holds '{name}', which another resource is called: give each peer a name of its own."
            );
        }
    }

    [GeneratedRegex("^(?=.{3,32}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    private static partial Regex ResourceName();
}
