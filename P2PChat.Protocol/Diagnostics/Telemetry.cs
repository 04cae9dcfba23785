using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.Json;

namespace P2PChat.Protocol.Diagnostics;

/// <summary>
/// P2PChat's activity source and meter, both named <see cref="Name"/>. Names, tags and statuses never contain a
/// username, a text or a key.
/// </summary>
public static class Telemetry
{
    public const string Name = "P2PChat";

    /// <summary>Version of this build, such as <c>0.1.0</c>.</summary>
    public static string Version { get; } =
        typeof(Telemetry)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];

    public static ActivitySource Source { get; } = new(Name, Version);

    /// <summary>
    /// Converts to snake case, the form of all attribute values: <c>WrongIdentity</c> and <c>wrong-identity</c> become
    /// <c>wrong_identity</c>.
    /// </summary>
    public static string Word(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return JsonNamingPolicy.SnakeCaseLower.ConvertName(text.Replace('-', '_'));
    }

    /// <inheritdoc cref="Word(string)"/>
    public static string Word(Enum value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Word(value.ToString());
    }

    /// <summary>The meter. Its instruments are named <c>p2pchat.&lt;area&gt;.&lt;name&gt;</c>.</summary>
    public static Meter Meter { get; } = new(Name, Version);
}
