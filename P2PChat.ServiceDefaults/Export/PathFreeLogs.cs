using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace P2PChat.ServiceDefaults.Export;

/// <summary>
/// Keeps the framework's logs that print a request's path or URI from every log, the console's included, whatever the
/// configuration asks for.
/// </summary>
internal static class PathFreeLogs
{
    // It opens the scope that puts RequestPath on whatever is logged during a request, and does so at any level but this.
    private const string Scopes = "Microsoft.AspNetCore.Hosting.Diagnostics";

    // These print paths below Warning.
    private static readonly string[] Categories =
    [
        "Microsoft.AspNetCore.Http",
        "Microsoft.AspNetCore.HttpLogging",
        "Microsoft.AspNetCore.HttpsPolicy",
        "Microsoft.AspNetCore.Routing",
        "Microsoft.AspNetCore.Server.Kestrel",
        "Microsoft.AspNetCore.StaticAssets",
        "Microsoft.AspNetCore.StaticFiles",
        "System.Net.Http",
    ];

    public static void AddPathFreeLogs(this IServiceCollection services) =>
        services.PostConfigure<LoggerFilterOptions>(options =>
        {
            // The most particular rule wins, one for a provider before all: so the more particular ones of the
            // configuration go, and each provider that has rules gets ours.
            var providers = options.Rules.Select(rule => rule.ProviderName).Append(null).Distinct().ToArray();
            foreach (
                var (category, level) in Categories
                    .Select(category => (category, LogLevel.Warning))
                    .Append((Scopes, LogLevel.None))
            )
            {
                foreach (var rule in options.Rules.Where(rule => IsLooser(rule, category, level)).ToArray())
                {
                    options.Rules.Remove(rule);
                }

                foreach (var provider in providers)
                {
                    options.Rules.Add(new LoggerFilterRule(provider, category, level, filter: null));
                }
            }
        });

    private static bool IsLooser(LoggerFilterRule rule, string category, LogLevel level) =>
        rule.CategoryName?.StartsWith(category, StringComparison.OrdinalIgnoreCase) == true
        && !(rule.LogLevel >= level);
}
