using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Links;

namespace P2PChat.Node.Paths;

/// <summary>Answers peers that look for a path to this one. Thread-safe.</summary>
internal sealed class PathAnswers(
    PathRunFactory factory,
    PathRunner runner,
    PathCrossings crossings,
    TimeProvider timeProvider
)
{
    // The caller of a test closes the connections. This is the limit if it does not.
    private static readonly TimeSpan HoldTime = TimeSpan.FromSeconds(5);

    /// <inheritdoc cref="PathCrossings.MayAnswer"/>
    public bool MayAnswer(IncomingPath path) => crossings.MayAnswer(path);

    /// <summary>Answers a peer that looks for a path.</summary>
    /// <param name="givesAddresses">Whether the caller may learn this peer's addresses.</param>
    /// <param name="carry">
    /// Takes a path; returns false if it is no longer wanted. Called once, or again with a better path.
    /// </param>
    public async Task AnswerAsync(
        IncomingPath path,
        bool isContact,
        bool givesAddresses,
        Func<FoundPath, bool> carry,
        CancellationToken cancellationToken
    )
    {
        var held = new List<Task>();
        CalleeRun? run = null;
        run = factory.Answer(path, isContact, givesAddresses, Carry);
        try
        {
            if (await crossings.TryBeginAsync(run))
            {
                _ = await runner.RunAsync(run, cancellationToken);
            }
        }
        finally
        {
            crossings.End(run);
            await Task.WhenAll(held);
        }

        bool Carry(FoundPath found)
        {
            if (!path.IsTest)
            {
                return crossings.Carry(run!, found, carry);
            }

            held.Add(HoldAsync(found.Channel.Channel, cancellationToken));
            return true;
        }
    }

    // Closing a channel too early could break the other side's handshake.
    private async Task HoldAsync(TlsChannel channel, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(HoldTime, timeProvider);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            _ = await channel.Stream.ReadAsync(new byte[1], stop.Token);
        }
        catch (Exception exception) when (TlsChannel.IsNetworkFailure(exception))
        {
            // It has ended.
        }
        finally
        {
            await channel.DisposeAsync();
        }
    }
}
