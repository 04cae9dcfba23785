using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Configuration;

namespace P2PChat.AppHost;

/// <summary>
/// Source of the directory's Redis (<c>Redis:Mode</c>). <c>auto</c> uses the first available one of the first three.
/// </summary>
public enum RedisMode
{
    /// <summary>Aspire's container.</summary>
    Container,

    /// <summary>The <c>redis-server</c> on the PATH, run as a process of the app.</summary>
    Process,

    /// <summary>No Redis. A single directory replica keeps everything in memory.</summary>
    None,

    /// <summary>The server that <c>ConnectionStrings:redis</c> names.</summary>
    External,
}

/// <summary>The chosen mode, and the line that is printed about it.</summary>
public sealed record RedisChoice(RedisMode Mode, string Line)
{
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(5);

    /// <exception cref="SettingException">The mode is unknown, or its requirements are missing.</exception>
    public static RedisChoice From(IConfiguration configuration) =>
        // A published app runs on another machine. Aspire stores --operation here.
        string.Equals(configuration["AppHost:Operation"], "publish", StringComparison.OrdinalIgnoreCase)
            ? new(RedisMode.Container, "Redis: a container (for publishing).")
            : Choose(
                configuration["Redis:Mode"] ?? "auto",
                () => ContainerRuntimeAnswers(configuration["ASPIRE_CONTAINER_RUNTIME"] ?? "docker"),
                () => IsOnPath("redis-server"),
                () => !string.IsNullOrEmpty(configuration.GetConnectionString("redis"))
            );

    /// <summary>Chooses by mode. The functions probe the machine, and are called only if needed.</summary>
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
                "Redis: a redis-server process (Redis:Mode=auto found no running container runtime)."
            ),
            "auto" => new(
                RedisMode.None,
                "Redis: none, the directory keeps its peers in memory "
                    + "(Redis:Mode=auto found neither a container runtime nor a redis-server)."
            ),
            "container" when hasContainers() => new(RedisMode.Container, "Redis: a container."),
            "container" => throw new SettingException(
                "Redis:Mode=container needs a running container runtime. "
                    + "Start Docker or Podman, or set Redis:Mode to process, external or none."
            ),
            "process" when hasRedisServer() => new(RedisMode.Process, "Redis: a redis-server process."),
            "process" => throw new SettingException(
                "Redis:Mode=process needs a redis-server on the PATH. "
                    + "Install Redis, or set Redis:Mode to container, external or none."
            ),
            "external" when hasConnectionString() => new(
                RedisMode.External,
                "Redis: the server in ConnectionStrings:redis."
            ),
            "external" => throw new SettingException(
                "Redis:Mode=external needs a connection string. "
                    + "Set ConnectionStrings:redis, for example ConnectionStrings__redis=host:6379,password=..."
            ),
            "none" => new(RedisMode.None, "Redis: none, the directory keeps its peers in memory."),
            _ => throw new SettingException(
                $"Redis:Mode is '{mode}'. Set it to auto, container, process, external or none."
            ),
        };

    /// <summary>Runs the same check as Aspire. A client without its daemon exits with an error, or hangs.</summary>
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
            return false; // The program is not installed.
        }
    }

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Any(directory => File.Exists(Path.Combine(directory, program)));
}
