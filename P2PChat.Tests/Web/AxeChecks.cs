using Deque.AxeCore.Commons;

namespace P2PChat.Tests.Web;

/// <summary>Checks a page with axe: WCAG 2.0 to 2.2, levels A and AA, and the best practices of axe.</summary>
internal static class AxeChecks
{
    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    // The rules whose result depends on colors. All others find the same in light and dark.
    private static readonly string[] ColorRules = ["color-contrast", "link-in-text-block"];

    private static readonly string[] Tags =
    [
        "wcag2a",
        "wcag2aa",
        "wcag21a",
        "wcag21aa",
        "wcag22a",
        "wcag22aa",
        "best-practice",
    ];

    /// <summary>Checks the page in its current state by all rules, and returns one line per violation.</summary>
    /// <param name="within">A selector of the elements to check; null for the whole page.</param>
    public static Task<string[]> AxeFindingsAsync(this PeerPage page, string? within = null) =>
        RunAsync(page, "tag", Tags, within);

    /// <summary>Repeats the rules about colors, after the color scheme has changed.</summary>
    public static Task<string[]> AxeColorFindingsAsync(this PeerPage page) =>
        RunAsync(page, "rule", ColorRules, within: null);

    // Injected by the debugger's protocol, which the content security policy does not concern.
    private static async Task<string[]> RunAsync(PeerPage page, string type, string[] values, string? within)
    {
        if (!await page.Page.EvaluateAsync<bool>("'axe' in window"))
        {
            _ = await page.Page.EvaluateAsync($"() => {{ {Axe} }}");
        }

        return await page.Page.EvaluateAsync<string[]>(Script, new { runOnly = new { type, values }, within });
    }

    private const string Script = """
        async ({ runOnly, within }) => {
          // A fading element has the contrast of a moment.
          const isFinite = animation => animation.effect.getComputedTiming().endTime !== Infinity;
          await Promise.allSettled(document.getAnimations().filter(isFinite).map(animation => animation.finished));
          const { violations } = await axe.run(within ?? document, { runOnly, resultTypes: ['violations'] });
          return violations.flatMap(({ id, nodes }) => nodes.map(node =>
            `axe: ${id} at ${node.target}: ${node.html.slice(0, 160)}: ${node.failureSummary.replace(/\s+/g, ' ')}`));
        }
        """;
}
