using System.Text.Json;
using System.Text.Json.Serialization;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;

namespace P2PChat.Node.Storage;

/// <summary>Something that the person may choose while the peer runs.</summary>
/// <param name="Name">As it is typed, for instance <c>read-receipts</c>.</param>
/// <param name="Value">What holds now, one of <paramref name="Values"/>.</param>
/// <param name="IsChosen">Whether the person has chosen it; else it is as the peer was started.</param>
/// <param name="Does">What it decides, in half a line.</param>
public sealed record Setting(string Name, string Value, bool IsChosen, IReadOnlyList<string> Values, string Does);

/// <summary>
/// What the person has chosen, and how the peer was started where they have not. It holds at once, and across restarts:
/// see docs/decisions/0016. Thread-safe.
/// </summary>
public sealed class Preferences
{
    /// <summary>Of a data directory.</summary>
    public const string FileName = "settings.json";

    public const string AcceptName = "accept";
    public const string ReadReceiptsName = "read-receipts";
    public const string TypingName = "typing";
    public const string PresenceName = "presence";
    public const string On = "on";
    public const string Off = "off";

    private static readonly string[] OnOrOff = [On, Off];

    private static readonly Kind[] Kinds =
    [
        new(
            AcceptName,
            [.. Enum.GetNames<AcceptMode>().Select(mode => mode.ToLowerInvariant())],
            "whose requests to connect are accepted unasked",
            options => options.Accept.ToString().ToLowerInvariant()
        ),
        new(ReadReceiptsName, OnOrOff, "whether others are told what you have read", options =>
            options.ReadReceipts ? On : Off
        ),
        new(TypingName, OnOrOff, "whether others are told that you are writing to them", _ => On),
        new(PresenceName, OnOrOff, "whether others are told that you have gone from the keyboard", _ => On),
    ];

    private readonly Lock _gate = new();
    private readonly DataDirectory? _directory;
    private readonly PeerOptions _options;
    private volatile Dictionary<string, string> _chosen;

    /// <param name="directory">Null to keep all in memory.</param>
    /// <exception cref="PeerStartException">The file is damaged or a newer program's: going on would tell what the person wants untold.</exception>
    public Preferences(DataDirectory? directory, PeerOptions options)
    {
        _directory = directory;
        _options = options;
        _chosen = directory?.Read(FileName) is { } json ? Parse(json, Path.Combine(directory.FullPath, FileName)) : [];
    }

    /// <summary>Something was chosen. Called on any thread.</summary>
    public event Action? Changed;

    /// <summary>The names of all, in their order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Kinds.Select(kind => kind.Name)];

    public IReadOnlyList<Setting> All => [.. Kinds.Select(Read)];

    public AcceptMode Accept => Enum.Parse<AcceptMode>(Read(AcceptName), ignoreCase: true);

    public bool ReadReceipts => Read(ReadReceiptsName) == On;

    public bool Typing => Read(TypingName) == On;

    public bool Presence => Read(PresenceName) == On;

    /// <returns>What a setting can be; null if there is no such setting.</returns>
    public static IReadOnlyList<string>? ValuesOf(string name) => Find(name)?.Values;

    /// <param name="value">Null to have it as the peer was started.</param>
    /// <exception cref="PeerException">There is no such setting, or it cannot be that.</exception>
    /// <exception cref="IOException">It holds, but cannot be saved; so <see cref="UnauthorizedAccessException"/>.</exception>
    public void Choose(string name, string? value)
    {
        var kind = Find(name)
            ?? throw new PeerException(
                PeerError.UnknownSetting,
                $"There is no such setting: name one of {string.Join(", ", Names)}."
            );
        var known = kind.Values.FirstOrDefault(one => one.Equals(value, StringComparison.OrdinalIgnoreCase));
        if (value is not null && known is null)
        {
            throw new PeerException(
                PeerError.BadSetting,
                $"The setting '{kind.Name}' is one of {string.Join(", ", kind.Values)}: choose among them."
            );
        }

        try
        {
            lock (_gate)
            {
                var chosen = new Dictionary<string, string>(_chosen);
                if (known is null)
                {
                    _ = chosen.Remove(kind.Name);
                }
                else
                {
                    chosen[kind.Name] = known;
                }

                _chosen = chosen;
                _directory?.Write(
                    FileName,
                    JsonSerializer.Serialize(new PreferencesFile(chosen), PreferencesJson.Default.PreferencesFile)
                );
            }
        }
        finally
        {
            Changed?.Invoke();
        }
    }

    private static Kind? Find(string name) =>
        Kinds.FirstOrDefault(kind => kind.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private string Read(string name) => Read(Find(name)!).Value;

    private Setting Read(Kind kind) =>
        _chosen.TryGetValue(kind.Name, out var value)
            ? new Setting(kind.Name, value, IsChosen: true, kind.Values, kind.Does)
            : new Setting(kind.Name, kind.Started(_options), IsChosen: false, kind.Values, kind.Does);

    private static Dictionary<string, string> Parse(string json, string file)
    {
        try
        {
            var content = JsonSerializer.Deserialize(json, PreferencesJson.Default.PreferencesFile)
                ?? throw new JsonException("The file is empty.");
            return content.Chosen.All(pair => Find(pair.Key) is { } kind && kind.Values.Contains(pair.Value))
                ? content.Chosen
                : throw new PeerStartException(
                    $"{file} holds what this version of the program does not know: run a newer one, or move the file away to choose anew."
                );
        }
        catch (JsonException e)
        {
            throw new PeerStartException($"{file} is damaged: move it away to choose anew.", e);
        }
    }

    /// <param name="Started">What it is where the person has chosen nothing.</param>
    private sealed record Kind(string Name, string[] Values, string Does, Func<PeerOptions, string> Started);
}

/// <summary>The content of <see cref="Preferences.FileName"/>.</summary>
internal sealed record PreferencesFile([property: JsonRequired] Dictionary<string, string> Chosen);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    RespectNullableAnnotations = true
)]
[JsonSerializable(typeof(PreferencesFile))]
internal sealed partial class PreferencesJson : JsonSerializerContext;
