using P2PChat.Tests.Bench;
using P2PChat.Tests.Chaos;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node.Backup;
using P2PChat.Tests.Node.DirectoryClient;
using P2PChat.Tests.Node.Mailbox;
using P2PChat.Tests.Peer.Cli;
using P2PChat.Tests.Web;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer(LongCollectionsFirst.Type, LongCollectionsFirst.Assembly)]

namespace P2PChat.Tests.Infrastructure;

/// <summary>Starts the slowest collections first, so that none runs alone at the end.</summary>
public sealed class LongCollectionsFirst : ITestCollectionOrderer
{
    public const string Type = "P2PChat.Tests.Infrastructure.LongCollectionsFirst";
    public const string Assembly = "P2PChat.Tests";

    // xunit queues all collections from one thread of the pool. Idle threads take from the front of its queue, until that
    // thread itself takes the others from the back.
    private const int FromFront = 4;

    /// <summary>The slowest first.</summary>
    private static readonly string[] Long =
    [
        Browser.Collection,
        .. Names(
            typeof(ChaosTests),
            typeof(BenchProgramTests),
            typeof(BenchMoreRowsTests),
            typeof(RegistrarTests),
            typeof(PromptConsoleTests),
            typeof(KilledBackupTests),
            typeof(KilledMailTests)
        ),
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections)
    {
        var byDuration = testCollections.OrderBy(Rank).ToList();
        return byDuration.Take(FromFront).Concat(byDuration.Skip(FromFront).Reverse());
    }

    private static int Rank(ITestCollection collection) =>
        Array.FindIndex(Long, name => collection.DisplayName.EndsWith(name, StringComparison.Ordinal))
            is var found
                and >= 0
            ? found
            : Long.Length;

    private static IEnumerable<string> Names(params Type[] classes) => classes.Select(type => type.FullName!);
}
