using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Mailbox;

/// <summary>A directory that does not know the ids of mail that a peer passes back to it.</summary>
public sealed class RefusedMailIdTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Collection_restarts_without_an_id_that_the_directory_refuses()
    {
        await using var gateway = await StartGatewayAsync();
        using var alices = new TempDirectory();
        using var bobs = new TempDirectory();
        await using var bob = await StartAsync(gateway.Urls.Single(), "bob", bobs.Path);
        var (stuck, good, capability) = ((byte[])[], (byte[])[], (byte[])[]);
        await using (var alice = await StartAsync(directory.Address, "alice", alices.Path))
        {
            await MailPeers.ConnectAsync(alice, bob);
            capability = MailPeers.StoreOf(alice).Conversations.Load(bob.Id)!.TheirCapability!;
            var (identity, prekey) = (
                alice.Services.GetRequiredService<PeerIdentity>(),
                (await alice.Lookup.FindAsync(bob.Name, default)).Prekey!
            );
            stuck = identity.Seal(
                [LaterEpoch.Resume(), LaterEpoch.Message("ahead", ConversationOptions.WindowMessages + 10)],
                bob.Id,
                prekey
            );
            good = identity.Seal([LaterEpoch.Resume(), LaterEpoch.Message("first", 1)], bob.Id, prekey);
        }

        _ = await bob.Expect<PeerEvent.Disconnected>();
        using var counts = new MailboxCounts(directory);
        _ = await MailPeers.MailboxOf(bob).DepositAsync(bob.Name, capability, stuck, default);
        await Eventually.True(
            () => counts.Shown == 1,
            PeerUnderTest.Soon,
            "the envelope that cannot be processed was fetched"
        );
        _ = await MailPeers.MailboxOf(bob).DepositAsync(bob.Name, capability, good, default);

        Assert.Equal("first", (await bob.Expect<PeerEvent.MessageReceived>()).Message.Text);
    }

    private static async Task<PeerUnderTest> StartAsync(string address, string name, string data)
    {
        var peer = await PeerUnderTest.StartUnregisteredAsync(address, name, options =>
            (options.Ephemeral, options.Data) = (false, data)
        );
        await Eventually.True(
            () => peer.Status.Directory == DirectoryState.Registered,
            PeerUnderTest.Soon,
            "the peer is registered"
        );
        return peer;
    }

    // Forwards everything except requests for mail after an id.
    private async Task<WebApplication> StartGatewayAsync()
    {
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory }
        );
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        app.Lifetime.ApplicationStopped.Register(client.Dispose);
        app.Run(async context =>
        {
            if (
                context.Request.Path.Value!.EndsWith("/mailbox", StringComparison.Ordinal)
                && context.Request.Query.ContainsKey("after")
            )
            {
                await Results
                    .Problem(type: ProblemTypes.MalformedRequest, statusCode: StatusCodes.Status400BadRequest)
                    .ExecuteAsync(context);
                return;
            }

            using var request = new HttpRequestMessage(
                new HttpMethod(context.Request.Method),
                directory.Address + context.Request.Path + context.Request.QueryString
            );
            if (context.Request.ContentLength > 0)
            {
                request.Content = new StreamContent(context.Request.Body);
            }

            foreach (
                var (key, value) in context.Request.Headers.Where(header =>
                    header.Key is not ("Host" or "Connection" or "Transfer-Encoding")
                )
            )
            {
                if (!request.Headers.TryAddWithoutValidation(key, value.ToArray()))
                {
                    _ = request.Content?.Headers.TryAddWithoutValidation(key, value.ToArray());
                }
            }

            using var response = await client.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                context.RequestAborted
            );
            context.Response.StatusCode = (int)response.StatusCode;
            context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
            if (response.StatusCode != System.Net.HttpStatusCode.NoContent)
            {
                await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
            }
        });
        await app.StartAsync();
        return app;
    }
}
