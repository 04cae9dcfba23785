using P2PChat.Node.Model;

namespace P2PChat.Node.Storage;

/// <summary>A setting that the user can change while the peer runs.</summary>
/// <param name="Name">The name as it is typed, for example <c>read-receipts</c>.</param>
/// <param name="Value">The current value, one of <paramref name="Values"/>.</param>
/// <param name="IsChosen">Whether the user has chosen it. Otherwise it is the option of the start.</param>
/// <param name="Does">What it controls, in half a line.</param>
public sealed record Setting(string Name, string Value, bool IsChosen, IReadOnlyList<string> Values, string Does);

/// <summary>
/// The user's settings; the options of the start are the defaults. Changes take effect at once and survive a restart:
/// see docs/decisions/0016. Thread-safe.
/// </summary>
public sealed class Preferences
{
    public const string AcceptName = "accept";
    public const string ReadReceiptsName = "read-receipts";
    public const string TypingName = "typing";
    public const string PresenceName = "presence";
    public const string HideAddressName = "hide-address";
    public const string BellName = "bell";
    public const string AcceptFilesName = "accept-files";
    public const string AcceptFilesUpToName = "accept-files-up-to";
    public const string AcceptFileTypesName = "accept-file-types";
    public const string On = "on";
    public const string Off = "off";

    private const string Nobody = "nobody";
    private const string Verified = "verified";
    private const string AllContacts = "contacts";
    private const string Any = "any";
    private const string Media = "media";

    private static readonly string[] OnOrOff = [On, Off];

    private static readonly Kind[] Kinds =
    [
        new(
            AcceptName,
            [.. Enum.GetNames<AcceptMode>().Select(mode => mode.ToLowerInvariant())],
            "whose requests to connect are accepted without asking",
            options => options.Accept.ToString().ToLowerInvariant()
        ),
        new(ReadReceiptsName, OnOrOff, "whether others see what you have read", options =>
            options.ReadReceipts ? On : Off
        ),
        new(TypingName, OnOrOff, "whether others see that you are typing", _ => On),
        new(PresenceName, OnOrOff, "whether others see that you are away", _ => On),
        new(HideAddressName, OnOrOff, "whether to hide your address from others by relaying everything", options =>
            options.HideAddress ? On : Off
        ),
        new(AcceptFilesName, [Nobody, Verified, AllContacts], "whose files are accepted without asking", _ => Nobody),
        new(
            AcceptFilesUpToName,
            ["1MiB", "10MiB", "100MiB", "1GiB", Any],
            "up to which size files are accepted without asking",
            _ => "10MiB"
        ),
        new(
            AcceptFileTypesName,
            [Any, Media],
            "whether only pictures, sounds and videos, by name and type, are accepted without asking",
            _ => Any
        ),
        new(BellName, OnOrOff, "whether the terminal rings and notifies you of a message", _ => On),
    ];

    private readonly Lock _gate = new();
    private readonly SettingTable? _table;
    private readonly PeerOptions _options;
    private volatile Dictionary<string, string> _chosen;

    /// <param name="table">Null to keep the choices in memory only.</param>
    /// <exception cref="PeerStartException">
    /// The choices cannot be read, or a newer program made them. The defaults might reveal something that the user
    /// wants hidden.
    /// </exception>
    internal Preferences(SettingTable? table, PeerOptions options)
    {
        _table = table;
        _options = options;
        _chosen = table?.Load() ?? [];
        RequireKnown(_chosen, StoreFile.FileName);
    }

    /// <summary>Raised after a choice, on any thread.</summary>
    public event Action? Changed;

    /// <summary>The names of all settings, in their order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Kinds.Select(kind => kind.Name)];

    public IReadOnlyList<Setting> All => [.. Kinds.Select(Read)];

    public AcceptMode Accept => Enum.Parse<AcceptMode>(Read(AcceptName), ignoreCase: true);

    public bool ReadReceipts => Read(ReadReceiptsName) == On;

    public bool Typing => Read(TypingName) == On;

    public bool Presence => Read(PresenceName) == On;

    /// <summary>Whether no other peer may learn this peer's addresses, so that all links are relayed.</summary>
    public bool HideAddress => Read(HideAddressName) == On;

    /// <summary>The size up to which files are accepted without asking, in bytes.</summary>
    public long AcceptFilesUpTo =>
        Read(AcceptFilesUpToName) switch
        {
            "1MiB" => 1L << 20,
            "10MiB" => 10L << 20,
            "100MiB" => 100L << 20,
            "1GiB" => 1L << 30,
            _ => long.MaxValue,
        };

    public bool Bell => Read(BellName) == On;

    /// <summary>Whether files from a contact are accepted without asking.</summary>
    /// <param name="isVerified">Whether the contact's key is verified.</param>
    public bool AcceptsFileFrom(bool isVerified) =>
        Read(AcceptFilesName) switch
        {
            AllContacts => true,
            Verified => isVerified,
            _ => false,
        };

    /// <summary>Whether files of a type are accepted without asking.</summary>
    /// <param name="mediaType">The one that the sender declares, which alone proves nothing.</param>
    /// <param name="name">The name that the file will have. Its extension decides what opens it.</param>
    public bool AcceptsFileType(string mediaType, string name)
    {
        ArgumentNullException.ThrowIfNull(mediaType);
        ArgumentNullException.ThrowIfNull(name);
        return Read(AcceptFileTypesName) == Any
            || (MediaTypes.IsMedia(mediaType) && MediaTypes.IsMedia(MediaTypes.Of(name)));
    }

    /// <returns>The values of a setting; null if there is no such setting.</returns>
    public static IReadOnlyList<string>? ValuesOf(string name) => Find(name)?.Values;

    /// <summary>Checks stored choices.</summary>
    /// <param name="source">The file that holds them, for the message.</param>
    /// <exception cref="PeerStartException">This program does not know one of them.</exception>
    internal static void RequireKnown(IReadOnlyDictionary<string, string> chosen, string source)
    {
        if (!chosen.All(pair => Find(pair.Key) is { } kind && kind.Values.Contains(pair.Value)))
        {
            throw new PeerStartException(
                $"{source} has settings that this version of the program does not know. Start a newer version, "
                    + "or restore a backup of this one."
            );
        }
    }

    /// <summary>Chooses a value, and returns when that is saved.</summary>
    /// <param name="value">Null to remove the choice.</param>
    /// <exception cref="PeerException">There is no such setting or value.</exception>
    /// <exception cref="IOException">The choice is in effect but could not be saved.</exception>
    public void Choose(string name, string? value)
    {
        var kind = Find(name)
            ?? throw new PeerException(
                PeerError.UnknownSetting,
                $"There is no such setting. Use one of {string.Join(", ", Names)}."
            );
        var known = kind.Values.FirstOrDefault(one => one.Equals(value, StringComparison.OrdinalIgnoreCase));
        if (value is not null && known is null)
        {
            throw new PeerException(
                PeerError.BadSetting,
                $"The setting '{kind.Name}' cannot have that value. Use one of {string.Join(", ", kind.Values)}."
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
                _table?.Save(kind.Name, known);
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

    /// <param name="Started">Gets the value from how the peer was started.</param>
    private sealed record Kind(string Name, string[] Values, string Does, Func<PeerOptions, string> Started);
}
