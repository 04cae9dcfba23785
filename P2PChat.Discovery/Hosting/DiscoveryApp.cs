using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Access;
using P2PChat.Discovery.Admin;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Events;
using P2PChat.Discovery.Files;
using P2PChat.Discovery.Invites;
using P2PChat.Discovery.Limits;
using P2PChat.Discovery.Lookup;
using P2PChat.Discovery.Mailboxes;
using P2PChat.Discovery.Registration;
using P2PChat.Discovery.Relay;
using P2PChat.Discovery.Relay.Replicas;
using P2PChat.Discovery.Storage;
using P2PChat.Discovery.Stun;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.ServiceDefaults;
using P2PChat.ServiceDefaults.Problems;
using P2PChat.ServiceDefaults.RateLimits;
using IPNetwork = System.Net.IPNetwork;

namespace P2PChat.Discovery.Hosting;

/// <summary>Builds the directory service, for the program and its tests.</summary>
public static class DiscoveryApp
{
    private const int ConnectionBufferBytes = 128 * 1024;

    /// <summary>
    /// Without <c>--urls</c> or <c>ASPNETCORE_URLS</c> it listens on <c>http://localhost:5000</c>. Without a connection
    /// string <c>redis</c> it keeps its data in <c>Directory:Data</c>, or in memory.
    /// </summary>
    /// <param name="configure">Changes the host before it is built, for a program that runs a peer, too.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        // Settings come from the environment and the command line only, not from files in the working directory.
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory }
        );
        // First, so that every other source overrides it.
        builder.Configuration.Sources.Insert(
            0,
            new MemoryConfigurationSource
            {
                InitialData = new Dictionary<string, string?>
                {
                    ["Logging:Console:FormatterName"] = "simple",
                    ["Logging:Console:FormatterOptions:SingleLine"] = "true",
                    ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
                    // Otherwise every probe of a degraded directory would be logged.
                    ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = "Error",
                    // The client logs every attempt; StoreHealth logs the cause once.
                    ["Logging:LogLevel:StackExchange.Redis"] = "None",
                },
            }
        );
        builder.AddServiceDefaults();
        builder.AddDirectoryOptions();
        builder.AddStorage();
        var services = builder.Services;
        services.AddSingleton<DirectoryMetrics>();
        services.AddSingleton<DescribeDirectory>();
        services.AddEvents();
        services.AddRegistration();
        services.AddLookup();
        services.AddMailboxes();
        services.AddFiles();
        services.AddRelay();
        services.AddInvites();
        services.AddAdmin();
        services.AddStun();
        services.AddSingleton<AccessPolicy>();
        services.AddProblems<DirectoryProblemCatalogue>().AddDirectoryRateLimits().AddDirectoryOpenApi();
        services.ConfigureHttpJsonOptions(json =>
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, DirectoryJson.Default)
        );
        services.AddSingleton<IMemoryPoolFactory<byte>, BlockPoolFactory>();
        // Bounds what the relay buffers for a slow reader: in the sockets' pipes, and with TLS in those on top of them.
        builder.WebHost.UseSockets(sockets =>
        {
            sockets.MaxReadBufferSize = ConnectionBufferBytes;
            sockets.MaxWriteBufferSize = ConnectionBufferBytes;
        });
        builder.WebHost.ConfigureKestrel(
            (_, kestrel) =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBufferSize = ConnectionBufferBytes;
                kestrel.Limits.MaxResponseBufferSize = ConnectionBufferBytes;
                kestrel.Limits.MaxRequestBodySize = kestrel
                    .ApplicationServices.GetRequiredService<IOptions<DirectoryOptions>>()
                    .Value.RegistrationBodyBytes;
            }
        );

        configure?.Invoke(builder);
        var app = builder.Build();
        app.UseKnownProxies();
        app.UseMiddleware<ForwardedCallMiddleware>();
        app.UseProblems();
        app.UseLazyRateLimiter();
        app.UseMiddleware<AccessMiddleware>();
        app.MapDefaultEndpoints();
        app.MapOpenApi();
        app.MapRegistration();
        app.MapLookup();
        app.MapEvents();
        DescribeDirectory.Map(app);
        app.MapInvites();
        app.MapAdmin();
        app.MapMailboxes();
        app.MapFiles();
        app.MapRelay();
        return app;
    }

    private static void AddDirectoryOptions(this WebApplicationBuilder builder)
    {
        static void Strictly(BinderOptions binder) => binder.ErrorOnUnknownConfiguration = true;

        try
        {
            // Bind once before the host does, so that an unreadable or unknown setting also ends as one sentence.
            builder.Configuration.GetSection(DirectoryOptions.Section).Get<DirectoryOptions>(Strictly);
        }
        catch (InvalidOperationException exception)
        {
            throw new OptionsValidationException(
                DirectoryOptions.Section,
                typeof(DirectoryOptions),
                [$"The settings under {DirectoryOptions.Section}: are invalid. {exception.Message}"]
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
