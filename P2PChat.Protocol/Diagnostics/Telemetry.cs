using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.Json;

namespace P2PChat.Protocol.Diagnostics;

/// <summary>
/// P2PChat's activity source and meter, both named <see cref="Name"/>. Names, tags and statuses never contain usernames,
/// texts or keys.
/// </summary>
public static class Telemetry
{
    public const string Name = "P2PChat";

    /// <summary>Version of the build, such as <c>0.1.0</c>.</summary>
    public static string Version { get; } =
        typeof(Telemetry)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];

    public static ActivitySource Source { get; } = new(Name, Version);

    /// <summary>Formats an attribute value: <c>WrongIdentity</c> and <c>wrong-identity</c> become <c>wrong_identity</c>.</summary>
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

    /// <summary>Its instruments are named <c>p2pchat.&lt;area&gt;.&lt;what&gt;</c>.</summary>
    public static Meter Meter { get; } = new(Name, Version);
}
