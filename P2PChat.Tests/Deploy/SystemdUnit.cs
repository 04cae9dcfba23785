using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Deploy;

/// <summary>A unit of deploy/systemd, as systemd would run it for an instance, but below a test's directory.</summary>
internal sealed class SystemdUnit(string file, string instance, string root)
{
    /// <summary>The path at which the program is installed.</summary>
    public const string Program = "/usr/local/bin/p2pchat";

    private readonly string[] _lines = File.ReadAllLines(RepositoryFile.PathOf($"deploy/systemd/{file}"));

    /// <summary>The arguments of the program that it starts.</summary>
    public string[] Arguments =>
        Values("ExecStart").Single().Split(' ') is [Program, .. var arguments]
            ? arguments
            : throw new InvalidOperationException($"{file} does not start {Program}.");

    public Dictionary<string, string> Environment =>
        Values("Environment").Select(value => value.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);

    /// <summary>Creates the state and cache directories with their modes, as systemd does.</summary>
    public void CreateDirectories()
    {
        foreach (var (setting, parent) in new[] { ("StateDirectory", State), ("CacheDirectory", Cache) })
        {
            var mode = Convert.ToInt32(Values($"{setting}Mode").Single(), 8);
            Directory.CreateDirectory(Path.Combine(parent, Values(setting).Single()), (UnixFileMode)mode);
        }
    }

    private string State => Path.Combine(root, "lib");

    private string Cache => Path.Combine(root, "cache");

    /// <summary>The values of a setting, with their specifiers (systemd.unit(5)) replaced.</summary>
    public IEnumerable<string> Values(string setting) =>
        _lines
            .Where(line => line.StartsWith($"{setting}=", StringComparison.Ordinal))
            .Select(line =>
                line[(setting.Length + 1)..]
                    .Replace("%i", instance, StringComparison.Ordinal)
                    .Replace("%S", State, StringComparison.Ordinal)
                    .Replace("%C", Cache, StringComparison.Ordinal)
            );
}
