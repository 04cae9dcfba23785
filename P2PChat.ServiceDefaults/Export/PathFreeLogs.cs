using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace P2PChat.ServiceDefaults.Export;

/// <summary>
/// Suppresses the framework's log messages that print a request's path or URI, on every output and regardless of
/// configuration.
/// </summary>
internal static class PathFreeLogs
{
    // It adds RequestPath to everything logged during a request, at every level but None.
    private const string Scopes = "Microsoft.AspNetCore.Hosting.Diagnostics";

    // These print paths at levels below Warning.
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
            // The most specific rule wins, and provider rules come first. So looser rules are removed, and every
            // provider that has rules gets these.
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
