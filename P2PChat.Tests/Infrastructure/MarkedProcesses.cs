using System.Text;

namespace P2PChat.Tests.Infrastructure;

/// <summary>
/// Finds processes by an environment variable that children inherit. Reads Linux's /proc. A redis-server is not found,
/// because its process title overwrites the environment.
/// </summary>
public static class MarkedProcesses
{
    /// <summary>Returns the ids of running processes that have all of the variables.</summary>
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

    /// <summary>Returns a process's value of a variable; null without it.</summary>
    public static string? Variable(int pid, string name) =>
        Environment(pid)
            .FirstOrDefault(each => each.StartsWith($"{name}=", StringComparison.Ordinal))
            ?[(name.Length + 1)..];

    /// <summary>Returns the names of a process's variables.</summary>
    public static IEnumerable<string> Variables(int pid) =>
        Environment(pid).Where(each => each.Contains('=', StringComparison.Ordinal)).Select(each => each.Split('=')[0]);

    /// <summary>Returns its environment; empty for a process that has ended or is a zombie.</summary>
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
