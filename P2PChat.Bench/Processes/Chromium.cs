using Microsoft.Playwright;

namespace P2PChat.Bench.Processes;

/// <summary>A headless Chromium, for one row.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    // Chrome first: Ubuntu's AppArmor allows its sandbox, but not that of an unpacked Chromium.
    private static readonly string[] Names = ["google-chrome", "chromium", "chromium-browser"];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Chromium(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    /// <exception cref="InvalidOperationException">There is no Chromium on the PATH.</exception>
    public static async Task<Chromium> StartAsync()
    {
        var path = Find()
            ?? throw new InvalidOperationException(
                "Chromium was not found on the PATH. Install it (on Debian: apt-get install chromium); ./test.sh "
                    + "installs it, too."
            );
        var playwright = await Playwright.CreateAsync();
        try
        {
            var browser = await playwright.Chromium.LaunchAsync(
                new BrowserTypeLaunchOptions
                {
                    ExecutablePath = path,
                    // As root in a container, Chromium lacks the rights that its sandbox needs.
                    Args = Environment.IsPrivilegedProcess ? ["--no-sandbox"] : [],
                }
            );
            return new Chromium(playwright, browser);
        }
        catch
        {
            playwright.Dispose();
            throw;
        }
    }

    /// <summary>Opens an address in a window without cookies.</summary>
    public async Task<IPage> OpenAsync(Uri address)
    {
        var context = await _browser.NewContextAsync();
        var page = await context.NewPageAsync();
        await page.GotoAsync(address.AbsoluteUri);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.CloseAsync();
        _playwright.Dispose();
    }

    private static string? Find() =>
        Names
            .SelectMany(name =>
                (Environment.GetEnvironmentVariable("PATH") ?? "")
                    .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                    .Select(directory => Path.Combine(directory, name))
            )
            .FirstOrDefault(File.Exists);
}
