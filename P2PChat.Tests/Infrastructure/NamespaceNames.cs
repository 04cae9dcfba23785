using System.Globalization;

namespace P2PChat.Tests.Infrastructure;

/// <summary>
/// Names of network namespaces. Each contains its process, so that leftovers of a killed run are found.
/// </summary>
internal static class NamespaceNames
{
    private const string Mark = "p2pchat-test-";
    private const string Folder = "/run/netns";

    private static readonly Lazy<string> OfThisProcess = new(() =>
    {
        RemoveLeftovers();
        return $"{Mark}{Environment.ProcessId}-{StartOf(Environment.ProcessId)}-";
    });

    private static int _last;

    /// <summary>Returns a prefix that no other run and no other call has.</summary>
    public static string NewPrefix() => $"{OfThisProcess.Value}{Interlocked.Increment(ref _last)}";

    /// <summary>Removes all namespaces with this prefix.</summary>
    public static void Remove(string prefix)
    {
        foreach (var name in All().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            Script.Run($"ip netns del {name}");
        }
    }

    // Another run may be removing the same leftovers, so a failure is ignored.
    public static void RemoveLeftovers()
    {
        foreach (var name in All().Where(IsLeftover))
        {
            _ = Script.TryRun($"ip netns del {name}", out _);
        }
    }

    private static bool IsLeftover(string name) =>
        name.StartsWith(Mark, StringComparison.Ordinal)
        && name[Mark.Length..].Split('-') is [var id, var start, ..]
        && int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var process)
        && StartOf(process) != start;

    private static IEnumerable<string> All() =>
        Directory.Exists(Folder) ? Directory.GetFiles(Folder).Select(path => Path.GetFileName(path)) : [];

    // Start time in clock ticks, field 22 of /proc/<id>/stat (proc(5)), because process ids are reused.
    private static string? StartOf(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/stat").Split(')')[^1].Split(' ')[20];
        }
        catch (IOException)
        {
            return null;
        }
    }
}
