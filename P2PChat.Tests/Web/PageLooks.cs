using Microsoft.Playwright;

namespace P2PChat.Tests.Web;

/// <summary>
/// Checks a state of the page in every look: light and dark, wide, narrow, and enlarged to 200 %. Axe checks the wide
/// looks. Saves screenshots to the directory in <c>P2PCHAT_PICTURES</c>, if set.
/// </summary>
internal sealed class PageLooks
{
    public static readonly string? Pictures = Environment.GetEnvironmentVariable("P2PCHAT_PICTURES");

    // Zooming to 200 % halves the width and height in CSS pixels. The narrowest width is that of WCAG 2.2, 1.4.10.
    private static readonly (string Name, int Width, int Height, ColorScheme Scheme)[] Looks =
    [
        ("enlarged-light", 640, 400, ColorScheme.Light),
        ("narrow-dark", 360, 640, ColorScheme.Dark),
        ("narrowest-light", 320, 640, ColorScheme.Light),
        ("wide-dark", 1280, 800, ColorScheme.Dark),
        ("wide-light", 1280, 800, ColorScheme.Light),
    ];

    private readonly List<string> _findings = [];

    /// <summary>Ends with the default look: wide and light.</summary>
    public async Task CheckAsync(PeerPage page, string state)
    {
        foreach (var (name, width, height, scheme) in Looks)
        {
            await page.Page.SetViewportSizeAsync(width, height);
            await page.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme });
            foreach (var finding in (string[])[.. await page.FindingsAsync(), .. await AxeFindingsAsync(page, name)])
            {
                _findings.Add($"{name} {state}: {finding}");
            }

            if (Pictures is not null)
            {
                await page.Page.ScreenshotAsync(
                    new PageScreenshotOptions { Path = Path.Combine(Pictures, $"{name}-{state}.png") }
                );
            }
        }
    }

    /// <summary>
    /// Checks all looks if screenshots are saved. Otherwise checks the current look only, and only a part of the page,
    /// which takes a fraction of the time. The rest is in other states.
    /// </summary>
    /// <param name="within">A selector of the elements that axe checks.</param>
    public async Task CheckBrieflyAsync(PeerPage page, string state, string within)
    {
        if (Pictures is not null)
        {
            await CheckAsync(page, state);
            return;
        }

        foreach (var finding in (string[])[.. await page.FindingsAsync(), .. await page.AxeFindingsAsync(within)])
        {
            _findings.Add($"{state}: {finding}");
        }
    }

    private static Task<string[]> AxeFindingsAsync(PeerPage page, string look) =>
        look switch
        {
            "wide-light" => page.AxeFindingsAsync(),
            "wide-dark" => page.AxeColorFindingsAsync(),
            _ => Task.FromResult<string[]>([]),
        };

    public void AssertNothingFound() => Assert.True(_findings.Count == 0, string.Join('\n', _findings));
}
