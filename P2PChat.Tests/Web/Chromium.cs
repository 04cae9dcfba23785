namespace P2PChat.Tests.Web;

/// <summary>
/// A test in a real browser, skipped if there is none. Its class needs <c>[Trait("Requires", "Chromium")]</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ChromiumFactAttribute : FactAttribute
{
    public ChromiumFactAttribute()
    {
        if (Chromium.Path is null)
        {
            Skip = "No Chromium on the PATH. Install it, or let ./test.sh get it (Debian and derivatives).";
        }
    }
}

/// <summary>A <see cref="ChromiumFactAttribute"/> that runs once for each row of its data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ChromiumTheoryAttribute : TheoryAttribute
{
    public ChromiumTheoryAttribute() => Skip = new ChromiumFactAttribute().Skip;
}

internal static class Chromium
{
    // Chrome first: Ubuntu's AppArmor allows its sandbox, but not that of an unpacked Chromium, which GitHub's runners
    // also have (actions/runner-images, issue 12096).
    private static readonly string[] Names = ["google-chrome", "chromium", "chromium-browser"];

    /// <summary>The path of the browser; null if there is none.</summary>
    public static string? Path { get; } = Find(Environment.GetEnvironmentVariable("PATH") ?? "");

    internal static string? Find(string path) =>
        Names
            .SelectMany(name =>
                path.Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                    .Select(directory => System.IO.Path.Combine(directory, name))
            )
            .FirstOrDefault(File.Exists);
}
