using P2PChat.Tests.Bench;
using P2PChat.Tests.Chaos;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node.Backup;
using P2PChat.Tests.Node.DirectoryClient;
using P2PChat.Tests.Node.Mailbox;
using P2PChat.Tests.Peer.Cli;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer(LongCollectionsFirst.Type, LongCollectionsFirst.Assembly)]

namespace P2PChat.Tests.Infrastructure;

/// <summary>Starts the slowest classes first, so that none runs alone at the end.</summary>
public sealed class LongCollectionsFirst : ITestCollectionOrderer
{
    public const string Type = "P2PChat.Tests.Infrastructure.LongCollectionsFirst";
    public const string Assembly = "P2PChat.Tests";

    /// <summary>The slowest first.</summary>
    private static readonly Type[] Long =
    [
        typeof(ChaosTests),
        typeof(BenchProgramTests),
        typeof(BenchMoreRowsTests),
        typeof(RegistrarTests),
        typeof(PromptConsoleTests),
        typeof(KilledBackupTests),
        typeof(KilledMailTests),
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(Rank);

    private static int Rank(ITestCollection collection)
    {
        var found = Array.FindIndex(Long, type =>
            collection.DisplayName.EndsWith(type.FullName!, StringComparison.Ordinal)
        );
        return found >= 0 ? found : Long.Length;
    }
}
