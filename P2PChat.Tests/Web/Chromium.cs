namespace P2PChat.Tests.Web;

/// <summary>A test in a real browser; skipped where there is none. Its class says <c>[Trait("Requires", "Chromium")]</c>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ChromiumFactAttribute : FactAttribute
{
    public ChromiumFactAttribute()
    {
        if (Chromium.Path is null)
        {
            Skip = "There is no Chromium on the PATH: ./test.sh gets one on Debian and its kin, or install it.";
        }
    }
}

/// <summary>The same, once for each row of its data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ChromiumTheoryAttribute : TheoryAttribute
{
    public ChromiumTheoryAttribute() => Skip = new ChromiumFactAttribute().Skip;
}

internal static class Chromium
{
    // Chrome before Chromium, wherever each is: Ubuntu's AppArmor lets Chrome have its sandbox, and not a Chromium that was unpacked
    // beside it, as GitHub's runners have one (actions/runner-images, issue 12096).
    private static readonly string[] Names = ["google-chrome", "chromium", "chromium-browser"];

    /// <summary>Null if there is none.</summary>
    public static string? Path { get; } = Find(Environment.GetEnvironmentVariable("PATH") ?? "");

    internal static string? Find(string path) =>
        Names
            .SelectMany(name =>
                path.Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                    .Select(directory => System.IO.Path.Combine(directory, name))
            )
            .FirstOrDefault(File.Exists);
}
