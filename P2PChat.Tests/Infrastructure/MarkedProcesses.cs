using System.Text;

namespace P2PChat.Tests.Infrastructure;

/// <summary>
/// Processes found by a variable in their environment, which children inherit however deep they are: the one trace that every
/// orchestrator leaves of who started what. Reads Linux's /proc. A redis-server is not found: it writes its title over them.
/// </summary>
public static class MarkedProcesses
{
    /// <summary>The ids of all that live and have every one of the variables.</summary>
    public static IReadOnlyList<int> With(params (string Name, string Value)[] variables)
    {
        var wanted = variables.Select(each => $"{each.Name}={each.Value}").ToArray();
        return
        [
            .. Directory
                .EnumerateDirectories("/proc")
                .Select(directory => int.TryParse(Path.GetFileName(directory), out var pid) ? pid : 0)
                .Where(pid => pid != 0 && wanted.All(Environment(pid).Contains)),
        ];
    }

    /// <summary>What a process was given for a variable; null without it.</summary>
    public static string? Variable(int pid, string name) =>
        Environment(pid)
            .FirstOrDefault(each => each.StartsWith($"{name}=", StringComparison.Ordinal))
            ?[(name.Length + 1)..];

    /// <summary>The names of all variables that a process was given.</summary>
    public static IEnumerable<string> Variables(int pid) =>
        Environment(pid).Where(each => each.Contains('=', StringComparison.Ordinal)).Select(each => each.Split('=')[0]);

    /// <summary>What it was started with; empty for one that has gone, or only waits to be reaped.</summary>
    private static string[] Environment(int pid)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{pid}/environ")).Split('\0');
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
