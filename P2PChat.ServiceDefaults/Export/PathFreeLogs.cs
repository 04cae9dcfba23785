using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace P2PChat.ServiceDefaults.Export;

/// <summary>
/// Keeps the framework's logs that print a request's path or URI from every log, the console's included, whatever the
/// configuration asks for: below Warning these categories do.
/// </summary>
internal static class PathFreeLogs
{
    private static readonly string[] Categories =
    [
        "Microsoft.AspNetCore.Hosting.Diagnostics", "Microsoft.AspNetCore.Http", "Microsoft.AspNetCore.HttpLogging",
        "Microsoft.AspNetCore.HttpsPolicy", "Microsoft.AspNetCore.Routing", "Microsoft.AspNetCore.Server.Kestrel",
        "Microsoft.AspNetCore.StaticAssets", "Microsoft.AspNetCore.StaticFiles", "System.Net.Http",
    ];

    public static void AddPathFreeLogs(this IServiceCollection services) =>
        services.PostConfigure<LoggerFilterOptions>(options =>
        {
            // The most particular rule wins, one for a provider before all: so the more particular ones of the
            // configuration go, and each provider that has rules gets ours.
            var providers = options.Rules.Select(rule => rule.ProviderName).Append(null).Distinct().ToArray();
            foreach (var category in Categories)
            {
                foreach (var rule in options.Rules.Where(rule => IsLooser(rule, category)).ToArray()) options.Rules.Remove(rule);
                foreach (var provider in providers)
                    options.Rules.Add(new LoggerFilterRule(provider, category, LogLevel.Warning, filter: null));
            }
        });

    private static bool IsLooser(LoggerFilterRule rule, string category) =>
        rule.CategoryName?.StartsWith(category, StringComparison.OrdinalIgnoreCase) == true && !(rule.LogLevel >= LogLevel.Warning);
}
