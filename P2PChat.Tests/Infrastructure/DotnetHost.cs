namespace P2PChat.Tests.Infrastructure;

/// <summary>The program that runs built assemblies.</summary>
internal static class DotnetHost
{
    // This process may be an executable of its own, as with "dotnet run".
    public static string Program { get; } =
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? Environment.ProcessPath!
            : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
}
