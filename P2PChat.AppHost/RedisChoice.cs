using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Configuration;

namespace P2PChat.AppHost;

/// <summary>Where the directory's Redis comes from (<c>Redis:Mode</c>; <c>auto</c> takes the first of the first three that can be had).</summary>
public enum RedisMode
{
    /// <summary>Aspire's own container.</summary>
    Container,

    /// <summary>The <c>redis-server</c> on the PATH, as a process of the app.</summary>
    Process,

    /// <summary>No Redis: the directory keeps everything in memory, in one replica.</summary>
    None,

    /// <summary>The one that <c>ConnectionStrings:redis</c> names.</summary>
    External,
}

/// <summary>What was chosen, and the one line that says so.</summary>
public sealed record RedisChoice(RedisMode Mode, string Line)
{
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(5);

    /// <exception cref="SettingException">The mode is unknown, or lacks what it needs.</exception>
    public static RedisChoice From(IConfiguration configuration) =>
        // What is published is for another machine, whatever this one has; Aspire keeps here what --operation says.
        string.Equals(configuration["AppHost:Operation"], "publish", StringComparison.OrdinalIgnoreCase)
            ? new(RedisMode.Container, "Redis: a container (that is what is published).")
            : Choose(
                configuration["Redis:Mode"] ?? "auto",
                () => ContainerRuntimeAnswers(configuration["ASPIRE_CONTAINER_RUNTIME"] ?? "docker"),
                () => IsOnPath("redis-server"),
                () => !string.IsNullOrEmpty(configuration.GetConnectionString("redis"))
            );

    /// <summary>The choice itself; what it needs to know about the machine is asked only when it matters.</summary>
    public static RedisChoice Choose(
        string mode,
        Func<bool> hasContainers,
        Func<bool> hasRedisServer,
        Func<bool> hasConnectionString
    ) =>
        mode.ToLowerInvariant() switch
        {
            "auto" when hasContainers() => new(
                RedisMode.Container,
                "Redis: a container (Redis:Mode=auto found a container runtime)."
            ),
            "auto" when hasRedisServer() => new(
                RedisMode.Process,
                "Redis: a redis-server process (Redis:Mode=auto found no container runtime that answers)."
            ),
            "auto" => new(
                RedisMode.None,
                "Redis: none, the directory keeps its peers in memory (Redis:Mode=auto found neither a container runtime nor a redis-server)."
            ),
            "container" when hasContainers() => new(RedisMode.Container, "Redis: a container."),
            "container" => throw new SettingException(
                "Redis:Mode=container needs a container runtime that answers: start Docker or Podman, or set Redis:Mode to process, external or none."
            ),
            "process" when hasRedisServer() => new(RedisMode.Process, "Redis: a redis-server process."),
            "process" => throw new SettingException(
                "Redis:Mode=process needs a redis-server on the PATH: install Redis, or set Redis:Mode to container, external or none."
            ),
            "external" when hasConnectionString() => new(
                RedisMode.External,
                "Redis: the one that ConnectionStrings:redis names."
            ),
            "external" => throw new SettingException(
                "Redis:Mode=external needs a connection string: set ConnectionStrings:redis, as in ConnectionStrings__redis=host:6379,password=..."
            ),
            "none" => new(RedisMode.None, "Redis: none, the directory keeps its peers in memory."),
            _ => throw new SettingException(
                $"Redis:Mode is '{mode}', which is none of auto, container, process, external, none: set it to one of these."
            ),
        };

    /// <summary>Aspire's own check. A client without its daemon exits with an error, or hangs.</summary>
    private static bool ContainerRuntimeAnswers(string runtime)
    {
        try
        {
            using var probe = Process.Start(
                new ProcessStartInfo(runtime, ["container", "ls", "-n", "1"])
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                }
            )!;
            if (probe.WaitForExit(ProbeTimeout))
            {
                return probe.ExitCode == 0;
            }

            probe.Kill(entireProcessTree: true);
            return false;
        }
        catch (Win32Exception)
        {
            return false; // There is no such program.
        }
    }

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Any(directory => File.Exists(Path.Combine(directory, program)));
}
