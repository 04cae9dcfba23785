using P2PChat.Node.Model;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Vectors;

/// <summary>
/// Replays docs/vectors/duplicates.json against a running peer, because the store drops repeated ids.
/// </summary>
public sealed class DuplicateVectorTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    public sealed record DuplicateVector(
        string Name,
        IReadOnlyList<IReadOnlyList<Incoming>> Links,
        IReadOnlyList<string> Shown
    );

    public sealed record Incoming(string In, Acknowledgement? Acknowledges);

    public sealed record Acknowledgement(ulong Epoch, ulong Next);

    // An ephemeral peer shows a message before its store has written it; any other peer after.
    public static TheoryData<int, bool> Vectors
    {
        get
        {
            var data = new TheoryData<int, bool>();
            for (var number = 0; number < VectorFile.Read<List<DuplicateVector>>("duplicates.json").Count; number++)
            {
                data.Add(number, true);
                data.Add(number, false);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public async Task Repeated_id_is_acknowledged_and_shown_once(int number, bool isEphemeral)
    {
        var vector = VectorFile.Read<List<DuplicateVector>>("duplicates.json")[number];
        using var data = new TempDirectory();
        await using var bob = await PeerUnderTest.StartAsync(
            directory,
            $"bob-{number}-{(isEphemeral ? "e" : "d")}",
            options =>
                (options.Accept, options.Ephemeral, options.Data) = (
                    AcceptMode.All,
                    isEphemeral,
                    isEphemeral ? null : data.Path
                )
        );
        using var alice = new RawPeer($"alice-{number}-{(isEphemeral ? "e" : "d")}");
        foreach (var steps in vector.Links)
        {
            await alice.RegisterAsync(directory);
            using var link = await alice.AskAsync(bob);
            _ = await link.ExpectAsync(Frame.BodyOneofCase.Resume);
            foreach (var step in steps)
            {
                await link.SendAsync(Convert.FromHexString(step.In));
                if (step.Acknowledges is not { } expected)
                {
                    continue;
                }

                var ack = (await link.ExpectAsync(Frame.BodyOneofCase.Ack)).Ack;
                Assert.Equal(expected, new Acknowledgement(ack.Epoch, ack.Next));
            }
        }

        var shown = new List<string>();
        while (shown.LastOrDefault() != vector.Shown[^1])
        {
            shown.Add((await bob.Expect<PeerEvent.MessageReceived>()).Message.Text);
        }

        Assert.Equal(vector.Shown, shown);
        Assert.Equal(
            vector.Shown,
            bob.Messages.Page(alice.Name, null, null, 10).Messages.Select(message => message.Text)
        );
    }
}
