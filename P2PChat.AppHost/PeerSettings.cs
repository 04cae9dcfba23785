using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace P2PChat.AppHost;

/// <summary>One peer of the app, from <c>Peers</c> in the configuration.</summary>
/// <param name="Username">The username, also the resource's name.</param>
/// <param name="DataDirectory">Absolute path of its data directory.</param>
/// <param name="Accept">Which requests it accepts: <c>ask</c>, <c>contacts</c>, <c>all</c> or <c>none</c>.</param>
/// <param name="Bot">The bot that replies (<c>echo</c>); null for none.</param>
/// <param name="Lan">Whether it announces itself on the local network.</param>
/// <param name="StartsByHand">Whether it is started by hand, for example on the dashboard.</param>
public sealed partial record PeerSettings(
    string Username,
    string DataDirectory,
    string Accept,
    string? Bot,
    bool StartsByHand = false,
    bool Lan = false
)
{
    /// <summary>
    /// Reads <c>Peers:Names</c> (separated by commas), <c>Peers:DataRoot</c> (relative to the AppHost's directory; one
    /// folder per peer), <c>Peers:Lan</c>, <c>Peers:&lt;name&gt;:Accept</c> and <c>Peers:&lt;name&gt;:Bot</c>.
    /// <c>Peers:LateJoiner</c> names one more peer that is started by hand, unless <c>Peers:Names</c> has it too.
    /// </summary>
    /// <exception cref="SettingException">A name is a duplicate, or is not valid for a resource.</exception>
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
                StartsByHand: name == late,
                ReadFlag(peers, "Lan")
            )),
        ];
    }

    private static bool ReadFlag(IConfigurationSection peers, string key) =>
        peers[key] switch
        {
            null or "" => false,
            var text when bool.TryParse(text, out var value) => value,
            var text => throw new SettingException($"Peers:{key} is '{text}'. Use true or false."),
        };

    // Unlike usernames, resource names have no underscores, leading digits or double hyphens.
    private static void Check(string name, string[] before)
    {
        if (!ResourceName().IsMatch(name))
        {
            throw new SettingException(
                $"Peers:Names or Peers:LateJoiner contains '{name}', which is not a valid resource name. "
                    + "Use 3 to 32 of a-z, 0-9 and single hyphens. Start with a letter, and do not end with a hyphen."
            );
        }

        if (before.Contains(name) || name is "redis" or "redis-password" or "discovery")
        {
            throw new SettingException(
                $"Peers:Names contains '{name}', which another resource has. Give each peer a unique name."
            );
        }
    }

    [GeneratedRegex("^(?=.{3,32}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    private static partial Regex ResourceName();
}
