using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.Json;

namespace P2PChat.Protocol.Diagnostics;

/// <summary>
/// P2PChat's one source of spans and one meter, both named <see cref="Name"/>. What is exported never holds a username,
/// a text or a key: not in a name, not in a tag, not in a status.
/// </summary>
public static class Telemetry
{
    public const string Name = "P2PChat";

    /// <summary>As it was built, for instance <c>0.1.0</c>.</summary>
    public static string Version { get; } =
        typeof(Telemetry)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];

    public static ActivitySource Source { get; } = new(Name, Version);

    /// <summary>An attribute's value as all of ours are written: <c>WrongIdentity</c> and <c>wrong-identity</c> are <c>wrong_identity</c>.</summary>
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

    /// <summary>Instruments are called <c>p2pchat.&lt;area&gt;.&lt;what&gt;</c>.</summary>
    public static Meter Meter { get; } = new(Name, Version);
}
