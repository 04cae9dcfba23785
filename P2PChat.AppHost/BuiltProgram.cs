using System.Reflection;
using System.Runtime.InteropServices;

namespace P2PChat.AppHost;

/// <summary>Starts a project's built program instead of <c>dotnet run</c> (docs/decisions/0019).</summary>
internal static class BuiltProgram
{
    // bin/Debug/net10.0/, the same for every project of the solution.
    private static readonly string Output = typeof(BuiltProgram)
        .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "OutputPath")
        .Value!;

    // /usr/share/dotnet, from /usr/share/dotnet/shared/Microsoft.NETCore.App/10.0.0/.
    private static readonly string DotnetRoot = Path.GetFullPath("../../..", RuntimeEnvironment.GetRuntimeDirectory());

    /// <summary>Has no effect under <c>dotnet watch</c> or a debugger, which use their own launchers.</summary>
    public static IResourceBuilder<ProjectResource> WithBuiltProgram(this IResourceBuilder<ProjectResource> project)
    {
        var builder = project.ApplicationBuilder;
        var path = project.Resource.GetProjectMetadata().ProjectPath;
        var directory = Path.GetDirectoryName(path)!;
        var suffix = OperatingSystem.IsWindows() ? ".exe" : "";
        var program = Path.Combine(directory, Output, $"{Path.GetFileNameWithoutExtension(path)}{suffix}");
        var hasOtherLauncher =
            Environment.GetEnvironmentVariable("DOTNET_WATCH") == "1"
            || !string.IsNullOrEmpty(builder.Configuration["DEBUG_SESSION_PORT"]);
        if (!builder.ExecutionContext.IsRunMode || hasOtherLauncher || !File.Exists(program))
        {
            return project;
        }

        return project
            .WithAnnotation(new ExecutableAnnotation { Command = program, WorkingDirectory = directory })
            // The program looks for .NET only in default locations. `dotnet run` sets this too.
            .WithEnvironment("DOTNET_ROOT", DotnetRoot);
    }
}
