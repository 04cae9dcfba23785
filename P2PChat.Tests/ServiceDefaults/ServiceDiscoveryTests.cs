using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.ServiceDiscovery;
using P2PChat.ServiceDefaults.Resilience;

namespace P2PChat.Tests.ServiceDefaults;

public sealed class ServiceDiscoveryTests
{
    [Theory]
    [InlineData("http://discovery")]
    [InlineData("https+http://discovery")]
    public async Task Service_is_resolved_by_its_configured_name(string name)
    {
        await using var server = await ScriptedServer.StartAsync();
        server.Then(HttpStatusCode.OK);
        await using var app = await LoopbackApp.StartAsync(Addresses(server), AddClient);

        var answer = await Client(app.Services).GetAsync(new Uri($"{name}/peers/a%2Fb?limit=1"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("GET /peers/a%2Fb", Assert.Single(server.Requests));
    }

    [Fact]
    public async Task Addresses_are_used_in_turn_even_by_retries()
    {
        await using var first = await ScriptedServer.StartAsync();
        await using var second = await ScriptedServer.StartAsync();
        first.Then(HttpStatusCode.ServiceUnavailable).Then(HttpStatusCode.ServiceUnavailable);
        second.Then(HttpStatusCode.OK).Then(HttpStatusCode.OK);
        await using var app = await LoopbackApp.StartAsync(Addresses(first, second), AddClient);

        Assert.Equal(
            HttpStatusCode.OK,
            (await Client(app.Services).GetAsync(new Uri("http://discovery/peers"))).StatusCode
        );
        Assert.Equal(
            HttpStatusCode.OK,
            (await Client(app.Services).GetAsync(new Uri("http://discovery/peers"))).StatusCode
        );

        Assert.InRange(first.Requests.Count, 1, 2);
        Assert.Equal(2, second.Requests.Count);
    }

    [Fact]
    public async Task Unknown_name_is_left_unchanged()
    {
        await using var server = await ScriptedServer.StartAsync();
        server.Then(HttpStatusCode.OK);
        await using var app = await LoopbackApp.StartAsync([], AddClient);

        Assert.Equal(HttpStatusCode.OK, (await Client(app.Services).GetAsync(server.Address)).StatusCode);
    }

    [Fact]
    public async Task Without_configured_services_no_resolver_is_added()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var with = await LoopbackApp.StartAsync(Addresses(server), AddClient);
        await using var without = await LoopbackApp.StartAsync([], AddClient);

        Assert.NotNull(with.Services.GetService<ServiceEndpointResolver>());
        Assert.Null(without.Services.GetService<ServiceEndpointResolver>());
    }

    private static Dictionary<string, string> Addresses(params ScriptedServer[] servers) =>
        servers
            .Select((server, index) => ($"services:discovery:http:{index}", server.Address.ToString()))
            .ToDictionary();

    private static void AddClient(Microsoft.AspNetCore.Builder.WebApplicationBuilder builder) =>
        builder
            .Services.AddHttpClient("test")
            .AddResilience(options => options.RetryDelay = TimeSpan.FromMilliseconds(1));

    private static HttpClient Client(IServiceProvider services) =>
        services.GetRequiredService<IHttpClientFactory>().CreateClient("test");
}
