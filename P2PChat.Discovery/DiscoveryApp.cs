using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Admin;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Mailbox;
using P2PChat.Discovery.Peers;
using P2PChat.Discovery.RateLimits;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.ServiceDefaults;
using P2PChat.ServiceDefaults.Problems;
using P2PChat.ServiceDefaults.RateLimits;
using IPNetwork = System.Net.IPNetwork;

namespace P2PChat.Discovery;

/// <summary>The directory service, as the program and its tests start it.</summary>
public static class DiscoveryApp
{
    /// <summary>
    /// Without <c>--urls</c> or <c>ASPNETCORE_URLS</c> it listens at <c>http://localhost:5000</c>; without a connection
    /// string <c>redis</c> it keeps all in memory.
    /// </summary>
    public static WebApplication Build(string[] args)
    {
        // Settings are those of the environment and the command line, whatever lies in the directory one stands in.
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory }
        );
        // The weakest of all sources, so that any other can say otherwise.
        builder.Configuration.Sources.Insert(
            0,
            new MemoryConfigurationSource
            {
                InitialData = new Dictionary<string, string?>
                {
                    ["Logging:Console:FormatterName"] = "simple",
                    ["Logging:Console:FormatterOptions:SingleLine"] = "true",
                    ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
                    // Or each probe of a degraded directory would tell it again.
                    ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = "Error",
                    // The client logs each attempt at length; StoreHealth logs the trouble once, as a sentence.
                    ["Logging:LogLevel:StackExchange.Redis"] = "None",
                },
            }
        );
        builder.AddServiceDefaults();
        builder.AddDirectoryOptions();
        builder.AddPeers();
        builder.AddMailboxes();
        builder.Services.AddProblems<DirectoryProblemCatalogue>().AddDirectoryRateLimits().AddDirectoryOpenApi();
        builder.Services.ConfigureHttpJsonOptions(json =>
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, DirectoryJson.Default)
        );
        builder.WebHost.ConfigureKestrel(
            (_, kestrel) =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = kestrel
                    .ApplicationServices.GetRequiredService<IOptions<DirectoryOptions>>()
                    .Value.RegistrationBodyBytes;
            }
        );

        var app = builder.Build();
        app.UseKnownProxies();
        app.UseProblems();
        app.UseLazyRateLimiter();
        app.UseMiddleware<JoinTokenMiddleware>();
        app.MapDefaultEndpoints();
        app.MapOpenApi();
        app.MapPeers();
        app.MapAdmin();
        app.MapMailboxes();
        return app;
    }

    private static void AddDirectoryOptions(this WebApplicationBuilder builder)
    {
        static void Strictly(BinderOptions binder) => binder.ErrorOnUnknownConfiguration = true;

        try
        {
            // Read once ahead, so that what cannot be read, or is misspelt, ends as a sentence too.
            builder.Configuration.GetSection(DirectoryOptions.Section).Get<DirectoryOptions>(Strictly);
        }
        catch (InvalidOperationException exception)
        {
            throw new OptionsValidationException(
                DirectoryOptions.Section,
                typeof(DirectoryOptions),
                [$"The settings under {DirectoryOptions.Section}: cannot be read. {exception.Message}"]
            );
        }

        builder
            .Services.AddOptions<DirectoryOptions>()
            .BindConfiguration(DirectoryOptions.Section, Strictly)
            .ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<DirectoryOptions>, DirectoryOptionsValidator>();
    }

    private static void UseKnownProxies(this WebApplication app)
    {
        var proxies = app.Services.GetRequiredService<IOptions<DirectoryOptions>>().Value.KnownProxies;
        if (proxies.Length == 0)
        {
            return;
        }

        var headers = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor,
            ForwardLimit = null,
        };
        headers.KnownProxies.Clear();
        headers.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
        {
            headers.KnownIPNetworks.Add(
                IPNetwork.TryParse(proxy, out var network) ? network : Single(IPAddress.Parse(proxy))
            );
        }

        app.UseForwardedHeaders(headers);
    }

    private static IPNetwork Single(IPAddress address) => new(address, address.GetAddressBytes().Length * 8);
}
