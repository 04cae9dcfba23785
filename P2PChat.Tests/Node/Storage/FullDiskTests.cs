using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Tests.Discovery;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Storage;

/// <summary>A disk that fills up during a conversation.</summary>
public sealed class FullDiskTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Conversation_continues_after_a_full_disk(bool ofTheSender)
    {
        using var alices = new TempDirectory();
        using var bobs = new TempDirectory();
        await using var alice = await StartAsync(ofTheSender ? "alice" : "anna", alices.Path);
        await using var bob = await StartAsync(ofTheSender ? "bob" : "bill", bobs.Path);
        await alice.ConnectAsync(bob);
        using var log = new LogCapture();
        (ofTheSender ? alice : bob).Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        var store = (ofTheSender ? alice : bob).Services.GetRequiredService<PeerStore>();
        await FillAsync(store, spare: 60);

        var (sent, refused) = (new List<string>(), 0);
        for (var i = 0; i < 40; i++)
        {
            var text = $"{i} {new string('x', 20_000)}";
            try
            {
                _ = alice.Messages.Send(bob.Name, text);
                sent.Add(text);
            }
            catch (PeerException exception)
            {
                Assert.Equal(PeerError.StoreFailed, exception.Error);
                Assert.Contains("the disk is full", exception.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.Equal(ofTheSender, refused > 0);
        await FillAsync(store, spare: 1_000_000);
        _ = alice.Messages.Send(bob.Name, "after it");
        sent.Add("after it");
        await Eventually.True(
            () => bob.Messages.Page(alice.Name, null, null, 100).Messages.Count >= sent.Count,
            TimeSpan.FromSeconds(30),
            "all that was kept arrives"
        );
        Assert.Equal(sent, bob.Messages.Page(alice.Name, null, null, 100).Messages.Select(message => message.Text));

        await Eventually.True(
            () =>
            {
                _ = alice.Messages.Send(bob.Name, "and again");
                return log.Warnings.Contains("Messages can be saved again.");
            },
            TimeSpan.FromSeconds(30),
            "that it is over is logged"
        );
        Assert.Single(log.Warnings, text =>
            text.StartsWith("Messages cannot be saved (the disk is full)", StringComparison.Ordinal)
        );
        Assert.Single(log.Warnings, "Messages can be saved again.");
        Assert.All(log.Warnings.CountBy(text => text), text => Assert.Equal(1, text.Value));
        Assert.DoesNotContain(log.All, text => text.Contains("   at ", StringComparison.Ordinal));
    }

    internal static Task FillAsync(PeerStore store, int spare) =>
        store.Writer.CallAsync(connection =>
        {
            using var pages = new SqliteCommand("PRAGMA page_count", connection);
            StoreSchema.Execute(connection, $"PRAGMA max_page_count = {(long)pages.ExecuteScalar()! + spare}");
        });

    private Task<PeerUnderTest> StartAsync(string name, string data) =>
        PeerUnderTest.StartAsync(directory, name, options =>
        {
            (options.Reconnect, options.ReconnectAfter, options.ReconnectAtMost) = (
                true,
                TimeSpan.FromMilliseconds(100),
                TimeSpan.FromSeconds(1)
            );
            (options.Ephemeral, options.Data) = (false, data);
        });
}
